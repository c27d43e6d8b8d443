"""The clocks that the daemon reads, as one value that a caller can replace."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

CATCH_UP_PACE: Final = 0.9
"""Our clock's rate, against real time, while it waits for a machine clock that was set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`now` is seconds since the epoch, never backwards; `monotonic` measures durations.

    `machine` is this machine's clock, which may be set back; None if that is `now`.
    """

    now: Callable[[], float]
    monotonic: Callable[[], float]
    machine: Callable[[], float] | None = None

    def wall(self) -> float:
        """Seconds since the epoch, for what has to agree with the clocks of others."""
        return (self.machine or self.now)()


class Onward:
    """Seconds since the epoch as `machine` gives them, but never backwards.

    A clock that is set forward, or slept, is followed at once. One that is set back is waited for:
    until it has caught up, ours runs a tenth slower. So later events have later times, waits end
    and evidence goes stale when due, to within that tenth, and after ten times the step our times
    are right again.
    """

    def __init__(self, machine: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._machine = machine
        self._monotonic = monotonic
        self._last = machine(), monotonic()

    def __call__(self) -> float:
        """The time."""
        before, since = self._last
        passed = self._monotonic()
        now = max(self._machine(), before + (passed - since) * CATCH_UP_PACE)
        self._last = now, passed
        return now


SYSTEM: Final = Clock(
    now=Onward(time.time, time.perf_counter), monotonic=time.perf_counter, machine=time.time
)
