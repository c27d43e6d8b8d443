"""What was spent of an objective: the time in which runs failed, over the objective's window."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from probe.config.service import Objective, Service
from probe.judging import availability
from probe.judging.availability import Span
from probe.model.outcome import Outcome
from probe.model.report import Budget, Stay
from probe.model.state import WATCHED, State
from probe.recounting.timelines import ServiceTimeline, Timeline, timeline_of
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.retention import HOUR_S

NO_FAILURES: Final = frozenset(
    {
        Outcome.OK,
        Outcome.SLOW,
        Outcome.THROTTLED,
        Outcome.UNOBSERVED,
        Outcome.CHALLENGED,
        Outcome.QUOTA_EXHAUSTED,
    }
)
"""Alerts and dashboards do not count these as failed runs either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """The budgets of planes and paths by name; `whole` is for those without any evidence."""

    planes: Mapping[str, Budget] = field(default_factory=dict)
    paths: Mapping[str, Budget] = field(default_factory=dict)
    whole: Budget | None = None


def budgets(journal: ReportQueries, service: Service | None, until: float) -> Budgets:
    """The budgets at `until`; none if the service has no objective."""
    objective = service.objective if service else None
    if service is None or objective is None:
        return Budgets()
    span = (until - objective.window, until)
    spells = [spell for spell in journal.spells(*span, service.name) if spell.plane in WATCHED]
    seen = timeline_of(
        spells, journal.windows(*span, service.name), span, journal.lives(service.name)
    )
    charged = _charged(journal, service.name, seen, span)
    return Budgets(
        planes=_of(charged.planes(), objective),
        paths=_of(charged.paths(), objective),
        whole=_budget(objective, dict.fromkeys(State, 0.0)),
    )


def _charged(
    journal: ReportQueries, service: str, seen: ServiceTimeline, span: Span
) -> ServiceTimeline:
    """`seen`, as up in each impaired time in which no run failed, but was slow or throttled."""
    failed = journal.failed(service, *span, NO_FAILURES)
    spared = {
        path: [
            (stay.since, stay.until)
            for stay in stays
            if stay.state is State.IMPAIRED and not _within(stay, failed.get(path, []))
        ]
        for path, stays in seen.stays.items()
    }
    stays = {path: availability.excused(seen.stays[path], spared[path]) for path in seen.stays}
    return replace(seen, stays=stays)


def _within(stay: Stay, times: Sequence[Span]) -> bool:
    """Whether one of `times`, in order and none longer than an hour, overlaps `stay`."""
    first = bisect_left(times, (stay.since - HOUR_S,))
    last = bisect_left(times, (stay.until,))
    return any(ended >= stay.since for _, ended in times[first:last])


def _of(timelines: Iterable[Timeline], objective: Objective) -> dict[str, Budget]:
    return {
        timeline.name: _budget(objective, availability.outside(timeline.counted, timeline.resting))
        for timeline in timelines
    }


def _budget(objective: Objective, sums: Mapping[State, float]) -> Budget:
    return availability.budget(objective.availability, objective.window, sums)
