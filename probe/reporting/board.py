"""The picture that pages read: the last report of every service, in memory and bounded.

It judges nothing and writes nothing. A `Picture` is frozen, so a page can be rendered from it while
events keep arriving.
"""

from collections.abc import Callable, Iterable
from typing import Final

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.config.vendor import PAGE_PATH
from probe.model import event as events
from probe.model.claim import Claim
from probe.model.clock import Clock
from probe.model.incident import Incident
from probe.model.run import Run
from probe.model.state import Plane
from probe.model.status import PathStatus, ServiceStatus
from probe.reporting.picture import Mark, Marks, PathView, Picture, ServiceView
from probe.reporting.vendor_board import VendorBoard

INCIDENTS_KEPT: Final = 100

PathKey = tuple[str, str]

WINDOWS_SHOWN: Final = 10


class Board:
    """Takes events, gives pictures. `version` grows with every change that a page would show."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.version = 0
        self._started_at = clock.now()
        self._settings = settings
        self._names = frozenset[str]()
        self._statuses: dict[str, ServiceStatus] = {}
        self._strips: dict[PathKey, Marks] = {}
        self._skipped: dict[PathKey, events.Skipped] = {}
        self._claims: dict[str, dict[str, Claim]] = {}
        self.vendors = VendorBoard()
        self._incidents: dict[str, Incident] = {}
        self._maintenance: dict[str, events.MaintenanceTurned] = {}
        self._itself: events.SelfObserved | None = None
        self._reloaded: events.Reloaded | None = None
        self._watchers: list[Callable[[], None]] = []
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Show the services of `settings`; what is known of names that stayed is kept."""
        self._settings = settings
        self._names = names = frozenset(service.name for service in settings.services)
        keys = {
            (service.name, path.name) for service in settings.services for path in service.paths
        }
        pages = [each.name for each in settings.services if each.status_page is not None]
        keys |= {(name, PAGE_PATH) for name in pages}
        self.vendors.adopt(pages)
        self._strips = {key: self._strips.get(key, Marks()) for key in keys}
        self._skipped = {key: skip for key, skip in self._skipped.items() if key in keys}
        self._statuses = {name: held for name, held in self._statuses.items() if name in names}
        self._claims = {name: said for name, said in self._claims.items() if name in names}
        self._maintenance = {key: held for key, held in self._maintenance.items() if key in names}
        self._tell()

    def seed(
        self,
        *,
        runs: Iterable[Run] = (),
        incidents: Iterable[Incident] = (),
        claims: Iterable[Claim] = (),
    ) -> None:
        """Add what the journal holds, in any order; what is already known counts once."""
        for run in runs:
            self._mark(run)
        for incident in incidents:
            if incident.id not in self._incidents:
                self._keep(incident)
        for claim in claims:
            self._claim(claim)
        self._tell()

    def handle(self, event: events.Event) -> None:
        """Take in an event. Services that are not configured are ignored."""
        if isinstance(event, events.Started):
            return
        if isinstance(event, events.SelfObserved) and not self._notice(event):
            return
        match event:
            case events.Observed(run=run) | events.PageRead(run=run):
                self._mark(run)
            case events.IncidentUpdated(incident=incident):
                self._keep(incident)
            case events.Claimed(claim=claim):
                self._claim(claim)
            case events.MaintenanceTurned(status=status):
                self._maintenance[status.service] = event
            case events.Skipped():
                self._skip(event)
            case events.Reloaded():
                self._reloaded = event
        self.vendors.handle(event)
        if isinstance(event, events.StatusEvent):
            self._hold(event.status)
        self._tell()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after every change of `version`."""
        self._watchers.append(watcher)

    def picture(self) -> Picture:
        """The present picture of everything."""
        newest_first = sorted(self._incidents.values(), key=lambda each: -each.opened_at)
        return Picture(
            location=self._settings.location,
            page_url=self._settings.page_url,
            started_at=self._started_at,
            services=tuple(self._view(service) for service in self._settings.services),
            incidents=tuple(newest_first),
            accounts=self.vendors.accounts(),
            itself=self._itself,
            reloaded=self._reloaded,
        )

    def path(self, service: str, path: str) -> PathStatus | None:
        """The status of a path; None before its first run.

        Raises:
            KeyError: no such path is configured.
        """
        if (service, path) not in self._strips:
            raise KeyError(f"{service}/{path}")
        if path == PAGE_PATH:
            return self.vendors.page(service)
        return _path_of(self._statuses.get(service), path)

    def targets(self) -> tuple[str, ...]:
        """`service/path` of every configured path, in the order of the configuration."""
        return tuple(
            f"{service.name}/{path}"
            for service in self._settings.services
            for path in (
                *(path.name for path in service.paths),
                *([PAGE_PATH] if service.status_page is not None else ()),
            )
        )

    def _view(self, service: Service) -> ServiceView:
        status = self._statuses.get(service.name)
        maintenance = self._maintenance.get(service.name)
        return ServiceView(
            name=service.name,
            status=status,
            paths=tuple(self._path_view(service.name, path, status) for path in service.paths),
            claims=tuple(self._claims.get(service.name, {}).values()),
            vendor=self.vendors.view(service.name),
            page=self._page_view(service),
            incident=self._open_incident(service.name, status),
            held=maintenance.held[:WINDOWS_SHOWN] if maintenance else (),
            ahead=maintenance.ahead[:WINDOWS_SHOWN] if maintenance else (),
        )

    def _page_view(self, service: Service) -> PathView | None:
        if service.status_page is None:
            return None
        return PathView(
            name=PAGE_PATH,
            plane=Plane.VENDOR,
            critical=False,
            status=self.vendors.page(service.name),
            marks=self._strips[service.name, PAGE_PATH],
            skipped=None,
        )

    def _path_view(self, service: str, path: ProbePath, status: ServiceStatus | None) -> PathView:
        return PathView(
            name=path.name,
            plane=path.plane,
            critical=path.critical,
            status=_path_of(status, path.name),
            marks=self._strips[service, path.name],
            skipped=self._skipped.get((service, path.name)),
        )

    def _open_incident(self, service: str, status: ServiceStatus | None) -> Incident | None:
        if status is not None:
            return status.incident if status.incident and status.incident.open else None
        known = self._incidents.values()
        return next((each for each in known if each.service == service and each.open), None)

    def _mark(self, run: Run) -> None:
        """Put `run` into its strip, in the order of time."""
        marks = self._strips.get((run.service, run.path))
        if marks is None:
            return
        self._strips[run.service, run.path] = marks.plus(Mark.of(run))
        self._forget_skip(run)

    def _forget_skip(self, run: Run) -> None:
        skipped = self._skipped.get((run.service, run.path))
        if skipped is not None and skipped.at <= run.ended_at:
            del self._skipped[run.service, run.path]

    def _skip(self, skipped: events.Skipped) -> None:
        if (skipped.service, skipped.path) in self._strips:
            self._skipped[skipped.service, skipped.path] = skipped

    def _hold(self, status: ServiceStatus) -> None:
        if status.service in self._names:
            self._statuses[status.service] = status
            if status.incident is not None:
                self._keep(status.incident)

    def _keep(self, incident: Incident) -> None:
        self._incidents[incident.id] = incident
        if len(self._incidents) > INCIDENTS_KEPT:
            oldest = min(self._incidents.values(), key=lambda each: (each.open, each.opened_at))
            del self._incidents[oldest.id]

    def _claim(self, claim: Claim) -> None:
        if claim.service not in self._names:
            return
        said = self._claims.setdefault(claim.service, {})
        known = said.get(claim.component)
        if known is None or known.seen_at <= claim.seen_at:
            said[claim.component] = claim

    def _notice(self, itself: events.SelfObserved) -> bool:
        """Keep `itself`; returns whether a page shows a difference: the loop's lag is not shown."""
        before, self._itself = self._itself, itself
        return before is None or _shown_of(before) != _shown_of(itself)

    def _tell(self) -> None:
        self.version += 1
        for watcher in self._watchers:
            watcher()


def _shown_of(itself: events.SelfObserved) -> tuple[bool | None, str, bool]:
    return itself.connected, itself.blind_because, itself.clock_is_off


def _path_of(status: ServiceStatus | None, name: str) -> PathStatus | None:
    paths = () if status is None else status.paths
    return next((path for path in paths if path.path == name), None)
