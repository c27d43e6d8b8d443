"""The series about the vendor's status page: beside our verdict, never part of it."""

from collections.abc import Iterable
from typing import Final

from probe.model.claim import Claim, ClaimState
from probe.model.incident import Incident
from probe.model.state import Verdict
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block

PAGE: Final = "page"
"""The component that stands for the page's overall indicator."""

_TROUBLE: Final = frozenset(
    {ClaimState.DEGRADED_PERFORMANCE, ClaimState.PARTIAL_OUTAGE, ClaimState.MAJOR_OUTAGE}
)


class VendorMetrics:
    """What is exported of one status page. It shares the block of its service."""

    def __init__(self, block: Block, components: Iterable[str]) -> None:
        self._block = block
        self._said = dict.fromkeys((PAGE, *components), ClaimState.UNKNOWN)
        self._trouble_since: float | None = None
        self._incident: Incident | None = None
        self._measured: str | None = None
        for component, state in self._said.items():
            block.choose(c.VENDOR_CLAIM, ClaimState, {state}, component)
        block.set(c.VENDOR_DISAGREEMENT, 0)

    def claim(self, claim: Claim, verdict: Verdict) -> None:
        """Take over what the page says of a configured component."""
        if claim.component not in self._said:
            return
        self._said[claim.component] = claim.state
        self._block.choose(c.VENDOR_CLAIM, ClaimState, {claim.state}, claim.component)
        if not self._troubled:
            self._trouble_since = None
        elif self._trouble_since is None:
            self._trouble_since = claim.seen_at if claim.bears_at is None else claim.bears_at
        self.compare(verdict)
        self._measure_lead()

    def compare(self, verdict: Verdict) -> None:
        """Say whether the page contradicts `verdict`; silence contradicts nothing."""
        known = set(self._said.values()) - {ClaimState.UNKNOWN}
        denies = verdict.troubled and known == {ClaimState.OPERATIONAL}
        alone = verdict is Verdict.HEALTHY and self._troubled
        self._block.set(c.VENDOR_DISAGREEMENT, float(denies or alone))

    def follow(self, incident: Incident) -> None:
        """Measure who was first at `incident`."""
        if self._incident is None or incident.id != self._incident.id:
            self._block.hide(c.DETECTION_LEAD)
        self._incident = incident
        self._measure_lead()

    @property
    def _troubled(self) -> bool:
        return not _TROUBLE.isdisjoint(self._said.values())

    def _measure_lead(self) -> None:
        """Show the page's first word about the incident, once.

        Trouble that it named before our last good run was about something else.
        """
        incident, since = self._incident, self._trouble_since
        if incident is None or not incident.open or incident.id == self._measured:
            return
        began = incident.opened_at if incident.last_good_at is None else incident.last_good_at
        if since is not None and since >= began:
            self._measured = incident.id
            self._block.set(c.DETECTION_LEAD, since - incident.confirmed_at)
