"""What the vendor's status page says: shown beside our verdict, never an input to it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from probe.model.incident import Incident

VENDOR_LATE_S: Final = 86_400.0
"""What the vendor says of an incident more than this long before or after it is left out."""

PAGE: Final = "page"
"""The component that stands for a page's overall indicator."""


class ClaimState(StrEnum):
    """A component's state in the vendor's words; `unknown` when the page could not be read."""

    OPERATIONAL = "operational"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"
    UNDER_MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"

    @property
    def severity(self) -> int:
        """How bad the vendor's claim about a component is: 0 for no trouble."""
        return _TROUBLES.index(self) + 1 if self in _TROUBLES else 0


_TROUBLES: Final = (
    ClaimState.DEGRADED_PERFORMANCE,
    ClaimState.PARTIAL_OUTAGE,
    ClaimState.MAJOR_OUTAGE,
)


class Stage(StrEnum):
    """How far the vendor says it has got with an incident or a maintenance.

    `gone` is our word for one that the page no longer lists; `unknown` for a stage of theirs that
    we do not know.
    """

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    GONE = "gone"
    UNKNOWN = "unknown"

    @property
    def over(self) -> bool:
        """Whether it says that the trouble or the work has ended."""
        return self in {Stage.RESOLVED, Stage.POSTMORTEM, Stage.COMPLETED, Stage.GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Something that the page says.

    `seen_at` is when we first read it, `bears_at` the time that the page gives it.
    """

    service: str
    seen_at: float
    bears_at: float | None = None
    words: str = ""

    @property
    def told_at(self) -> float:
        """When it was said: the time that the page gives, but never after we read it."""
        return self.seen_at if self.bears_at is None else min(self.bears_at, self.seen_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Word):
    """A change of what the page says of one component.

    `component` is the configured name, or `page` for the page's overall indicator; `absent` is
    whether the page was read and has no such component.
    """

    component: str
    state: ClaimState
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Word):
    """One update that the vendor wrote under one of its incidents.

    `id` and `incident` are the page's own, `began_at` the start that it gives the incident.
    `components` are those of ours that it names; `ours` is false if it names only others.
    """

    incident: str
    id: str
    title: str
    stage: Stage
    began_at: float | None = None
    components: tuple[str, ...] = ()
    ours: bool = True


class Owner(StrEnum):
    """Who does the work of a maintenance: the vendor, or we ourselves as configured."""

    VENDOR = "vendor"
    OURS = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(Word):
    """Work that the vendor announces, or that our configuration plans.

    It is planned to last from `starts_at` to `ends_at`, and in fact lasts until its stage is over.
    `components` and `ours` are as in a Post; `paths` are those that it concerns, all if empty. If
    `spares` is false, the configuration wants it reported but nothing spared for it.
    """

    id: str
    title: str
    stage: Stage
    starts_at: float | None = None
    ends_at: float | None = None
    components: tuple[str, ...] = ()
    ours: bool = True
    whose: Owner = Owner.VENDOR
    paths: tuple[str, ...] = ()
    spares: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """When the vendor acknowledged and resolved one of our incidents.

    The `acknowledged` times are those of its first word of trouble, from a component or a post
    (`acknowledged_by`); `lead_s` is how long after our confirmation that was, negative if the
    vendor spoke first. `declared_at` is the start that the vendor itself gives. `resolved_at` is
    when it first said that all was over, `settled_at` when it last did; `premature_s` is how long
    our runs kept failing after the former, None if they did not.
    """

    service: str
    incident: str
    acknowledged_at: float | None = None
    acknowledged_seen_at: float | None = None
    acknowledged_by: str = ""
    lead_s: float | None = None
    declared_at: float | None = None
    resolved_at: float | None = None
    settled_at: float | None = None
    premature_s: float | None = None

    @property
    def declared_s(self) -> float | None:
        """How long it lasted by the vendor's words, in seconds; None if they do not say.

        From the start that it gives, or else its first word, until it last said that it was over.
        """
        began = self.acknowledged_at if self.declared_at is None else self.declared_at
        return None if began is None or self.settled_at is None else self.settled_at - began


def span_of(incident: Incident, account: Account | None, now: float) -> tuple[float, float]:
    """The first and the last time reported of `incident`, by its runs and by the vendor."""
    begins = [incident.opened_at, incident.last_good_at or incident.opened_at]
    ends = [incident.end(now)]
    if account is not None:
        begins += [at for at in (account.declared_at, account.acknowledged_at) if at is not None]
        ends += [at for at in (account.resolved_at, account.settled_at) if at is not None]
    since = max(min(begins), incident.opened_at - VENDOR_LATE_S)
    return since, min(max(ends), ends[0] + VENDOR_LATE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The vendor's words beside ours.

    `contradicting` are the components whose claims differ from what we see; `account` is that of
    the newest incident.
    """

    service: str
    contradicting: frozenset[str] = frozenset()
    account: Account | None = None
