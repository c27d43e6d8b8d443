"""The series about the vendor's status page: beside our verdict, never part of it."""

from typing import Final

from probe.config.service import Service
from probe.config.vendor import PAGE_PATH
from probe.model.claim import PAGE, Claim, ClaimState, Comparison
from probe.model.clock import Clock
from probe.model.state import Plane
from probe.model.status import PathStatus
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block
from probe.reporting.metrics.last_run import LastRun

OF_THE_PAGE: Final = (c.VENDOR_CLAIM, c.VENDOR_DISAGREEMENT, c.DETECTION_LEAD)


class VendorMetrics:
    """What is exported about one status page.

    `block` holds the gauges of its last reading, under the name and the plane that distinguish it
    from the service's own paths. They are no state: no alert about our paths may concern the page.
    """

    def __init__(self, location: str, service: Service, of_service: Block, clock: Clock) -> None:
        names = {"service": service.name, "path": PAGE_PATH, "plane": Plane.VENDOR}
        self.block = Block({"location": location, **names})
        self._of_service = of_service
        self._last_run = LastRun(self.block, clock)
        self._components = {PAGE, *(each.name for each in service.components.values())}
        for component in sorted(self._components):
            of_service.choose(c.VENDOR_CLAIM, ClaimState, {ClaimState.UNKNOWN}, component)
        of_service.set(c.VENDOR_DISAGREEMENT, 0)

    def claim(self, claim: Claim) -> None:
        """Show what the page says of a configured component."""
        if claim.component in self._components:
            self._of_service.choose(c.VENDOR_CLAIM, ClaimState, {claim.state}, claim.component)

    def compare(self, comparison: Comparison) -> None:
        """Show whether the page contradicts us, and who was first in the newest incident."""
        self._of_service.set(c.VENDOR_DISAGREEMENT, float(bool(comparison.contradicting)))
        self._of_service.hide(c.DETECTION_LEAD)
        if comparison.account is not None and comparison.account.lead_s is not None:
            self._of_service.set(c.DETECTION_LEAD, comparison.account.lead_s)

    def restate(self, status: PathStatus) -> None:
        """Show how the last reading of the page went."""
        self._last_run.restate(status)

    def refresh(self) -> None:
        """Hide what went stale."""
        self._last_run.refresh()
