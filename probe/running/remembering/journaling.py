"""Writes events to the journal, in order and in its own thread.

The other reporters wait for a write, but not for long: a file that another program locks, or a disk
that hangs, must not freeze the page, the metrics and the alerts. What could not be written yet is
kept, up to a bound, and retried with the next events.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final

import structlog

from probe.model.event import Event
from probe.reporting.journal.errors import JournalError, RowError
from probe.reporting.journal.store import RECORDED, Journal
from probe.running.remembering.writer import Writer
from probe.running.trouble import Trouble

_log = structlog.get_logger("probe")
PATIENCE_S: Final = 1.0
"""How long the other reporters wait for a write before they get the events anyway."""

LATE_S: Final = 6.0
"""A write not done by then has failed for now; SQLite itself gives up on a locked file sooner. A
shorter delay is no failure: pruning and reloads use the same thread."""

MOST_WAITING: Final = 50_000
LARGEST_BATCH: Final = 500
_ADVICE: Final = "check the disk, and whether another program holds the file"
Group = tuple[Event, ...]
"""Events written in one transaction: one, and what follows from it."""


class Journaling:
    """What waits for the journal, and the writing of it.

    `failed` is called for every failure, `lost` with the number of events that were dropped.
    """

    def __init__(
        self,
        journal: Journal,
        writer: Writer,
        failed: Callable[[], None],
        lost: Callable[[int], None],
    ) -> None:
        self._journal = journal
        self._writer = writer
        self._failed = failed
        self._lost = lost
        self._unwritten: deque[Group] = deque()
        self._in_hand: deque[Group] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._wait_until = math.inf
        self._is_slow = False
        self._late_at = math.inf
        self._trouble = Trouble("journal failed", "journal works again")
        self._losses = Trouble("events not journaled")

    async def keep(self, groups: Iterable[Group]) -> None:
        """Write `groups` after all that waits; they are kept, refused for now, or take too long."""
        kept = (tuple(event for event in group if isinstance(event, RECORDED)) for group in groups)
        self._unwritten.extend(group for group in kept if group)
        self._bound()
        if self._unwritten and not self._is_under_way:
            self._writing = asyncio.create_task(self._write(), name="journal")
        if not self._is_slow:
            await self._wait()
        if asyncio.get_running_loop().time() >= self._late_at:
            self._late_at = math.inf
            self._fail(f"a write takes longer than {LATE_S:g} s; {_ADVICE}")

    def hurry(self, within_s: float) -> None:
        """Let no caller wait longer than `within_s` from now."""
        self._wait_until = asyncio.get_running_loop().time() + within_s

    async def finish(self) -> None:
        """Wait for the last write, and log how many events remain unwritten."""
        await self._wait()
        if left := self._left:
            _log.error("journal not written to the end", events=left)

    @property
    def _left(self) -> int:
        """How many events wait to be written."""
        return sum(map(len, chain(self._in_hand, self._unwritten)))

    @property
    def _is_under_way(self) -> bool:
        return self._writing is not None and not self._writing.done()

    async def _wait(self) -> None:
        if self._writing is None or self._writing.done():
            return
        left_s = self._wait_until - asyncio.get_running_loop().time()
        await asyncio.wait({self._writing}, timeout=max(0.0, min(PATIENCE_S, left_s)))
        self._is_slow = self._is_under_way

    async def _write(self) -> None:
        """Write what waits, a batch at a time, until a failure."""
        while self._unwritten:
            size = min(len(self._unwritten), LARGEST_BATCH)
            self._in_hand.extend(self._unwritten.popleft() for _ in range(size))
            self._late_at = asyncio.get_running_loop().time() + LATE_S
            try:
                await self._record_in_hand()
            except JournalError as error:
                self._unwritten.extendleft(reversed(self._in_hand))
                self._in_hand.clear()
                self._bound()
                self._fail(str(error))
                return
            finally:
                self._is_slow, self._late_at = False, math.inf
        self._trouble.end()

    async def _record_in_hand(self) -> None:
        """Write the batch at once or, where something in it cannot be written, one by one."""
        try:
            await self._record(self._in_hand)
        except Exception as error:  # one bad value must stop neither the journal nor the daemon
            if _is_of_the_file(error):
                raise
        else:
            self._in_hand.clear()
        while self._in_hand:
            await self._record_first()
            self._in_hand.popleft()

    async def _record_first(self) -> None:
        try:
            await self._record([self._in_hand[0]])
        except Exception as error:
            if _is_of_the_file(error):
                raise
            self._failed()
            self._lose(len(self._in_hand[0]), f"no row can hold one: {_described(error)}")

    async def _record(self, groups: Iterable[Group]) -> None:
        events = list(chain.from_iterable(groups))
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._journal.record, events)

    def _bound(self) -> None:
        excess = len(self._unwritten) - MOST_WAITING
        if excess > 0:
            dropped = [self._unwritten.popleft() for _ in range(excess)]
            self._lose(sum(map(len, dropped)), f"more than {MOST_WAITING} wait for it")

    def _fail(self, problem: str) -> None:
        self._failed()
        self._trouble.note(problem, waiting=self._left)

    def _lose(self, events: int, problem: str) -> None:
        self._lost(events)
        self._losses.note(problem)


def _is_of_the_file(error: Exception) -> bool:
    """Whether the same write may succeed later, when the file or its disk works again."""
    return isinstance(error, JournalError) and not isinstance(error, RowError)


def _described(error: Exception) -> str:
    """An error in our own words: a foreign message may contain the data."""
    return str(error) if isinstance(error, JournalError) else type(error).__name__
