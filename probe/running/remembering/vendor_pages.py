"""What the journal remembers of status pages, for the tasks that go on reading them."""

import asyncio
from concurrent.futures import Executor
from typing import Final

import structlog

from probe.config.vendor import PAGE_PATH
from probe.observing.vendor.page_history import Known
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.store import Journal
from probe.running.status_pages import Past

REMEMBERED_RUNS: Final = 60
_log = structlog.get_logger("probe.status_pages")


class VendorPages:
    """What a journal remembers of the pages, read in the one thread that may use it."""

    def __init__(self, journal: Journal | None, thread: Executor) -> None:
        self._journal = journal
        self._thread = thread

    async def past(self, service: str) -> Past:
        """The past of one service's page; empty if there is none or it cannot be read."""
        if self._journal is None:
            return [], Known()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, _past, self._journal, service)
        except JournalError as error:
            _log.error("status page history not restored from the journal", problem=str(error))
            return [], Known()


def _past(journal: Journal, service: str) -> Past:
    known = Known(
        claims=tuple(journal.claims(service)),
        posts=tuple(journal.words(service)[1]),
        maintenances=tuple(journal.maintenances(service)),
    )
    return journal.recent_runs(service, PAGE_PATH, REMEMBERED_RUNS), known
