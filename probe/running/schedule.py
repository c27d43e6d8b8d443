"""When each path runs: APScheduler's only home.

One interval job per path. The paths of a plane start evenly spread over the interval, so that a
plane with two paths is looked at twice as often; the data plane is half a slot behind.
"""

import logging
import zlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    JobSubmissionEvent,
)
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from probe.config.settings import ProbePath, Service
from probe.model.clock import Clock
from probe.model.state import Plane, SkipReason

FIRST_LOOK_S = 2.0
"""After a start every path runs once within this time, then in its own slot."""

ROUNDING_S = 0.001
FIRST = "/first"

Run = Callable[[str, str, float], Awaitable[None]]
Skip = Callable[[str, str, SkipReason], None]
Fail = Callable[[BaseException], None]

# What APScheduler would log comes through the listeners.
logging.getLogger("apscheduler").addHandler(logging.NullHandler())
logging.getLogger("apscheduler").propagate = False


class Schedule:
    """Calls `run(service, path, lag_s)` for every due path and `skip` for every missed one.

    `fail` is told of an exception that `run` let through: a fault of ours.
    """

    def __init__(self, run: Run, skip: Skip, fail: Fail, clock: Clock) -> None:
        self._run = run
        self._skip = skip
        self._fail = fail
        self._clock = clock
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_listener(self._missed, EVENT_JOB_MISSED)
        self._scheduler.add_listener(self._overlapped, EVENT_JOB_MAX_INSTANCES)
        self._scheduler.add_listener(self._broke, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Begin; jobs may be set before and after."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing any more; what runs goes on."""
        self._scheduler.remove_all_jobs()

    def close(self) -> None:
        """End the scheduler; runs that are still under way are cancelled."""
        self._scheduler.shutdown(wait=False)

    def set(self, services: tuple[Service, ...]) -> None:
        """Plan exactly the paths of `services`; jobs of unchanged paths keep their slots."""
        wanted = {
            f"{service.name}/{path.name}": (service.name, path, offset)
            for service in services
            for path, offset in offsets(service)
        }
        planned = {job.id: job for job in self._scheduler.get_jobs()}
        for name, job in planned.items():
            service, path, _ = wanted.get(name.removesuffix(FIRST), (None, None, 0.0))
            if job.args[:2] != (service, path):
                job.remove()
        for name, (service, path, offset) in wanted.items():
            if self._scheduler.get_job(name) is None:
                self._add(name, service, path, offset)

    def _add(self, name: str, service: str, path: ProbePath, offset: float) -> None:
        now = self._clock.now()
        first = now + offset / path.interval * min(FIRST_LOOK_S, path.interval)
        slot = now + offset + (path.interval if offset < FIRST_LOOK_S else 0.0)
        grace = max(1, int(path.interval))
        self._scheduler.add_job(
            self._due,
            IntervalTrigger(seconds=path.interval, start_date=_moment(slot), timezone=UTC),
            args=(service, path, slot),
            id=name,
            misfire_grace_time=grace,
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.add_job(
            self._due,
            "date",
            run_date=_moment(first),
            args=(service, path, first),
            id=name + FIRST,
            misfire_grace_time=grace,
        )

    async def _due(self, service: str, path: ProbePath, slot: float) -> None:
        # A clock may round a due time to just before it: that is on time, not an interval late.
        lag = (self._clock.now() - slot + ROUNDING_S) % path.interval - ROUNDING_S
        await self._run(service, path.name, max(0.0, lag))

    def _missed(self, event: JobExecutionEvent) -> None:
        self._note(event.job_id, SkipReason.MISFIRE)

    def _overlapped(self, event: JobSubmissionEvent) -> None:
        self._note(event.job_id, SkipReason.OVERLAP)

    def _broke(self, event: JobExecutionEvent) -> None:
        self._fail(event.exception)

    def _note(self, job: str, reason: SkipReason) -> None:
        service, _, path = job.removesuffix(FIRST).partition("/")
        self._skip(service, path, reason)


def offsets(service: Service) -> Iterator[tuple[ProbePath, float]]:
    """Each path with the start of its slot, in seconds after the beginning of the interval."""
    shift = zlib.crc32(service.name.encode()) / 2**32
    for plane, behind in ((Plane.CONTROL, 0.0), (Plane.DATA, 0.5)):
        members = [path for path in service.paths if path.plane is plane]
        for place, path in enumerate(members):
            yield path, (shift + (place + behind) / len(members)) % 1.0 * path.interval


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
