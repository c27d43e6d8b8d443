"""The core: observe a path, judge what was seen, report what follows."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import replace

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.judging.freshness import fresh_until
from probe.judging.incident import closed
from probe.judging.service import Judgement, ServiceMemory, is_proven, judge, resumed, review
from probe.model.clock import Clock
from probe.model.event import Changed, Event, IncidentUpdated, Observed, Reviewed, Skipped
from probe.model.incident import Incident
from probe.model.outcome import Outcome
from probe.model.run import Run, new_run_id
from probe.model.state import SkipReason, State
from probe.model.status import ServiceStatus
from probe.running.restraint.politeness import Politeness

TELL_GROWTH_S = 60.0
"""An open incident is reported again once its last report is this many seconds old."""

Observe = Callable[[Service, ProbePath, bool], Awaitable[Run]]
"""Runs a path; the flag says whether it is a confirmation. Never raises for a target's fault."""


class Cycle:
    """Takes each run of a path through the stages, and keeps the state of every service."""

    def __init__(
        self,
        memories: Mapping[str, ServiceMemory],
        observe: Observe,
        politeness: Politeness,
        report: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self.memories = dict(memories)
        self.politeness = politeness
        self._observe = observe
        self._report = report
        self._clock = clock
        self._in_flight: Counter[tuple[str, str]] = Counter()
        self._told_at: dict[str, float] = {}
        self._stopped = False
        self._idle = asyncio.Event()
        self._idle.set()

    def stop(self) -> None:
        """Start no more runs, planned or to confirm; those under way go on."""
        self._stopped = True

    async def run(self, service: Service, path: ProbePath) -> Run | None:
        """Run `path` as planned; None if it was skipped, and the reason is reported.

        A path that a reload removed after it was planned is neither run nor reported.
        """
        if not self._knows(service, path):
            return None
        if self._in_flight[service.name, path.name]:
            self.skip(service.name, path.name, SkipReason.OVERLAP)
            return None
        return await self._permitted(service, path, confirmation=False)

    async def confirm(self, service: Service, path: ProbePath, *, suspected: bool) -> Run | None:
        """Run `path` as a confirmation; only a suspected path may already have a run in flight."""
        if not self._knows(service, path):
            return None
        overlaps = suspected and self._may_overlap(service, path)
        if self._in_flight[service.name, path.name] and not overlaps:
            self.skip(service.name, path.name, SkipReason.OVERLAP)
            return None
        return await self._permitted(service, path, confirmation=True)

    def _knows(self, service: Service, path: ProbePath) -> bool:
        """Whether `path` is still to be run."""
        memory = self.memories.get(service.name)
        return not self._stopped and memory is not None and _has(memory.service, path)

    def _may_overlap(self, service: Service, path: ProbePath) -> bool:
        """Whether simultaneous runs cannot lock an account: what they sign in with has worked.

        Without overlap, hanging runs would be confirmed one time-out after the other.
        """
        memory = self.memories[service.name]
        last = memory.status.path(path.name).last_run
        return last is None or not last.credential or is_proven(memory, last)

    async def _permitted(
        self, service: Service, path: ProbePath, *, confirmation: bool
    ) -> Run | None:
        now = self._clock.now()
        reason = self.politeness.spend(service, path, now, confirmation=confirmation)
        if reason is not None:
            self.skip(service.name, path.name, reason)
            return None
        with self._flight(service, path), self.politeness.flight(service, path):
            try:
                run = await self._observe(service, path, confirmation)
            except asyncio.CancelledError:
                self._conclude(path, _cut_short(service, path, now, self._clock.now()))
                raise
        self._conclude(path, run)
        return run

    @property
    def in_flight(self) -> int:
        """How many runs are under way, confirmations included."""
        return self._in_flight.total()

    @contextlib.contextmanager
    def _flight(self, service: Service, path: ProbePath) -> Iterator[None]:
        key = service.name, path.name
        self._in_flight[key] += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_flight[key] -= 1
            if not self._in_flight[key]:
                del self._in_flight[key]
            if not self._in_flight:
                self._idle.set()

    def skip(self, service: str, path: str, reason: SkipReason) -> None:
        """Report that a planned run did not happen."""
        until = self.politeness.waited_until(service, path)
        self._report(
            Skipped(
                service=service,
                path=path,
                reason=reason,
                at=self._clock.now(),
                retry_after_until=until if reason is SkipReason.RETRY_AFTER else None,
            )
        )

    def review(self) -> None:
        """Let time pass: evidence goes stale, incidents end."""
        self._look_over(review)

    def adopt(self, memories: Mapping[str, ServiceMemory]) -> None:
        """Continue with `memories`; the incident of a service that is not among them ends here."""
        for name in self.memories.keys() - memories.keys():
            status = self.memories[name].status
            if status.incident is not None:
                incident = closed(status.incident, self._clock.now())
                status = replace(status, incident=None)
                self._report(IncidentUpdated(incident=incident, status=status))
        self.memories = dict(memories)
        self._told_at = {name: at for name, at in self._told_at.items() if name in memories}

    def resume(self) -> None:
        """Judge everything that is remembered by the configuration now in force."""
        self._look_over(resumed)

    def _look_over(self, judged: Callable[[ServiceMemory, float], Judgement]) -> None:
        now = self._clock.now()
        for memory in list(self.memories.values()):
            judgement = judged(memory, now)
            if judgement.memory.status != memory.status:
                self._report(Reviewed(status=judgement.memory.status))
            self._settle(judgement)

    def suspects(self, service: str, hanging: Collection[str] = ()) -> set[str]:
        """The suspected paths of `service`, including `hanging`, that a confirmation could settle.

        Another failure of an impaired path is no news: it leaves budget for suspicions that would
        be.
        """
        memory = self.memories.get(service)
        if memory is None:
            return set()
        now = self._clock.now()
        return {
            path.name
            for path in memory.service.paths
            if ((known := memory.paths[path.name]).suspected or path.name in hanging)
            and self.politeness.confirmable(
                memory.service, path, now, sparing=known.state is State.IMPAIRED
            )
        }

    def usual_s(self, service: str, path: ProbePath) -> float | None:
        """How long the last run of a path that is up took, in seconds; None if it is not up."""
        memory = self.memories.get(service)
        if memory is None or not _has(memory.service, path):
            return None
        status = memory.status.path(path.name)
        last = status.last_run
        return last.duration_s if last is not None and status.state is State.UP else None

    async def drain(self, grace_s: float) -> None:
        """Wait until no run is in flight, but not longer than `grace_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._idle.wait()

    def _conclude(self, asked: ProbePath, run: Run) -> None:
        memory = self.memories.get(run.service)
        path = None if memory is None else _as_it_is_now(memory.service, asked)
        if memory is None or path is None:
            return  # a reload removed the path while it ran
        rests_until = self.politeness.learn(memory.service, path, run)
        judgement = judge(memory, run, fresh_until=fresh_until(run, path, rests_until))
        self._report(Observed(run=run, status=judgement.memory.status))
        self._settle(judgement)

    def _settle(self, judgement: Judgement) -> None:
        status = judgement.memory.status
        self.memories[status.service] = judgement.memory
        if judgement.transition is not None:
            self._report(Changed(transition=judgement.transition, status=status))
        incident = judgement.incident or self._grown(status)
        if incident is not None:
            self._told_at[status.service] = self._clock.now()
            self._report(IncidentUpdated(incident=incident, status=status))

    def _grown(self, status: ServiceStatus) -> Incident | None:
        """The open incident, if its last report is old enough."""
        told_at = self._told_at.get(status.service, 0.0)
        return status.incident if self._clock.now() - told_at >= TELL_GROWTH_S else None

    def tell_incidents(self) -> None:
        """Report every open incident once more: no further report will follow."""
        for memory in self.memories.values():
            if memory.status.incident is not None:
                event = IncidentUpdated(incident=memory.status.incident, status=memory.status)
                self._report(event)


def _as_it_is_now(service: Service, path: ProbePath) -> ProbePath | None:
    """`path` as configured now; None where that asks something else or is gone."""
    if _has(service, path):
        return path
    known = service.path(path.name)
    return known if known is not None and known.asks_as(path) else None


def _has(service: Service, path: ProbePath) -> bool:
    """Whether `path` is one of the service's: nearly always the same object, found quickly."""
    return any(path is known for known in service.paths) or path in service.paths


def _cut_short(service: Service, path: ProbePath, started_at: float, now: float) -> Run:
    return Run(
        id=new_run_id(),
        service=service.name,
        path=path.name,
        plane=path.plane,
        started_at=started_at,
        duration_s=max(0.0, now - started_at),
        outcome=Outcome.UNOBSERVED,
        note="the daemon stopped during this run",
    )
