"""How far our clock is off by the clocks of hosts that answer. No timestamp is corrected by it."""

from statistics import median
from typing import Final

REMEMBERED_S: Final = 900.0
_MOST_HOSTS: Final = 100


class ClockSkew:
    """The newest comparison with each host."""

    def __init__(self) -> None:
        self._by_host: dict[str, tuple[float, float]] = {}

    def note(self, host: str, skew_s: float, now: float) -> None:
        """Note that our clock was `skew_s` seconds ahead of the host's."""
        self._by_host.pop(host, None)
        self._by_host[host] = skew_s, now
        if len(self._by_host) > _MOST_HOSTS:
            del self._by_host[next(iter(self._by_host))]

    def median(self, now: float) -> float | None:
        """The median of the fresh comparisons, so one wrong clock is outvoted; None without any."""
        fresh = [skew for skew, at in self._by_host.values() if abs(now - at) < REMEMBERED_S]
        return median(fresh) if fresh else None
