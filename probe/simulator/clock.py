"""The scenario's own time: the stand-in's present place on its timeline."""

from collections.abc import Callable
from datetime import datetime, timedelta


class ScenarioClock:
    """Maps a clock that counts seconds to times of a scenario, `speed` times as fast."""

    def __init__(self, starts: datetime, *, now: Callable[[], float], speed: float = 1.0) -> None:
        """Let the scenario begin at the present `now`."""
        self.speed = speed
        self._starts = starts
        self._now = now
        self._started_at = now()

    def now(self) -> datetime:
        """The scenario's present time, in UTC."""
        return self._starts + timedelta(seconds=(self._now() - self._started_at) * self.speed)
