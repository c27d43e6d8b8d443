"""The daemon's schedule, confirmation and judging on a virtual clock; only the network is invented.

What a path answers is a function of the path and the time, so that months pass in seconds.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import nullcontext, suppress
from itertools import count
from typing import Any

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.judging.service import begin
from probe.model.clock import Clock
from probe.model.event import Event
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane
from probe.rehearsing.virtual import run_virtually
from probe.running.confirmation import Confirmation
from probe.running.cycle import Cycle
from probe.running.restraint.politeness import Politeness
from probe.running.schedule import Schedule

STARTS = 1_772_409_600.0
REVIEW_EVERY_S = 10.0
INTERVAL_S = 30.0
TIMEOUT_S = 10.0

Answer = Callable[[ProbePath, float], tuple[Outcome, float]]
"""What a path shows when requested at that time (seconds from the start), and after how long."""


def two_by_two() -> Settings:
    """One service with two paths in each plane."""
    planes = {"login": "control", "usage": "control", "api": "data", "stream": "data"}
    paths = [
        {
            "name": name,
            "plane": plane,
            "interval": INTERVAL_S,
            "timeout": TIMEOUT_S,
            "steps": [{"request": "GET http://site.invalid/"}],
        }
        for name, plane in planes.items()
    ]
    return Settings.model_validate({"services": [{"name": "site", "paths": paths}]})


class World:
    """One service that answers as `answer` says; what is judged goes to `report`."""

    def __init__(self, answer: Answer, report: Callable[[Event], None], clock: Clock) -> None:
        settings = two_by_two()
        self._service = settings.services[0]
        self._answer = answer
        self._clock = clock
        self._numbers = count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cycle = Cycle(
            {self._service.name: begin(self._service, clock.now())},
            self._observe,
            Politeness(settings, clock.now()),
            report,
            clock,
        )
        self._confirmation = Confirmation(
            self._service.name,
            self._cycle,
            self._spawn,
            lambda _service, _path: None,
            lambda _service, _path: nullcontext(),
        )

    async def last(self, seconds: float) -> None:
        """Let that much time pass."""
        schedule = Schedule(self._due, self._cycle.skip, _raise, self._clock)
        schedule.start()
        schedule.set((self._service,))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await asyncio.sleep(REVIEW_EVERY_S)
                    self._cycle.review()
        schedule.stop()
        await self._cycle.drain(TIMEOUT_S)
        schedule.close()
        for task in self._tasks:
            task.cancel()

    async def _due(self, _: str, name: str, __: float) -> None:
        path = next(path for path in self._service.paths if path.name == name)
        await self._confirmation.planned(self._service, path)

    async def _observe(self, service: Service, path: ProbePath, confirmation: bool) -> Run:  # noqa: FBT001 - the signature of Observe
        began = self._clock.now()
        outcome, takes_s = self._answer(path, began - STARTS)
        await asyncio.sleep(takes_s)
        return Run(
            id=str(next(self._numbers)),
            service=service.name,
            path=path.name,
            plane=Plane(path.plane),
            started_at=began,
            duration_s=self._clock.now() - began,
            outcome=outcome,
            confirmation=confirmation,
        )

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def pass_time(answer: Answer, report: Callable[[Event], None], seconds: float) -> None:
    """Let a world run for that many seconds."""
    run_virtually(lambda clock: World(answer, report, clock).last(seconds), start=STARTS)


def _raise(cause: BaseException) -> None:
    raise cause
