"""Paired confirmation: after a first bad outcome, all paths of the service run at once, soon.

Login and API are compared at the same instant. Rounds are timed from the *start* of the run that
raised the suspicion. They wait neither for each other nor for a run that takes far longer than the
previous one: serial time-outs would multiply the delay for a target that hangs. A path that turns
bad in a round gets rounds of its own; only as many are run as settle every suspicion. A path that
signs in with one-time codes is confirmed once per code period.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.judging.service import ServiceMemory
from probe.model.run import Run
from probe.running.cycle import Cycle

JITTER = 0.1
"""Rounds are moved by up to this share of their distance."""

SHARE_OF_INTERVAL = 0.8
"""Rounds are squeezed into this share of a short interval."""

USUAL_SHARE = 0.5
"""A run still under way is suspected once the previous run took only this share of its time."""

LEAST_GAP_S = 0.2
"""The gap between rounds that are already due because the first run took so long."""

Turn = Callable[[Service, ProbePath], AbstractAsyncContextManager[object]]
"""Held by a run while it waits for a one-time code and signs in; a no-op where it needs none."""


class Confirmation:
    """The confirmation rounds of one service; at most one series is `under_way`."""

    def __init__(
        self,
        service: str,
        cycle: Cycle,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        wait_s: Callable[[Service, ProbePath], float | None],
        turn: Turn,
    ) -> None:
        self._service = service
        self._wait_s = wait_s
        self._turn = turn
        self._cycle = cycle
        self._spawn = spawn
        self._random = random.Random(service)  # noqa: S311 - jitter is no secret
        self.under_way = False
        self._hanging: set[str] = set()

    async def planned(self, service: Service, path: ProbePath) -> None:
        """Run `path` once it can sign in, and begin a series if it comes under suspicion."""
        async with self._turn(service, path):
            while wait_s := self._wait_s(service, path):  # noqa: ASYNC110 - the wait may have grown meanwhile
                await asyncio.sleep(wait_s)
            await self._watched(service, path)

    async def _watched(self, service: Service, path: ProbePath) -> None:
        with self._watching(path):
            run = await self._cycle.run(service, path)
        if run is not None:
            self._consider(path, run)

    @contextmanager
    def _watching(self, path: ProbePath) -> Iterator[None]:
        """Suspect `path`, if it was up, once its run takes far longer than the last."""
        usual_s = self._cycle.usual_s(self._service, path)
        if usual_s is None or not path.confirm_after:
            yield
            return
        wait_s = max(_distances(path)[0], usual_s / USUAL_SHARE)
        timer = asyncio.get_running_loop().call_later(wait_s, self._overdue, path, wait_s)
        try:
            yield
        finally:
            timer.cancel()
            self._hanging.discard(path.name)

    def _overdue(self, path: ProbePath, took_s: float) -> None:
        self._hanging.add(path.name)
        self._begin(path, took_s)

    def _consider(self, path: ProbePath, run: Run) -> None:
        memory = self._memory
        if memory is None or not path.confirm_after:
            return
        known = memory.paths.get(path.name)  # a reload may have removed it while it ran
        if known is not None and known.causes[-1:] == (run.id,):
            self._begin(path, run.duration_s)

    def _begin(self, path: ProbePath, since_start: float) -> None:
        """Begin a series if `path` is under suspicion and none is under way."""
        if not self.under_way and path.name in self._suspects():
            self.under_way = True
            self._spawn(self._series(path, since_start), f"confirm {self._service}")

    async def _series(self, path: ProbePath, since_start: float) -> None:
        began = asyncio.get_running_loop().time() - since_start
        confirmed: set[str] = set()
        try:
            while fresh := self._fresh(confirmed):
                confirmed |= fresh.keys()
                await self._rounds(fresh.get(path.name) or next(iter(fresh.values())), began)
                began = asyncio.get_running_loop().time()
        finally:
            self.under_way = False

    def _fresh(self, confirmed: set[str]) -> dict[str, ProbePath]:
        """The suspected paths that had no round yet, except those without confirmation."""
        memory, names = self._memory, self._suspects() - confirmed
        paths = () if memory is None else memory.service.paths
        return {path.name: path for path in paths if path.name in names and path.confirm_after}

    async def _rounds(self, path: ProbePath, began: float) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as rounds:
            for after in _distances(path):
                wait = began + self._jittered(after) - loop.time()
                await asyncio.sleep(max(wait, LEAST_GAP_S, self._until_it_can_sign_in_s(path)))
                if not self._suspects():
                    return
                under_way = rounds.create_task(self._round())
                if path.totp is not None:
                    await under_way  # its code is valid for no other round

    def _until_it_can_sign_in_s(self, path: ProbePath) -> float:
        memory = self._memory
        return 0.0 if memory is None else self._wait_s(memory.service, path) or 0.0

    async def _round(self) -> None:
        memory, suspects = self._memory, self._suspects()
        if memory is None:
            return
        await asyncio.gather(
            *(
                self._cycle.confirm(memory.service, path, suspected=path.name in suspects)
                for path in memory.service.paths
            )
        )

    @property
    def _memory(self) -> ServiceMemory | None:
        return self._cycle.memories.get(self._service)

    def _suspects(self) -> set[str]:
        return self._cycle.suspects(self._service, self._hanging)

    def _jittered(self, seconds: float) -> float:
        return seconds * self._random.uniform(1 - JITTER, 1 + JITTER)


def _distances(path: ProbePath) -> list[float]:
    """Seconds from the first run's start to each round, squeezed into a short interval."""
    room = path.interval * SHARE_OF_INTERVAL
    squeeze = min(1.0, room / path.confirm_after[-1])
    return [after * squeeze for after in path.confirm_after]
