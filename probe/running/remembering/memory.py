"""What the daemon knows of its services at a start or reload: what the journal holds."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import ParamSpec, TypeVar

import structlog

from probe.config.service import Service
from probe.judging.incident import closed, not_after
from probe.judging.service import ServiceMemory, begin
from probe.model.clock import Clock
from probe.model.event import IncidentUpdated
from probe.model.state import Verdict
from probe.model.status import ServiceStatus
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.store import Journal
from probe.running.remembering.rebuilding import remembered
from probe.running.remembering.recollection import Recollection, recollect
from probe.running.remembering.writer import Writer
from probe.running.restraint.politeness import Politeness

P = ParamSpec("P")
T = TypeVar("T")
_log = structlog.get_logger("probe")


class Memory:
    """Queries the journal; without one every service starts from nothing.

    The queries of a start raise JournalError when the file cannot be read. Those of a reload run on
    the journal's thread, while runs go on, and on failure answer as if nothing were known.
    """

    def __init__(self, journal: Journal | None, writer: Writer, clock: Clock) -> None:
        self._journal = journal
        self._writer = writer
        self._clock = clock

    def state(self, service: Service, politeness: Politeness) -> ServiceMemory:
        """The present state of `service`; `politeness` learns from its runs too."""
        now = self._clock.now()
        if self._journal is None:
            return begin(service, now)
        return remembered(service, self._journal, politeness, now)

    def recollection(self, service: Service) -> Recollection | None:
        """What to show of `service` and to compare it with; None without a journal."""
        if self._journal is None:
            return None
        return recollect(service, self._journal, self._clock.now())

    def unwatched(self, services: Collection[str]) -> list[IncidentUpdated]:
        """Updates that close the open incidents of services that are not among `services` now."""
        now = self._clock.now()
        opened = [] if self._journal is None else self._journal.open_incidents()
        return [
            IncidentUpdated(
                incident=closed(not_after(incident, now), now),
                status=ServiceStatus(
                    service=incident.service,
                    verdict=Verdict.UNKNOWN,
                    since=now,
                    planes={},
                    paths=(),
                ),
            )
            for incident in opened
            if incident.service not in services
        ]

    async def reloaded_state(self, service: Service, politeness: Politeness) -> ServiceMemory:
        """`state`, at a reload."""
        try:
            return await self._aside(self.state, service, politeness)
        except JournalError as error:
            _log.error(
                "service state not restored from the journal",
                service=service.name,
                problem=str(error),
            )
            return begin(service, self._clock.now())

    async def reloaded_recollection(self, service: Service) -> Recollection | None:
        """`recollection`, at a reload."""
        try:
            return await self._aside(self.recollection, service)
        except JournalError as error:
            _log.error(
                "service shown without its history", service=service.name, problem=str(error)
            )
            return None

    async def _aside(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, partial(ask, *args, **kwargs))
