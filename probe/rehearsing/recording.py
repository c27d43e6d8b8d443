"""What a replay showed: every change of state, verdict and claim, to compare and to summarise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod

from probe.model.claim import Claim
from probe.model.event import Changed, Claimed, IncidentUpdated, Observed, Reviewed
from probe.model.incident import Incident, Transition
from probe.model.state import Finding, State, Verdict
from probe.model.status import ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was known of a service from `at` on."""

    at: float
    verdict: Verdict
    findings: frozenset[Finding]
    paths: Mapping[str, State]


@dataclass(slots=True)
class Recording:
    """A reporter that remembers the changes of one service."""

    snapshots: list[Snapshot] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    runs: int = 0
    now: float = 0.0

    @singledispatchmethod
    def handle(self, event: object) -> None:
        """Take note of a change."""

    @handle.register
    def _(self, event: Observed) -> None:
        self.runs += 1
        self.note(event.status, event.run.ended_at)

    @handle.register
    def _(self, event: Reviewed) -> None:
        if self.now:  # before the first run there is no time to give it
            self.note(event.status, self.now)

    @handle.register
    def _(self, event: Changed) -> None:
        self.transitions.append(event.transition)
        self.note(event.status, event.transition.at)

    @handle.register
    def _(self, event: IncidentUpdated) -> None:
        self.incidents[event.incident.id] = event.incident

    @handle.register
    def _(self, event: Claimed) -> None:
        self.claims.append(event.claim)

    def quiet(self, runs: int, until: float) -> None:
        """Count `runs` that changed nothing, the last of which ended at `until`."""
        self.runs += runs
        self.now = max(self.now, until)

    def note(self, status: ServiceStatus, at: float) -> None:
        """Remember `status` if it says anything new."""
        self.now = max(self.now, at)
        snapshot = Snapshot(
            at=self.now,
            verdict=status.verdict,
            findings=status.findings,
            paths={path.path: path.state for path in status.paths},
        )
        if not self.snapshots or _said(self.snapshots[-1]) != _said(snapshot):
            self.snapshots.append(snapshot)

    def between(self, since: float, until: float) -> Iterator[Snapshot]:
        """What held at `since`, and every change until `until`."""
        before = [snapshot for snapshot in self.snapshots if snapshot.at <= since]
        yield from before[-1:]
        yield from (snapshot for snapshot in self.snapshots if since < snapshot.at < until)


def _said(snapshot: Snapshot) -> tuple[Verdict, frozenset[Finding], Mapping[str, State]]:
    return snapshot.verdict, snapshot.findings, snapshot.paths
