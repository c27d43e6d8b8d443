"""The queries of pages alone, over a read-only connection of their own.

So a reader never waits for the thread that writes, and a slow query delays no event.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from probe.model.claim import Account
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.reporting.journal import opening
from probe.reporting.journal.errors import explained, readable
from probe.reporting.journal.packing import plain
from probe.reporting.journal.queries import Queries
from probe.reporting.journal.retention import HOUR_S
from probe.reporting.journal.rows import ACCOUNT, RUN
from probe.reporting.journal.schema import FAILED

MOST_FAILURES: Final = 50

Tally = dict[str, list[Counter[Outcome]]]
"""By path: the outcomes of its runs, counted in columns of equal time."""


class PageQueries(Queries):
    """The journal as a page sees it."""

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open `file`, which this daemon writes.

        Raises:
            JournalError: it is missing or unreadable.
        """
        with explained(file):
            return cls(file, opening.unchanging(file))

    def accounts_of(self, incidents: Iterable[str]) -> dict[str, Account]:
        """When the vendor acknowledged and resolved the incidents of those names, where known."""
        query = "SELECT document FROM accounts WHERE incident IN (SELECT value FROM json_each(?))"
        names = json.dumps(list(incidents))
        return {account.incident: account for account in self._all(ACCOUNT, query, (names,))}

    def failures(self, service: str, path: str, since: float, limit: int) -> list[Run]:
        """The newest failures of a path that ended at `since` or later, newest first."""
        return self._all(
            RUN,
            "SELECT document FROM runs WHERE service = ? AND path = ? AND ended_at >= ? "  # noqa: S608 - literals
            f"AND {FAILED} ORDER BY ended_at DESC LIMIT ?",
            (service, path, since, limit),
        )

    def ways_of_failing(self, service: str, since: float, until: float) -> list[tuple[Run, int]]:
        """The first run of each path and outcome that failed in that time, and how many did."""
        found = self._rows(
            "SELECT document, count(*), min(number) FROM runs "  # noqa: S608 - literals
            f"WHERE ended_at BETWEEN ? AND ? AND service = ? AND {FAILED} "
            "GROUP BY path, outcome ORDER BY min(number) LIMIT ?",
            (since, until, service, MOST_FAILURES),
        )
        return self._read(found, lambda row: (RUN.validate_json(plain(row[0])), row[1]))

    def tally(self, service: str, since: float, until: float, columns: int) -> Tally:
        """The outcomes of every path from `since` to `until`, in that many columns."""
        width = (until - since) / columns
        found = self._rows(
            "SELECT path, CAST((ended_at - ?) / ? AS INTEGER) AS place, outcome, count(*) "
            "FROM runs WHERE ended_at >= ? AND ended_at < ? AND service = ? "
            "GROUP BY path, place, outcome",
            (since, width, since, until, service),
        )
        tally: Tally = {}
        with readable(self._file):
            for path, place, outcome, count in found:
                of_path = tally.setdefault(path, [Counter() for _ in range(columns)])
                of_path[min(place, columns - 1)][Outcome(outcome)] = count
        return tally

    def hours(
        self, service: str, since: float, until: float
    ) -> dict[str, list[tuple[float, Counter[Outcome]]]]:
        """What is left of forgotten runs: of each path its hours in that time, in order."""
        found = self._rows(
            "SELECT path, hour, outcome, runs FROM hours "
            "WHERE service = ? AND hour BETWEEN ? AND ? ORDER BY path, hour",
            (service, since // HOUR_S, until // HOUR_S),
        )
        hours: dict[str, dict[float, Counter[Outcome]]] = {}
        with readable(self._file):
            for path, hour, outcome, runs in found:
                counts = hours.setdefault(path, {}).setdefault(float(hour * HOUR_S), Counter())
                counts[Outcome(outcome)] += runs
        return {path: list(of_path.items()) for path, of_path in hours.items()}
