"""A path in detail: its runs over hours and days, the phases of each run, its last failures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from probe.model.maintenance import Window
from probe.model.outcome import Phase
from probe.model.run import Run
from probe.model.status import Spell
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.picture import PathView
from probe.reporting.web.drawing.axis import Axis
from probe.reporting.web.drawing.bands import by_path, over
from probe.reporting.web.drawing.lanes import HOUR_S, Lane, runs_lane
from probe.reporting.web.history import Columns, Hour

RUNS_SHOWN: Final = 120
FAILURES_SHOWN: Final = 5
COLUMNS: Final = 84
PERIODS: Final = {"Last 6 hours": 6 * 3600, "Last 24 hours": 86400, "Last 7 days": 7 * 86400}
CHART_HEIGHT: Final = 100.0
HEADROOM: Final = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class PathHistory:
    """What the history holds about a path, `at` the time it was asked."""

    at: float = 0.0
    runs: Sequence[Run] = ()
    failures: Sequence[Run] = ()
    tallies: dict[str, Columns] = field(default_factory=dict)
    hours: Sequence[Hour] = ()
    spells: Sequence[Spell] = ()
    windows: Sequence[Window] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A phase of a run as a box; `phase` is `rest` for time that no phase accounts for."""

    x: int
    y: float
    height: float
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """The chart: its bars, the runs that failed (their x), and how long a full height is."""

    bars: tuple[Bar, ...]
    failed: tuple[int, ...]
    full_s: float
    runs: Sequence[Run]


def recalled(past: PageQueries, service: str, path: str, now: float) -> PathHistory:
    """All that the past says about a path."""
    tallies: dict[str, Columns] = {
        name: past.tally(service, now - length_s, now, COLUMNS).get(path, ())
        for name, length_s in PERIODS.items()
    }
    week_ago = now - max(PERIODS.values())
    return PathHistory(
        at=now,
        runs=past.recent_runs(service, path, RUNS_SHOWN),
        failures=past.failures(service, path, week_ago, FAILURES_SHOWN),
        tallies=tallies,
        hours=past.hours(service, week_ago, now).get(path, ()),
        spells=by_path(past.spells(week_ago, now, service)).get((service, path), ()),
        windows=over(past.windows(week_ago, now, service), service, path),
    )


def from_board(path: PathView) -> PathHistory:
    """What is known without a history: the last run and the last failure."""
    held = path.status
    if held is None:
        return PathHistory()
    return PathHistory(
        runs=[held.last_run] if held.last_run else [],
        failures=[held.last_failure] if held.last_failure else [],
    )


def periods(past: PathHistory) -> Iterator[tuple[Axis, Lane]]:
    """The path's runs in each of the PERIODS, on the axis that they were counted on."""
    for name, columns in past.tallies.items():
        axis = Axis(past.at - PERIODS[name], past.at)
        hours = [hour for hour in past.hours if hour[0] + HOUR_S > axis.since]
        yield axis, runs_lane(axis, name, columns, hours, past.windows)


def phases(runs: Sequence[Run]) -> Phases:
    """Each run as a stack of its phases, cut off at HEADROOM times the longest success."""
    good = [run.duration_s for run in runs if run.outcome.succeeded]
    full_s = max(good or [run.duration_s for run in runs], default=0.0) * HEADROOM or 1.0
    offset = RUNS_SHOWN - len(runs)
    bars = [bar for x, run in enumerate(runs, offset) for bar in _stack(x, run, full_s)]
    failed = tuple(x for x, run in enumerate(runs, offset) if not run.outcome.succeeded)
    return Phases(bars=tuple(bars), failed=failed, full_s=full_s, runs=runs)


def spent(run: Run) -> dict[str, float]:
    """Seconds of each phase over all steps, and the rest."""
    seconds = run.phases
    sums = {str(phase): seconds.get(phase, 0.0) for phase in Phase}
    return sums | {"rest": max(0.0, run.duration_s - sum(sums.values()))}


def _stack(x: int, run: Run, full_s: float) -> Iterator[Bar]:
    top = CHART_HEIGHT
    for phase, seconds in spent(run).items():
        height = min(top, CHART_HEIGHT * seconds / full_s)
        if height > 0:
            top -= height
            yield Bar(x=x, y=top, height=height, phase=phase)
