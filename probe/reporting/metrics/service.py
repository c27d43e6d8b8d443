"""The series of one service."""

from probe.config.service import Objective, Service
from probe.model.clock import Clock
from probe.model.incident import Incident, Transition
from probe.model.state import Finding, Plane, State, Verdict
from probe.model.status import ServiceStatus
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block
from probe.reporting.metrics.path import MAINTENANCE
from probe.reporting.metrics.vendor import OF_THE_PAGE, VendorMetrics


class ServiceMetrics:
    """What is exported about one service besides its paths."""

    def __init__(self, location: str, service: Service, clock: Clock) -> None:
        self.block = Block({"location": location, "service": service.name})
        self._started_at = clock.now()
        self._clock = clock
        self._counted: str | None = None
        self.vendor: VendorMetrics | None = None
        self._planes: frozenset[Plane] = frozenset()
        self._rested: frozenset[Plane] = frozenset()
        self._page: object = None
        self._held: object = None
        self._ages: dict[str, float] = {}
        self.block.choose(c.VERDICT, Verdict, {Verdict.UNKNOWN})
        self.block.choose(c.FINDING, Finding, ())
        self.block.set(c.VERDICT_SINCE, self._started_at)
        self.block.set(c.INCIDENT_OPEN, 0)
        self.block.add(c.INCIDENTS, 0)
        self.block.begin(c.SCHEDULE_LAG)
        self.adopt(service)

    def adopt(self, service: Service) -> None:
        """Apply the configuration of the service."""
        planes = frozenset(path.plane for path in service.paths)
        if planes != self._planes:
            self._planes, self._rested, self._held = planes, frozenset(), None
            self.block.drop(c.PLANE_STATE)
            for plane in planes:
                self.block.choose(c.PLANE_STATE, State, {State.UNKNOWN}, plane)
        self.block.drop(c.OBJECTIVE)
        if service.objective is not None:
            self.block.set(c.OBJECTIVE, _ratio(service.objective))
        page = (service.status_page, service.components)
        if page != self._page:
            self._page = page
            self.vendor = self._read_page(service)

    def restate(self, status: ServiceStatus) -> None:
        """Show the present status of the service."""
        self._show_ages(status)
        held = (
            status.verdict,
            status.since,
            status.planes,
            status.findings,
            status.incident,
            status.resting,
        )
        if held == self._held:
            return  # as after nearly every run, which saves two thirds of an event's cost
        self._held = held
        self.block.choose(c.VERDICT, Verdict, {status.verdict})
        self.block.choose(c.FINDING, Finding, status.findings)
        self.block.set(c.VERDICT_SINCE, status.since)
        self.block.set(c.INCIDENT_OPEN, float(status.incident is not None))
        for plane in self._planes & status.planes.keys():
            state = status.planes[plane]
            self._rested |= {plane} & status.resting
            states = (*State, MAINTENANCE) if plane in self._rested else State
            shown = MAINTENANCE if plane in status.resting else state
            self.block.choose(c.PLANE_STATE, states, {shown}, plane)

    def _show_ages(self, status: ServiceStatus) -> None:
        known = [
            (path.last_run.ended_at, path.session, path.last_run.session_age_s)
            for path in status.paths
            if path.session is not None
            and path.state is not State.UNKNOWN
            and path.last_run is not None
            and path.last_run.session_age_s is not None
        ]
        ages = {session: age_s for _, session, age_s in sorted(known)}  # the latest run's wins
        if ages != self._ages:
            self._ages = ages
            self.block.drop(c.SESSION_AGE)
            for session, age_s in ages.items():
                self.block.set(c.SESSION_AGE, age_s, session)

    def turn(self, transition: Transition) -> None:
        """Show how long a troubled verdict took to be confirmed."""
        if transition.detection_s is not None:
            self.block.set(c.DETECTION, transition.detection_s, transition.new)

    def follow(self, incident: Incident) -> None:
        """Count a new incident; one that an earlier process saw is not counted."""
        if incident.id != self._counted and incident.confirmed_at >= self._started_at:
            self._counted = incident.id
            self.block.add(c.INCIDENTS, 1)

    def start(self, lag_s: float) -> None:
        """Count how late a scheduled run began."""
        self.block.observe(c.SCHEDULE_LAG, lag_s)

    def _read_page(self, service: Service) -> VendorMetrics | None:
        for family in OF_THE_PAGE:
            self.block.drop(family)
        if service.status_page is None:
            return None
        return VendorMetrics(self.block.place["location"], service, self.block, self._clock)


def _ratio(objective: Objective) -> float:
    """The ratio as people write it: 99.9 / 100 alone is not 0.999."""
    return round(objective.availability / 100, 12)
