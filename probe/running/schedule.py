"""When each path runs: APScheduler's only home.

One interval job for the paths of a service that share an interval; each of its turns sets a timer
for every path. A job for every path took 0.2 ms of CPU a run. The paths of a plane start evenly
spread over the interval, so that a plane with two paths is looked at twice as often; the data plane
is half a slot behind. Services are spread by the golden ratio: evenly, however many there are.
"""

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from probe.config.settings import ProbePath, Service
from probe.model.clock import Clock
from probe.model.state import Plane, SkipReason

FIRST_LOOK_S = 2.0
"""After a start every path runs once within this time, then in its own slot."""

ROUNDING_S = 0.001
GOLDEN: Final = (math.sqrt(5) - 1) / 2

Run = Callable[[str, str, float], Coroutine[Any, Any, None]]
Skip = Callable[[str, str, SkipReason], None]
Fail = Callable[[BaseException], None]

# What APScheduler would log comes through the listeners.
logging.getLogger("apscheduler").addHandler(logging.NullHandler())
logging.getLogger("apscheduler").propagate = False


@dataclass(slots=True, kw_only=True, eq=False)
class _Slot:
    """A path's place in its interval, in seconds, and its run under way."""

    service: str
    path: ProbePath
    offset: float
    run: asyncio.Task[None] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class _Round:
    """The paths of a service that share an interval; offsets count from `began`."""

    began: float
    interval: float
    slots: dict[str, _Slot] = field(default_factory=dict)

    def behind(self, now: float, offset: float = 0.0) -> float:
        """Seconds since that place of the round was last due."""
        # A clock may round a due time to just before it: that is on time, not an interval late.
        return (now - self.began - offset + ROUNDING_S) % self.interval - ROUNDING_S


class Schedule:
    """Calls `run(service, path, lag_s)` for every due path and `skip` for every missed one.

    `fail` is told of an exception that `run` let through: a fault of ours.
    """

    def __init__(self, run: Run, skip: Skip, fail: Fail, clock: Clock) -> None:
        self._run = run
        self._skip = skip
        self._fail = fail
        self._clock = clock
        self._rounds: dict[str, _Round] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_listener(self._missed, EVENT_JOB_MISSED)
        self._scheduler.add_listener(self._broke, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Begin; jobs may be set before and after."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing any more; what runs goes on."""
        self.set(())

    def close(self) -> None:
        """End the scheduler; runs that are still under way are cancelled."""
        self._scheduler.shutdown(wait=False)
        for run in self._running:
            run.cancel()

    def set(self, services: tuple[Service, ...]) -> None:
        """Plan exactly the paths of `services`; unchanged paths keep their slots."""
        now = self._clock.now()
        planned: defaultdict[str, list[_Slot]] = defaultdict(list)
        for number, service in enumerate(services):
            for path, offset in offsets(service, number):
                slot = _Slot(service=service.name, path=path, offset=offset)
                planned[f"{service.name}/{path.interval}"].append(slot)
        for name in self._rounds.keys() - planned.keys():
            self._scheduler.remove_job(name)
            del self._rounds[name]
        for name, slots in planned.items():
            if name not in self._rounds:
                self._rounds[name] = self._begun(name, slots[0].path.interval, now)
            self._fill(name, slots, now)

    def _begun(self, name: str, interval: float, now: float) -> _Round:
        self._scheduler.add_job(
            self._turn,
            IntervalTrigger(seconds=interval, start_date=_moment(now + interval), timezone=UTC),
            args=(name,),
            id=name,
            misfire_grace_time=max(1, int(interval)),
            coalesce=True,
        )
        return _Round(began=now, interval=interval)

    def _fill(self, name: str, slots: list[_Slot], now: float) -> None:
        """Give the round these slots; new ones are looked at soon, then in their places."""
        round_ = self._rounds[name]
        old, round_.slots = round_.slots, {}
        for slot in slots:
            known = old.get(slot.path.name)
            if known is not None and known.path == slot.path:
                round_.slots[slot.path.name] = known
                continue
            round_.slots[slot.path.name] = slot
            first = slot.offset / round_.interval * min(FIRST_LOOK_S, round_.interval)
            self._time(name, slot, first, now + first)
            ahead = slot.offset - round_.behind(now)
            if ahead >= FIRST_LOOK_S:
                self._time(name, slot, ahead, now + ahead)

    async def _turn(self, name: str) -> None:
        now = self._clock.now()
        round_ = self._rounds[name]
        began = now - round_.behind(now)
        for slot in round_.slots.values():
            due = began + slot.offset
            self._time(name, slot, due - now, due)

    def _time(self, name: str, slot: _Slot, wait_s: float, due: float) -> None:
        asyncio.get_running_loop().call_later(max(0.0, wait_s), self._due, name, slot, due)

    def _due(self, name: str, slot: _Slot, due: float) -> None:
        round_ = self._rounds.get(name)
        if round_ is None or round_.slots.get(slot.path.name) is not slot:
            return  # it was taken out of the plan meanwhile
        if slot.run is not None and not slot.run.done():
            self._skip(slot.service, slot.path.name, SkipReason.OVERLAP)
            return
        lag_s = max(0.0, self._clock.now() - due) % slot.path.interval
        slot.run = asyncio.create_task(self._run(slot.service, slot.path.name, lag_s))
        self._running.add(slot.run)
        slot.run.add_done_callback(self._ended)

    def _ended(self, run: asyncio.Task[None]) -> None:
        self._running.discard(run)
        if not run.cancelled() and (cause := run.exception()) is not None:
            self._fail(cause)

    def _missed(self, event: JobExecutionEvent) -> None:
        if round_ := self._rounds.get(event.job_id):
            for slot in round_.slots.values():
                self._skip(slot.service, slot.path.name, SkipReason.MISFIRE)

    def _broke(self, event: JobExecutionEvent) -> None:
        self._fail(event.exception)


def offsets(service: Service, number: int = 0) -> Iterator[tuple[ProbePath, float]]:
    """Each path of the `number`th service with its place, in seconds after the interval began."""
    shift = number * GOLDEN
    for plane, behind in ((Plane.CONTROL, 0.0), (Plane.DATA, 0.5)):
        members = [path for path in service.paths if path.plane is plane]
        for place, path in enumerate(members):
            yield path, (shift + (place + behind) / len(members)) % 1.0 * path.interval


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
