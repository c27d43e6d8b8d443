"""SQLite's errors in our words: what went wrong with which file, and what to do.

Exception
└── JournalError    the journal cannot be opened, read or written
    ├── DiskError   its disk is full or broken, or has damaged it: the daemon goes on watching
    └── RowError    one of the values cannot be written, whatever the disk does
"""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from probe.model.errors import UserError

_ADVICE: Final = {
    sqlite3.SQLITE_FULL: "free some disk space or shorten retention:",
    sqlite3.SQLITE_IOERR: "check the disk, and whether it is full",
    sqlite3.SQLITE_CORRUPT: "move the file away, a new one is begun at the next start",
    sqlite3.SQLITE_NOTADB: "name a journal that a daemon wrote, or move the file away",
    sqlite3.SQLITE_CANTOPEN: "make its folder writable or name another file under journal:",
    sqlite3.SQLITE_PERM: "make the file and its folder writable",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
    sqlite3.SQLITE_BUSY: "another program holds it: stop that one or wait for it",
    sqlite3.SQLITE_LOCKED: "another program holds it: stop that one or wait for it",
}
_OF_THE_DISK: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT})
_ADVICE_OTHERWISE: Final = "move the file away if this goes on, a new one is begun at a start"


class JournalError(UserError):
    """The journal cannot be opened, read or written; the text names the file and the remedy."""


class DiskError(JournalError):
    """The disk is full, or gives back nothing, or something other than was written."""


class RowError(JournalError):
    """A value that no row can hold: offering it again is useless."""


_OF_THE_ROW: Final = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


def damaged(file: Path) -> DiskError:
    """What a check of `file` tells that found it damaged, as SQLite would when it meets that."""
    advice = _ADVICE[sqlite3.SQLITE_CORRUPT]
    return DiskError(f"journal {file}: database disk image is malformed; {advice}")


@contextmanager
def explained(file: Path, *, ours: bool = False) -> Iterator[None]:
    """The one place where SQLite's errors become ours.

    If a file is `ours`, known to have been a journal, only damage can make it no database.
    """
    try:
        yield
    except _OF_THE_ROW as error:
        raise RowError(f"journal {file}: {error}") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        primary = code & 0xFF
        damaged = ours and primary == sqlite3.SQLITE_NOTADB
        kind = DiskError if damaged or primary in _OF_THE_DISK else JournalError
        advice = _ADVICE.get(primary, _ADVICE_OTHERWISE)
        raise kind(f"journal {file}: {error}; {advice}") from error


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """The one place where an invalid row of `file` becomes an error of ours."""
    try:
        yield
    except ValidationError as error:
        raise JournalError(
            f"journal {file}: a row does not read as {error.title}; {_ADVICE_OTHERWISE}"
        ) from error
    except (zlib.error, ValueError, TypeError) as error:
        raise JournalError(f"journal {file}: {error}; {_ADVICE_OTHERWISE}") from error
