"""A journal has one writer: two daemons would each continue from what only one of them saw."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from probe.reporting.journal.errors import DiskError, JournalError

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


def only_writer(file: Path) -> IO[str]:
    """The right to write `file` as long as the returned file stays open: it ends with the process.

    It is a lock on a file beside the journal: closing the journal would release SQLite's own locks
    on it.

    Raises:
        JournalError: its folder is missing or not writable, or another process has the lock.
    """
    file = _resolved(file)
    if not file.parent.is_dir():
        raise JournalError(
            f"journal {file}: there is no folder {file.parent}; "
            "create it or name another file under journal:"
        )
    beside = file.with_name(f"{file.name}.lock")
    try:
        lock = beside.open("a", encoding="ascii")
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskError(f"journal {beside}: {error.strerror}; free some disk space") from error
        raise JournalError(
            f"journal {beside}: {error.strerror}; {_remedy(error, beside)} "
            "or name another file under journal:"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise JournalError(
            f"journal {file}: {_reason(error)} or name another file under journal:"
        ) from error
    return lock


def _resolved(file: Path) -> Path:
    """The actual file, whichever names lead to it."""
    try:
        return file.resolve()
    except RuntimeError as error:  # Python before 3.13, for symbolic links in a loop
        raise JournalError(f"journal {file}: {error}; name another file under journal:") from error
    except FileNotFoundError as error:
        raise JournalError(
            f"journal {file}: the folder that the daemon was started in is gone; "
            "start it in one that stays, or write the whole path under journal:"
        ) from error


def is_marked(lock: IO[str]) -> bool:
    """Whether the file beside `lock` was once a journal, whatever has become of it."""
    return os.fstat(lock.fileno()).st_size > 0


def mark(lock: IO[str]) -> None:
    """Note beside the file that it is a journal: if it is unreadable later, it was damaged."""
    with suppress(OSError):  # a full disk is reported elsewhere
        if not is_marked(lock):
            os.write(lock.fileno(), b"a journal of splitprobe\n")


def _remedy(error: OSError, beside: Path) -> str:
    """The remedy: another user's daemon leaves files of its own, even in a writable folder."""
    if isinstance(error, PermissionError) and os.access(beside, os.F_OK):
        return f"make the journal's files and their folder writable for user {os.geteuid()}"
    return "make its folder writable"


def _reason(error: OSError) -> str:
    if isinstance(error, BlockingIOError):
        return "another daemon writes it; stop that one"
    return f"its file system has no locks ({error.strerror}); use a disk of this machine"
