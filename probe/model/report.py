"""What a report says, as values: the formats only choose how to write it down."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from probe.model.claim import Account
from probe.model.incident import Incident
from probe.model.lengths import Lengths
from probe.model.maintenance import Window
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stay in one state, from `since` to `until`."""

    state: State
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Seconds that an objective allows over its window, and those spent in the last one.

    The window ends with the report. Spent is the time down, and each impaired time in which a run
    failed: one that was only slow, throttled or not observed is no failure.
    """

    objective: float
    window_s: float
    allowed_s: float
    spent_s: float

    @property
    def left_s(self) -> float:
        """What is left; negative if more was spent."""
        return self.allowed_s - self.spent_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A path or a plane over the report's time.

    `seconds` are those in each state outside of maintenance; `availability` is the share of the
    known time that was up, None if nothing is known. `resting` is when it was in maintenance,
    `maintenance_s` for how long, and `hidden_s` for how long of that it was impaired or down.
    """

    name: str
    plane: Plane
    stays: tuple[Stay, ...]
    seconds: Mapping[State, float]
    resting: tuple[tuple[float, float], ...] = ()
    maintenance_s: float = 0.0
    hidden_s: float = 0.0
    availability: float | None = None
    budget: Budget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """An incident with its lengths, as the `recurrence`th of its signature within seven days.

    If it lay entirely in planned work, `planned` names that, and `recurrence` is 0.
    """

    incident: Incident
    lengths: Lengths
    recurrence: int
    path_seconds: Mapping[str, Mapping[State, float]]
    account: Account | None = None
    planned: str = ""


class Witness(StrEnum):
    """Who says what happened."""

    VERDICT = "verdict"
    RUNS = "runs"
    PATH = "path"
    FINDING = "finding"
    MAINTENANCE = "maintenance"
    VENDORS_PAGE = "vendor's page"
    VENDORS_POST = "vendor's post"
    VENDORS_MAINTENANCE = "vendor's maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline: who says what when, and in which `words`, which may be foreign."""

    at: float
    who: Witness
    what: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """One service; of timeline and evidence, what was left out is counted.

    `windows` are those of maintenance, as they were in force at the time.
    """

    service: str
    planes: tuple[Lane, ...]
    paths: tuple[Lane, ...]
    outcomes: Mapping[str, Mapping[Outcome, int]]
    incidents: tuple[IncidentReport, ...] = ()
    timeline: tuple[Moment, ...] = ()
    timeline_left_out: int = 0
    windows: tuple[Window, ...] = ()
    evidence: tuple[Run, ...] = ()
    evidence_left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All services over one period."""

    title: str
    since: float
    until: float
    made_at: float
    zones: tuple[str, ...]
    services: tuple[ServiceReport, ...]
