"""When each path runs; the only module that uses APScheduler.

One interval job serves the paths of a service that share an interval; each of its turns sets a
timer for every path. A job for every path took 0.2 ms of CPU a run. The paths of a plane start
evenly spread over the interval, so that a plane with two paths is checked twice as often; the data
plane is half a slot behind. Services are shifted by the golden ratio, which spreads any number
evenly.

Due times are the monotonic clock's. APScheduler waits for the wall clock: when that is set, its
jobs are planned again, so that nothing is checked more or less often because of it.
"""

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from weakref import ReferenceType, ref

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.model.clock import CATCH_UP_PACE, Clock
from probe.model.state import Plane, SkipReason

FIRST_LOOK_S = 2.0
"""After a start every path runs once within this time, then in its own slot."""

LEAST_STEP_S = 0.1
"""A smaller step of the wall clock against the monotonic one needs no new planning."""

TOLD_STEP_S = 1.0
GOLDEN: Final = (math.sqrt(5) - 1) / 2

Run = Callable[[str, str, float], Coroutine[Any, Any, None]]
Skip = Callable[[str, str, SkipReason], None]
Fail = Callable[[BaseException], None]

_log = structlog.get_logger("probe")
# APScheduler's errors come through the listeners.
logging.getLogger("apscheduler").addHandler(logging.NullHandler())
logging.getLogger("apscheduler").propagate = False


@dataclass(slots=True, kw_only=True, eq=False, weakref_slot=True)
class _Slot:
    """A path's offset in its interval, in seconds, and its run under way."""

    service: str
    path: ProbePath
    offset: float
    run: asyncio.Task[None] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class _Round:
    """The paths of a service that share an interval; their next turn is due at `due`."""

    interval: float
    due: float
    slots: dict[str, _Slot] = field(default_factory=dict)

    @property
    def began(self) -> float:
        """When the current turn was due: offsets count from there."""
        return self.due - self.interval


class Schedule:
    """Calls `run(service, path, lag_s)` for every due path and `skip` for those it missed.

    Successive turns missed while the process stood still are skipped as one. `fail` gets any
    exception that `run` let through: a fault of ours.
    """

    def __init__(self, run: Run, skip: Skip, fail: Fail, clock: Clock) -> None:
        self._run = run
        self._skip = skip
        self._fail = fail
        self._clock = clock
        self._ahead = self._wall_ahead()
        self._rounds: dict[str, _Round] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_listener(self._broke, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Start the scheduler; paths may be set before and after."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start no more runs, whatever a reload under way still sets; running ones go on."""
        self.set(())
        self._stopped = True

    def close(self) -> None:
        """Shut the scheduler down; runs still under way are cancelled."""
        self._scheduler.shutdown(wait=False)
        for run in self._running:
            run.cancel()

    def set(self, services: tuple[Service, ...]) -> None:
        """Plan exactly the paths of `services`; unchanged paths keep their slots."""
        if self._stopped:
            return
        now = self._clock.monotonic()
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
                interval = slots[0].path.interval
                self._rounds[name] = _Round(interval=interval, due=now + interval)
                self._plan(name)
            self._fill(name, slots, now)

    def keep_time(self) -> None:
        """Keep the pace although the wall clock was set; to be called every second or so."""
        step = self._wall_ahead() - self._ahead
        if abs(step) < LEAST_STEP_S:
            return
        self._ahead += step
        if abs(step) >= TOLD_STEP_S:
            _tell(step)
        for name, round_ in self._rounds.items():
            self._plan(name)
            if step > round_.interval:  # the last results have gone stale
                for slot in round_.slots.values():
                    self._look_soon(name, slot)

    def _wall_ahead(self) -> float:
        return self._clock.wall() - self._clock.monotonic()

    def _plan(self, name: str) -> None:
        """Have APScheduler call `_turn` when the round is next due."""
        round_ = self._rounds[name]
        wait_s = max(0.0, round_.due - self._clock.monotonic())
        due = datetime.fromtimestamp(self._clock.wall() + wait_s, UTC)
        self._scheduler.add_job(
            self._turn,
            IntervalTrigger(seconds=round_.interval, start_date=due, timezone=UTC),
            args=(name,),
            id=name,
            next_run_time=due,
            misfire_grace_time=None,  # the monotonic clock says how late it is
            coalesce=True,
            replace_existing=True,
        )

    def _fill(self, name: str, slots: list[_Slot], now: float) -> None:
        """Give the round these slots; new ones run soon, then in their places."""
        round_ = self._rounds[name]
        old, round_.slots = round_.slots, {}
        for slot in slots:
            known = old.get(slot.path.name)
            if known is not None and known.path == slot.path:
                round_.slots[slot.path.name] = known
                continue
            round_.slots[slot.path.name] = slot
            self._look_soon(name, slot)
            ahead = round_.began + slot.offset - now
            if ahead >= FIRST_LOOK_S:
                self._time(name, slot, now + ahead)

    def _look_soon(self, name: str, slot: _Slot) -> None:
        interval = slot.path.interval
        first = slot.offset / interval * min(FIRST_LOOK_S, interval)
        self._time(name, slot, self._clock.monotonic() + first)

    async def _turn(self, name: str) -> None:
        round_ = self._rounds.get(name)
        if round_ is None:
            return  # it was unplanned as it came due
        missed = max(0.0, self._clock.monotonic() - round_.due) // round_.interval
        round_.due += (missed + 1) * round_.interval
        for slot in round_.slots.values():
            if missed:
                self._skip(slot.service, slot.path.name, SkipReason.MISFIRE)
            self._time(name, slot, round_.began + slot.offset)

    def _time(self, name: str, slot: _Slot, due: float) -> None:
        """Run the slot's path at `due`; the timer does not keep a removed slot alive."""
        wait_s = max(0.0, due - self._clock.monotonic())
        asyncio.get_running_loop().call_later(wait_s, self._due, name, ref(slot), due)

    def _due(self, name: str, planned: ReferenceType[_Slot], due: float) -> None:
        round_, slot = self._rounds.get(name), planned()
        if round_ is None or slot is None or round_.slots.get(slot.path.name) is not slot:
            return  # it was unplanned meanwhile
        if slot.run is not None and not slot.run.done():
            self._skip(slot.service, slot.path.name, SkipReason.OVERLAP)
            return
        lag_s = max(0.0, self._clock.monotonic() - due) % slot.path.interval
        slot.run = asyncio.create_task(self._run(slot.service, slot.path.name, lag_s))
        self._running.add(slot.run)
        slot.run.add_done_callback(self._ended)

    def _ended(self, run: asyncio.Task[None]) -> None:
        self._running.discard(run)
        if not run.cancelled() and (cause := run.exception()) is not None:
            self._fail(cause)

    def _broke(self, event: JobExecutionEvent) -> None:
        self._fail(event.exception)


def offsets(service: Service, number: int = 0) -> Iterator[tuple[ProbePath, float]]:
    """Each path of the `number`th service with its offset, in seconds after the interval began."""
    shift = number * GOLDEN
    for plane, behind in ((Plane.CONTROL, 0.0), (Plane.DATA, 0.5)):
        members = [path for path in service.paths if path.plane is plane]
        for place, path in enumerate(members):
            yield path, (shift + (place + behind) / len(members)) % 1.0 * path.interval


def _tell(step: float) -> None:
    if step > 0:
        _log.warning("system clock set forward, or the machine slept", by_s=round(step, 1))
        return
    agrees_in_s = round(-step / (1 - CATCH_UP_PACE))
    _log.warning(
        "system clock set back: reported times are slewed to it, a restart resyncs at once",
        by_s=round(-step, 1),
        agrees_in_s=agrees_in_s,
    )
