"""Forgetting in time: what is older than the configuration keeps leaves the journal."""

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
    """Prune for ever, on the `writer`'s thread; a failure is told and the next hour tries again."""
    while True:
        before = _before(clock.now(), kept())
        try:
            await asyncio.get_running_loop().run_in_executor(writer, journal.prune, before)
        except JournalError as error:
            failed()
            _log.error("journal not pruned", problem=str(error))
        await asyncio.sleep(PRUNE_EVERY_S)


def _before(now: float, kept: Retention) -> Before:
    return Before(runs=now - kept.runs, failures=now - kept.failures, hours=now - kept.hours)
