"""The journal: one file, one connection, what is written and what is deleted."""

import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final, Self, TypeVar

import structlog

from probe.model.event import Event
from probe.model.notification import Message
from probe.model.status import Spell
from probe.reporting.journal import opening, outbox, retention, rows, states
from probe.reporting.journal.errors import JournalError, damaged, explained
from probe.reporting.journal.lock import is_marked, mark, only_writer
from probe.reporting.journal.queries import Queries
from probe.reporting.journal.states import MAKE_ROOM, NEWEST, PUT_STATE, States, spell

T = TypeVar("T")

RECORDED: Final = (*rows.KINDS, *outbox.KINDS, *states.KINDS)
"""The events that `Journal.record` keeps something of."""

_log = structlog.get_logger("probe")


def _place(file: Path) -> tuple[int, int, bool] | None:
    """The identity of the file of that name, and whether it is empty.

    SQLite goes on writing one that was renamed, and beside one that was emptied.
    """
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, not found.st_size


class Journal(Queries):
    """One journal file. Calls block, and only one thread at a time may make them.

    Unreadable rows are left out and logged: they stop neither start nor reload.
    """

    def __init__(
        self, file: Path, connection: sqlite3.Connection, lock: IO[str], now: float
    ) -> None:
        super().__init__(file, connection)
        self._states = States(partial(self._newest, now))
        self._lock = lock
        self._place = _place(file)

    @classmethod
    def open(cls, file: Path, *, now: float = math.inf) -> Self:
        """Open `file`, or create it.

        States after `now` come from a clock that was set back: others will replace them.

        Raises:
            DiskError: its disk is full or broken, or has damaged it.
            JournalError: its folder is missing or not writable, it is no journal of ours, or
                another daemon writes it.
        """
        with ExitStack() as unless_opened:
            lock = unless_opened.enter_context(only_writer(file))
            connection = opening.for_writing(file, ours=is_marked(lock))
            mark(lock)
            unless_opened.pop_all()
        return cls(file, connection, lock, now)

    def close(self) -> None:
        """Close the file; what was recorded is in it, and another process may write it."""
        with self._lock:
            super().close()

    def check(self) -> None:
        """Read the whole file, and raise DiskError if a page of it is damaged."""
        with explained(self._file):
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise damaged(self._file)

    def record(self, events: Sequence[Event]) -> None:
        """Write what `events` say, all of it or nothing.

        Raises:
            JournalError: nothing was written; the same batch may be offered again.
        """
        self._check_place()
        with explained(self._file), self._connection as transaction:
            news = self._states.news(events)
            for statement, added in chain(rows.writes(events), outbox.writes(events)):
                transaction.executemany(statement, added)
            transaction.executemany(MAKE_ROOM, news.spans())
            transaction.executemany(PUT_STATE, news.rows())
        self._states.remember(news)

    def _check_place(self) -> None:
        place = _place(self._file)
        if place == self._place:
            return
        emptied = place is not None and self._place == (*place[:2], False)
        fate, remedy = (
            ("emptied", "move it away and ") if emptied else ("moved away or replaced", "")
        )
        raise JournalError(
            f"journal {self._file}: it was {fate} while the daemon wrote it; "
            f"{remedy}restart the daemon"
        )

    def undelivered(self) -> list[Message]:
        """The messages that still wait, in the order in which they were made."""
        return self._all(outbox.MESSAGE, outbox.WAITING, ())

    def last_told(self) -> list[Message]:
        """The newest message to each channel about each service."""
        return self._all(outbox.MESSAGE, outbox.TOLD, ())

    def prune_page(self, before: retention.Before) -> int:
        """Delete a page of what ended before `before`; returns how many rows, 0 once all is gone.

        The hourly sums of deleted runs stay longer; incidents, transitions, states, claims and each
        path's last success stay for ever.
        """
        with explained(self._file):
            return retention.prune_page(self._connection, before)

    def shrink(self) -> None:
        """Give the space of deleted rows back to the disk."""
        with explained(self._file):
            retention.shrink(self._connection)

    def _newest(self, now: float) -> list[Spell]:
        spells = self._read(self._connection.execute(NEWEST, (now,)), spell)
        return [replace(each, until=min(each.until, now)) for each in spells]

    def _read(self, found: Iterable[Sequence[Any]], value: Callable[[Sequence[Any]], T]) -> list[T]:
        values, problems = [], []
        for row in found:
            try:
                values += super()._read([row], value)
            except JournalError as error:
                problems.append(str(error))
        if problems:
            _log.error("damaged journal rows skipped", rows=len(problems), problem=problems[0])
        return values
