"""The journal: one file, one connection, what is written and what is forgotten."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO, Self

from probe.model.event import Event
from probe.model.notification import Message
from probe.reporting.journal import opening, outbox, retention
from probe.reporting.journal.errors import JournalError, explained
from probe.reporting.journal.lock import only_writer
from probe.reporting.journal.queries import Queries
from probe.reporting.journal.rows import writes
from probe.reporting.journal.states import PUT_STATE, States


def _place(file: Path) -> tuple[int, int] | None:
    """Which file has that name; SQLite goes on writing one that has lost its own."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Journal(Queries):
    """One journal file. Calls block, and only one thread at a time may make them."""

    def __init__(self, file: Path, connection: sqlite3.Connection, lock: IO[str]) -> None:
        super().__init__(file, connection)
        self._states = States(connection)
        self._lock = lock
        self._place = _place(file)

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open `file`, or begin it.

        Raises:
            JournalError: its folder is missing or not writable, it is no journal of ours, or
                another daemon writes it.
        """
        with ExitStack() as unless_opened:
            lock = unless_opened.enter_context(only_writer(file))
            connection = opening.for_writing(file)
            unless_opened.pop_all()
        return cls(file, connection, lock)

    def close(self) -> None:
        """Close the file; what was recorded is in it, and another may write it."""
        with self._lock:
            super().close()

    def record(self, events: Sequence[Event]) -> None:
        """Keep what `events` say, all of it or nothing.

        Raises:
            JournalError: nothing of it was kept; the same batch may be offered again.
        """
        if _place(self._file) != self._place:
            raise JournalError(
                f"journal {self._file}: it was moved away or replaced while the daemon wrote it; "
                "restart the daemon"
            )
        with explained(self._file), self._connection as transaction:
            news = self._states.news(events)
            for statement, rows in chain(writes(events), outbox.writes(events)):
                transaction.executemany(statement, rows)
            transaction.executemany(PUT_STATE, news.rows())
        self._states.remember(news)

    def undelivered(self) -> list[Message]:
        """The messages that still wait, in the order in which they were made."""
        with explained(self._file):
            return outbox.waiting(self._connection)

    def last_told(self) -> list[Message]:
        """The newest message to each channel about each service."""
        with explained(self._file):
            return outbox.told(self._connection)

    def prune_page(self, before: retention.Before) -> int:
        """Forget a page of what ended before `before`; returns how many rows, 0 once all is gone.

        The hours' sums of forgotten runs stay for longer, and for ever incidents, transitions,
        states, claims and each path's last success.
        """
        with explained(self._file):
            return retention.prune_page(self._connection, before)

    def shrink(self) -> None:
        """Give the space of what was forgotten back to the disk."""
        with explained(self._file):
            retention.shrink(self._connection)
