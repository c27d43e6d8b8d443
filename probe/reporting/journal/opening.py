"""How the file is opened: for writing by the daemon, or for reading beside it."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from probe.reporting.journal.errors import JournalError, explained
from probe.reporting.journal.schema import SCHEMA, SETTINGS, UPGRADES, VERSION


def for_writing(file: Path, *, ours: bool = False) -> sqlite3.Connection:
    """A connection to `file`, which is created or upgraded to the present format.

    Raises:
        DiskError: its disk cannot take it, or it is `ours`, known as a journal, and damaged.
        JournalError: it cannot be made, or it is no journal of ours.
    """
    with explained(file, ours=ours):
        connection = sqlite3.connect(file, check_same_thread=False)
        connection.text_factory = _lenient  # invalid text would fail its neighbours too
        try:
            _prepare(file, connection)
        except BaseException:
            connection.close()
            raise
    return connection


def for_reading(file: Path) -> sqlite3.Connection:
    """A read-only connection, whether or not a daemon writes the file.

    Raises:
        JournalError: it is missing, unreadable, of another format or no journal of ours.
    """
    if not file.is_file():
        raise JournalError(f"journal {file}: there is no such file; name the daemon's journal")
    with explained(file):
        connection = _without_rights(file) or unchanging(file)
        try:
            _recognise(file, connection, _version(connection))
        except BaseException:
            connection.close()
            raise
    return connection


def unchanging(file: Path) -> sqlite3.Connection:
    """A read-only connection to `file`, whatever that is."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _without_rights(file: Path) -> sqlite3.Connection | None:
    """A connection to an unused `file` in a folder that we may not write, as on a read-only disk.

    SQLite would put its log and an index beside it, and remove them: while the log exists, a daemon
    writes it or was killed, and what it contains must not be ignored.
    """
    file = file.resolve()
    if os.access(file.parent, os.W_OK) or file.with_name(f"{file.name}-wal").exists():
        return None
    return sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)


def _lenient(text: bytes) -> str:
    return text.decode(errors="replace")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _recognise(file: Path, connection: sqlite3.Connection, version: int) -> None:
    _check(file, connection, version)
    if version < VERSION:
        raise JournalError(
            f"journal {file}: of format {version}, this splitprobe reads {VERSION}; "
            "start the daemon once with it"
        )


def _check(file: Path, connection: sqlite3.Connection, version: int) -> None:
    """Reject what a newer splitprobe or another program wrote."""
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if version > VERSION:
        raise JournalError(
            f"journal {file}: written by a newer splitprobe (format {version}, this one "
            f"knows {VERSION}); run the newer one or name another file under journal:"
        )
    if version == 0 and tables:
        raise JournalError(
            f"journal {file}: the database of another program; name another file under journal:"
        )


def _prepare(file: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    _check(file, connection, version)
    for setting in SETTINGS:
        connection.execute(setting)
    if version == 0:
        _execute(connection, SCHEMA)
    else:
        for old in range(version, VERSION):
            _execute(connection, UPGRADES[old])


def _execute(connection: sqlite3.Connection, statements: Sequence[str]) -> None:
    """Execute all of `statements` or none."""
    with connection as transaction:
        transaction.execute("BEGIN IMMEDIATE")
        for statement in statements:
            transaction.execute(statement)
