"""The scenario's own time: where on its timeline the stand-in stands at this instant."""

from collections.abc import Callable
from datetime import datetime, timedelta


class ScenarioClock:
    """Maps a clock that ticks in seconds to moments of a scenario, `speed` times as fast."""

    def __init__(self, starts: datetime, *, now: Callable[[], float], speed: float = 1.0) -> None:
        """Let the scenario begin at this very instant of `now`."""
        self.speed = speed
        self._starts = starts
        self._now = now
        self._started_at = now()

    def now(self) -> datetime:
        """Return the scenario's present moment, in UTC."""
        return self._starts + timedelta(seconds=(self._now() - self._started_at) * self.speed)
