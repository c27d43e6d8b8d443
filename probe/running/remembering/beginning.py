"""The journal at a start: a full or broken disk never keeps the daemon from watching."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

import structlog

from probe.reporting.journal.errors import DiskError, JournalError
from probe.reporting.journal.store import Journal

T = TypeVar("T")
TRY_EVERY_S: Final = 60.0
_log = structlog.get_logger("probe")


def begin_with(file: Path | None, make: Callable[[Journal | None], T], now: float) -> tuple[T, str]:
    """What `make` makes of the journal `file`, or without one; why, where that was not meant.

    Raises:
        JournalError: it cannot be opened or read for a reason that a person has to fix.
    """
    if file is None:
        return make(None), ""
    journal = None
    try:
        journal = Journal.open(file, now=now)
        return make(journal), ""
    except DiskError as error:
        if journal is not None:
            journal.close()
        _log.critical("started without the journal", problem=str(error))
        return make(None), str(error)


async def keep_missing(file: Path, problem: str, failed: Callable[[], None]) -> None:
    """Log every minute that `file` had a `problem` at the start, and its state now."""
    while True:
        failed()
        now = await asyncio.to_thread(_look_of, file)
        _log.error("running without a journal", problem=problem, now=now)
        await asyncio.sleep(TRY_EVERY_S)


def _look_of(file: Path) -> str:
    try:
        with closing(Journal.open(file)) as journal:
            journal.check()
    except JournalError as error:
        return str(error)
    return "it can be read and written; restart the daemon, which goes on without it"
