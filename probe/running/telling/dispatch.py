"""Hands events to every reporter: the journal first, then the others.

Handing an event over never blocks. A reporter that fails is logged and the others go on; one that
is slow, which only the journal can be, delays them by a second at most. Good runs are passed on
together, a moment later; everything else at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import product
from typing import Final, Protocol

import structlog

from probe.model.event import Event, Observed, Started
from probe.reporting.journal.store import Journal
from probe.running.remembering.journaling import (
    LARGEST_BATCH,
    MOST_WAITING,
    Group,
    Journaling,
)
from probe.running.remembering.writer import Writer
from probe.running.trouble import Trouble

_log = structlog.get_logger("probe.dispatch")
GATHERING_S: Final = 0.25
"""How long a good run may wait for others: a commit and a wake-up for each is expensive."""

LAST_WRITE_S: Final = 0.75
"""The journal gets this long at a stop, after the runs in flight."""

LAST_CALL_S: Final = 0.25
"""Its thread gets this long for what it does after that."""


class Reporter(Protocol):
    """One receiver of events."""

    def handle(self, event: Event) -> None:
        """Handle `event`, quickly."""


class Dispatch:
    """The queue between the cycle and the reporters, which `join` before it runs.

    What `consequences` derives from an event is written in one transaction with it.
    """

    def __init__(
        self,
        journal: Journal | None,
        journal_failed: Callable[[], None],
        consequences: Callable[[Event], Iterable[Event]],
        lost: Callable[[int], None],
    ) -> None:
        self._reporters: tuple[Reporter, ...] = ()
        self._consequences = consequences
        self._lost = lost
        self._waiting: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._overflow = Trouble("event queue full, the oldest are dropped")
        self.writer = Writer()
        self._journaling = (
            None if journal is None else Journaling(journal, self.writer, journal_failed, lost)
        )

    def join(self, *reporters: Reporter) -> None:
        """Send every event to `reporters`, in this order and after those that joined before."""
        self._reporters += reporters

    def report(self, event: Event) -> None:
        """Queue `event`, to be passed on in order."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lost(1)
            self._overflow.note(f"more than {MOST_WAITING} wait")
        self._waiting.append(event)
        self._wake.set()
        if not _can_wait(event):
            self._urgent.set()

    async def run(self) -> None:
        """Pass events on to the reporters, for ever."""
        while True:
            await self._wake.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHERING_S):
                    await self._urgent.wait()
            await self.flush()

    async def flush(self) -> None:
        """Pass on everything that waits, and offer the journal again what it refused."""
        self._wake.clear()
        self._urgent.clear()
        if not self._waiting:
            await self._keep(())
        while self._waiting:
            size = min(len(self._waiting), LARGEST_BATCH)
            taken = [self._waiting.popleft() for _ in range(size)]
            groups = deque((event, *self._consequences(event)) for event in taken)
            try:
                await self._keep(groups)
                while groups:
                    self._tell(groups.popleft())
                    await asyncio.sleep(0)  # 25 runs passed on at once take 6 ms of the event loop
            finally:
                for group in groups:
                    self._tell(group)

    async def finish(self) -> None:
        """Pass on all that waits, for the last time; a hanging journal delays nothing for long."""
        if self._journaling is not None:
            self._journaling.hurry(LAST_WRITE_S)
        await self.flush()
        if self._journaling is not None:
            await self._journaling.finish()

    def close(self) -> bool:
        """End the writer's thread; returns whether it let go of the journal in time."""
        return self.writer.end(LAST_CALL_S)

    async def _keep(self, groups: Iterable[Group]) -> None:
        if self._journaling is not None:
            await self._journaling.keep(groups)

    def _tell(self, group: Group) -> None:
        for event, reporter in product(group, self._reporters):
            try:
                reporter.handle(event)
            except Exception:  # noqa: BLE001 - the others must get it all the same
                _log.exception("reporter failed", reporter=type(reporter).__name__)


def _can_wait(event: Event) -> bool:
    """Whether `event` is one of the frequent kinds that are not urgent."""
    return isinstance(event, Started) or (
        isinstance(event, Observed) and event.run.outcome.succeeded
    )
