"""Hands events to every reporter: the journal first, then those who tell others.

Nobody who hands an event over waits. A reporter that fails is logged and the others go on; what
the journal could not take is kept, bounded, and offered again with the next batch.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

from probe.model.event import (
    Announced,
    Attempted,
    Changed,
    Claimed,
    Compared,
    Disused,
    Event,
    IncidentUpdated,
    Notified,
    Observed,
    PageRead,
    Posted,
    Reviewed,
)
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.store import Journal

_log = structlog.get_logger("probe.dispatch")
_MOST_WAITING = 50_000
_LARGEST_BATCH = 500
JOURNALED = (
    Observed,
    Changed,
    IncidentUpdated,
    Claimed,
    Posted,
    Announced,
    PageRead,
    Compared,
    Reviewed,
    Notified,
    Attempted,
    Disused,
)


def nothing(_: Event) -> Iterable[Event]:
    """What follows from an event where nothing does."""
    return ()


class Reporter(Protocol):
    """One audience."""

    def handle(self, event: Event) -> None:
        """Take note of `event`, quickly."""


class Dispatch:
    """The queue between the cycle and the reporters.

    What follows from an event by `consequences` is written in one transaction with it.
    """

    def __init__(
        self,
        journal: Journal | None,
        reporters: Sequence[Reporter],
        journal_failed: Callable[[], None],
        consequences: Callable[[Event], Iterable[Event]] = nothing,
    ) -> None:
        self._journal = journal
        self._reporters = reporters
        self._journal_failed = journal_failed
        self._consequences = consequences
        self._waiting: deque[Event] = deque(maxlen=_MOST_WAITING)
        self._unwritten: deque[Event] = deque(maxlen=_MOST_WAITING)
        self._wake = asyncio.Event()
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="journal")

    def report(self, event: Event) -> None:
        """Take `event` over, to be told in order."""
        self._waiting.append(event)
        self._wake.set()

    async def run(self) -> None:
        """Tell the reporters, for ever."""
        while True:
            await self._wake.wait()
            await self.flush()

    async def flush(self) -> None:
        """Tell everything that waits now, and offer the journal again what it refused."""
        self._wake.clear()
        if not self._waiting:
            await self._write([])
        while self._waiting:
            size = min(len(self._waiting), _LARGEST_BATCH)
            taken = [self._waiting.popleft() for _ in range(size)]
            batch = [told for event in taken for told in (event, *self._consequences(event))]
            await self._write(batch)
            for event in batch:
                self._tell(event)

    def close(self) -> None:
        """End the writer's thread."""
        self.writer.shutdown()

    async def _write(self, batch: Sequence[Event]) -> None:
        if self._journal is None:
            return
        self._unwritten.extend(event for event in batch if isinstance(event, JOURNALED))
        if not self._unwritten:
            return
        writing = asyncio.get_running_loop().run_in_executor(
            self.writer, self._journal.record, list(self._unwritten)
        )
        try:
            await asyncio.shield(writing)
        except JournalError as error:
            self._journal_failed()
            _log.error("journal failed", problem=str(error), waiting=len(self._unwritten))
        except asyncio.CancelledError:
            # The thread goes on; what it writes must not be written again.
            await asyncio.wait({writing})
            if writing.exception() is None:
                self._unwritten.clear()
            raise
        else:
            self._unwritten.clear()

    def _tell(self, event: Event) -> None:
        for reporter in self._reporters:
            try:
                reporter.handle(event)
            except Exception:  # noqa: BLE001 - the others must hear of it all the same
                _log.exception("reporter failed", reporter=type(reporter).__name__)
