"""How long a run is evidence of its path's state."""

from typing import Final

from probe.config.path import ProbePath
from probe.model.run import Run

_INTERVALS: Final = 3


def stands_s(interval_s: float, timeout_s: float = 0.0) -> float:
    """Seconds for which a run is evidence after its end, or after the rest that it asked for.

    Three intervals, and enough for the next run to begin one interval late and take its whole
    time-out: otherwise a path that hangs for longer than its evidence lasts would be unknown at
    times, and never reach four bad runs in a row.
    """
    return max(_INTERVALS * interval_s, 2 * interval_s + timeout_s)


def fresh_until(run: Run, path: ProbePath, rests_until: float | None = None) -> float:
    """When `run` of `path`, which rests until `rests_until`, stops being evidence of its state."""
    return max(run.ended_at, rests_until or 0.0) + stands_s(path.interval, path.timeout)
