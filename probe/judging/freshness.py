"""How long a run is evidence of how its path stands now."""

from typing import Final

from probe.config.path import ProbePath
from probe.model.run import Run

_INTERVALS: Final = 3


def stands_s(interval_s: float, timeout_s: float = 0.0) -> float:
    """Seconds for which the evidence of a run stands after it, or after the rest that it asked for.

    Three intervals, and long enough for the next run to take its whole time-out and begin one
    interval late: else what hangs for longer than its evidence stands would be unknown by turns,
    and never come to four bad runs in a row.
    """
    return max(_INTERVALS * interval_s, 2 * interval_s + timeout_s)


def fresh_until(run: Run, path: ProbePath, rests_until: float | None = None) -> float:
    """Until when `run` of `path`, which rests until then, is evidence of how that stands."""
    return max(run.ended_at, rests_until or 0.0) + stands_s(path.interval, path.timeout)
