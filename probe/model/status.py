"""What is known of a service at one time: the values that reporters show."""

from collections.abc import Mapping
from dataclasses import dataclass

from probe.model.incident import Incident
from probe.model.maintenance import Window
from probe.model.run import Run
from probe.model.state import TROUBLED, Finding, Plane, State, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStatus:
    """A path's confirmed state beside its last raw run, and the maintenance that it is in.

    `fresh_until` is how far the evidence for the state reaches; of a vendor's page, for how long
    its last reading is recent.
    """

    service: str
    path: str
    plane: Plane
    critical: bool
    state: State
    since: float
    session: str | None = None
    last_run: Run | None = None
    last_failure: Run | None = None
    fresh_until: float = 0.0
    maintenance: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A period in which a path's confirmed state was the same.

    `until` is how far its evidence reaches; the time between that and the next spell is unknown.
    """

    service: str
    path: str
    plane: Plane
    critical: bool
    state: State
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """A service's verdict and all that led to it. Order of `paths` is the configuration's.

    As reported, the paths in maintenance count for nothing: `planes`, `verdict` and `findings` are
    those of the others, while each path keeps the state that its runs show.
    """

    service: str
    verdict: Verdict
    since: float
    planes: Mapping[Plane, State]
    paths: tuple[PathStatus, ...]
    findings: frozenset[Finding] = frozenset()
    incident: Incident | None = None

    def path(self, name: str) -> PathStatus:
        """The status of the path of that name, which must be one of the service."""
        return next(path for path in self.paths if path.path == name)

    @property
    def known_down(self) -> frozenset[Plane]:
        """The planes that are down while the verdict is unknown because of another."""
        if self.verdict is not Verdict.UNKNOWN:
            return frozenset()
        return frozenset(plane for plane, state in self.planes.items() if state is State.DOWN)

    @property
    def standing_since(self) -> float:
        """Since when this holds: a plane known to be down may be so for less time than `since`."""
        down = (
            path.since
            for path in self.paths
            if path.plane in self.known_down and path.state is State.DOWN
        )
        return max(self.since, min(down, default=self.since))

    @property
    def maintenance(self) -> Window | None:
        """The window that some path is in; of several, the one that lasts longest."""
        windows = [path.maintenance for path in self.paths if path.maintenance is not None]
        return max(windows, key=lambda window: window.until, default=None)

    @property
    def resting(self) -> frozenset[Plane]:
        """The planes of which every path is in maintenance."""
        awake = {path.plane for path in self.paths if path.maintenance is None}
        return frozenset(path.plane for path in self.paths) - awake

    @property
    def spared(self) -> bool:
        """Whether something fails, and all of it is in maintenance: nobody should be alerted."""
        failing = [path for path in self.paths if path.state in TROUBLED]
        return bool(failing) and all(path.maintenance for path in failing)
