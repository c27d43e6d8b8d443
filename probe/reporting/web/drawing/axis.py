"""A period as a width: where an instant is, and which clock times to write."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from probe.reporting.times import clock, day

_STEPS_S: Final = (60, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
_MOST_TICKS: Final = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """From `since` to `until`, in seconds since the epoch; places are percent of the width."""

    since: float
    until: float

    @property
    def length(self) -> float:
        """Seconds, at least one."""
        return max(1.0, self.until - self.since)

    def place(self, at: float) -> float:
        """The place of `at`; what is outside is placed at the edge."""
        return min(100.0, max(0.0, 100 * (at - self.since) / self.length))

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Round clock times and their places: a few, whatever the length."""
        step = next((each for each in _STEPS_S if self.length / each <= _MOST_TICKS), None)
        step = step or int(self.length / _MOST_TICKS)
        at = self.since - self.since % step + step
        while at < self.until:
            yield self.place(at), day(at) if step >= _STEPS_S[-3] else clock(at)
            at += step
