"""Pruning: what is older than the configured retention is deleted from the journal."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

import structlog

from probe.config.settings import Retention
from probe.model.clock import Clock
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.retention import Before
from probe.reporting.journal.store import Journal

_log = structlog.get_logger("probe")
PRUNE_EVERY_S = 3600.0


async def keep_pruning(
    journal: Journal,
    writer: Executor,
    kept: Callable[[], Retention],
    clock: Clock,
    failed: Callable[[], None],
) -> None:
    """Prune for ever, on the `writer`'s thread; a failure is logged and retried an hour later."""
    while True:
        try:
            # A clock set far ahead, if only for a second, keeps `now` ahead for months.
            now = min(clock.now(), clock.wall())
            await _prune(journal, writer, _before(now, kept()))
        except JournalError as error:
            failed()
            _log.error("journal not pruned", problem=str(error))
        await asyncio.sleep(PRUNE_EVERY_S)


async def _prune(journal: Journal, writer: Executor, before: Before) -> None:
    """Each page is a job of its own, so that events are written in between."""
    do = asyncio.get_running_loop().run_in_executor
    while await do(writer, journal.prune_page, before):
        pass
    await do(writer, journal.shrink)


def _before(now: float, kept: Retention) -> Before:
    return Before(runs=now - kept.runs, failures=now - kept.failures, hours=now - kept.hours)
