"""What the reporters are told."""

from dataclasses import dataclass

from probe.model.claim import Claim
from probe.model.incident import Incident, Transition
from probe.model.run import Run
from probe.model.state import SkipReason
from probe.model.status import ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A run was judged; `status` already contains it."""

    run: Run
    status: ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The verdict of a service changed."""

    transition: Transition
    status: ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentUpdated:
    """An incident opened, grew or closed."""

    incident: Incident
    status: ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Time passed without a run and the judgement moved with it: something went stale."""

    status: ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A planned run did not happen."""

    service: str
    path: str
    reason: SkipReason
    at: float
    retry_after_until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A scheduled run began, `lag_s` seconds after its due time."""

    service: str
    path: str
    lag_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfObserved:
    """What the daemon knows of itself. `connected` is None where no canary is configured."""

    at: float
    connected: bool | None
    loop_lag_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """A reload of the configuration was tried."""

    at: float
    successful: bool
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The vendor's page says something new."""

    claim: Claim


Event = (
    Observed
    | Changed
    | IncidentUpdated
    | Reviewed
    | Skipped
    | Started
    | SelfObserved
    | Reloaded
    | Claimed
)
