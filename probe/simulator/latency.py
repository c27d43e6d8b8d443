"""How long the stand-in takes when nothing is wrong."""

import random
from collections.abc import Mapping
from typing import Final

from probe.simulator.routes import GROUPS, Route

USUAL: Final = {"default": 0.080, "data": 0.050, "stream": 0.250}
SPREAD: Final = (0.75, 1.75)


class Latency:
    """Base latencies by route, by group of routes and by default; the most specific name wins."""

    def __init__(self, configured: Mapping[str, float], rng: random.Random) -> None:
        """Let `configured` seconds override the usual ones; a default overrides them all."""
        self._seconds = configured if "default" in configured else USUAL | dict(configured)
        self._rng = rng

    def typical_s(self, route: Route) -> float:
        """The latency around which this route's answers lie, in seconds."""
        groups = [name for name, routes in GROUPS.items() if route in routes and name != "all"]
        names = [route.value, *groups, "default"]
        return next(self._seconds[name] for name in names if name in self._seconds)

    def drawn_s(self, route: Route) -> float:
        """Draw the next answer's latency, in seconds."""
        return self.typical_s(route) * self._rng.uniform(*SPREAD)
