"""What is held true of a service at a moment: the values that reporters show."""

from collections.abc import Mapping
from dataclasses import dataclass

from probe.model.incident import Incident
from probe.model.run import Run
from probe.model.state import Finding, Plane, State, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStatus:
    """A path's confirmed state beside its last raw run."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of time through which a path's confirmed state was the same.

    `until` is how far its evidence reaches; what lies between that and the next spell is unknown.
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
    """A service's verdict and all that led to it. Order of `paths` is the configuration's."""

    service: str
    verdict: Verdict
    since: float
    planes: Mapping[Plane, State]
    paths: tuple[PathStatus, ...]
    findings: frozenset[Finding] = frozenset()
    incident: Incident | None = None
