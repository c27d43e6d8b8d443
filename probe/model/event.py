"""The events that reporters receive."""

from dataclasses import dataclass
from typing import Final

from probe.model.claim import Claim, Comparison, Maintenance, Post
from probe.model.incident import Incident, Transition
from probe.model.maintenance import Window
from probe.model.notification import Message, Result
from probe.model.run import Run
from probe.model.state import SkipReason
from probe.model.status import PathStatus, ServiceStatus

CLOCK_IS_OFF_S: Final = 5.0


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
    """A planned run, or one to confirm another, did not happen."""

    service: str
    path: str
    reason: SkipReason
    at: float
    retry_after_until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A scheduled run of a service began, `lag_s` seconds after its due time."""

    service: str
    lag_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfObserved:
    """What the daemon knows of itself. `connected` is None if no canary is configured.

    `blind_because` says why it is not connected. `clock_skew_s` is our clock minus the median of
    the others', None if there is none.
    """

    at: float
    connected: bool | None
    loop_lag_s: float
    blind_because: str = ""
    clock_skew_s: float | None = None

    @property
    def clock_is_off(self) -> bool:
        """Whether our clock is wrong by more than the travel time of answers explains."""
        return abs(self.clock_skew_s or 0.0) > CLOCK_IS_OFF_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """A reload of the configuration was tried.

    `waiting` are the keys that differ from those at the start and take effect at the next one.
    """

    at: float
    successful: bool
    problem: str = ""
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The vendor's page says something new."""

    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The vendor wrote an update under one of its incidents."""

    post: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The vendor says something new about a maintenance, or one of ours begins or changes."""

    maintenance: Maintenance


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceTurned:
    """Maintenance of a service began, ended or was rescheduled; `status` already reflects that.

    `held` are the windows in force, `ahead` those to come, the next one first.
    """

    status: ServiceStatus
    held: tuple[Window, ...] = ()
    ahead: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """The vendor's page was requested: a run like any other, judged separately from all others.

    `remembered` marks a run that comes from the journal.
    """

    run: Run
    status: PathStatus
    remembered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The difference between the vendor's words and our verdict has changed."""

    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """A channel is to be told something."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """A delivery was tried, or given up; `problem` says what prevented it."""

    message: Message
    result: Result
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """The last `message` to a channel was given up: it knows what it knew before.

    That is `known`, None if it believes in no trouble.
    """

    message: Message
    known: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRemoved:
    """A channel is no longer configured: its messages, and what it was told, are forgotten."""

    channel: str


Judged = Observed | Changed | IncidentUpdated | Reviewed
"""The events that come from judging."""

StatusEvent = Judged | MaintenanceTurned
"""The events that carry a service's status as reported."""

Event = (
    StatusEvent
    | Skipped
    | Started
    | SelfObserved
    | Reloaded
    | Claimed
    | Posted
    | Announced
    | PageRead
    | Compared
    | Notified
    | Attempted
    | Undelivered
    | ChannelRemoved
)
