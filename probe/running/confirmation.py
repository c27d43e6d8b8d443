"""Paired confirmation: after a first bad outcome all paths of the service run at once, soon.

Login and API are compared at the same instant. A path that turns bad in a round gets rounds of
its own; as few are run as settle every suspicion.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

from probe.config.settings import ProbePath, Service
from probe.judging.service import ServiceMemory
from probe.running.cycle import Cycle

JITTER = 0.1
"""Rounds are moved by up to this share of their distance."""

SHARE_OF_INTERVAL = 0.8
"""Rounds are squeezed into this share of a short interval."""


class Confirmation:
    """The confirmation rounds of one service; at most one series is under way."""

    def __init__(
        self,
        service: Service,
        cycle: Cycle,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._service = service
        self._cycle = cycle
        self._spawn = spawn
        self._random = random.Random(service.name)  # noqa: S311 - jitter is no secret
        self._under_way = False

    def consider(self, path: ProbePath) -> None:
        """Begin a series if `path` is under suspicion and none is under way."""
        if self._under_way or not self._suspected(path):
            return
        self._under_way = True
        self._spawn(self._series(path), f"confirm {self._service.name}")

    async def _series(self, path: ProbePath) -> None:
        try:
            left = {path.name: len(path.confirm_after)}
            gaps = _gaps(path)
            while left:
                done = len(gaps) - max(left.values())
                await asyncio.sleep(self._jittered(gaps[min(done, len(gaps) - 1)]))
                if not await self._round():
                    return
                left = self._unsettled(left)
        finally:
            self._under_way = False

    async def _round(self) -> bool:
        """Run every path at once; whether any of them could run."""
        runs = await asyncio.gather(
            *(self._cycle.run(self._service, path, confirmation=True) for path in self._paths)
        )
        return any(run is not None for run in runs)

    def _unsettled(self, left: dict[str, int]) -> dict[str, int]:
        """The rounds that each suspected path still has."""
        return {
            path.name: rounds - 1
            for path in self._paths
            if self._suspected(path)
            and (rounds := left.get(path.name, len(path.confirm_after) + 1)) > 1
        }

    @property
    def _paths(self) -> tuple[ProbePath, ...]:
        return self._memory.service.paths if self._memory else ()

    @property
    def _memory(self) -> ServiceMemory | None:
        return self._cycle.memories.get(self._service.name)

    def _suspected(self, path: ProbePath) -> bool:
        known = self._memory.paths.get(path.name) if self._memory else None
        return known is not None and known.suspected

    def _jittered(self, gap: float) -> float:
        return gap * self._random.uniform(1 - JITTER, 1 + JITTER)


def _gaps(path: ProbePath) -> list[float]:
    """The waits before each round: `confirm_after` as distances, shorter for a short interval."""
    room = path.interval * SHARE_OF_INTERVAL
    shrink = min(1.0, room / path.confirm_after[-1])
    starts = [0.0, *path.confirm_after]
    return [(after - before) * shrink for before, after in pairwise(starts)]
