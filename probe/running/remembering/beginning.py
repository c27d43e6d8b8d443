"""The journal at a start: a disk that is full keeps nobody from being watched."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from probe.reporting.journal.errors import DiskError, JournalError
from probe.reporting.journal.store import Journal

TRY_EVERY_S: Final = 60.0
_log = structlog.get_logger("probe")


def opened(file: Path | None) -> Journal | None:
    """The journal `file`; None without one, and where its disk cannot take it.

    Raises:
        JournalError: it cannot be opened for another reason, which a person has to mend.
    """
    if file is None:
        return None
    try:
        return Journal.open(file)
    except DiskError as error:
        _log.critical("started without the journal", problem=str(error))
        return None


async def keep_missing(file: Path, failed: Callable[[], None]) -> None:
    """Say every minute that `file` could not be opened at the start, and whether it can be now."""
    while True:
        failed()
        problem = await asyncio.to_thread(_problem_of, file)
        _log.error("nothing is kept over a restart", problem=problem)
        await asyncio.sleep(TRY_EVERY_S)


def _problem_of(file: Path) -> str:
    try:
        Journal.open(file).close()
    except JournalError as error:
        return str(error)
    return "it can be opened again; restart the daemon, which goes on without it"
