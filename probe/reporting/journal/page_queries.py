"""What pages ask of the past: each question over a read-only connection of its own.

So a reader never waits for the thread that writes, and a slow question delays no event.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter

from probe.model.claim import Account, Claim, Post
from probe.model.incident import Incident, Transition
from probe.model.maintenance import Window, windows
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.status import Spell
from probe.reporting.journal import opening
from probe.reporting.journal.errors import explained
from probe.reporting.journal.packing import plain
from probe.reporting.journal.queries import Queries
from probe.reporting.journal.retention import HOUR_S
from probe.reporting.journal.rows import ACCOUNT, INCIDENT, RUN, Value, storable
from probe.reporting.journal.states import spells

T = TypeVar("T")
MOST_FAILURES: Final = 50
_WORD_LIMIT: Final = 500
_SUCCEEDED: Final = json.dumps([outcome for outcome in Outcome if outcome.succeeded])

Tally = dict[str, list[Counter[Outcome]]]
"""Of each path: the outcomes of its runs, counted in columns of equal time."""


@dataclass(frozen=True, slots=True)
class PageQueries:
    """The journal `file` as a reader sees it. Calls block; any thread may make them.

    Raises JournalError where the file cannot be read.
    """

    file: Path

    def incidents(self, limit: int) -> list[Incident]:
        """The newest incidents of all services, newest first."""
        with self._reading() as connection:
            return Queries(self.file, connection).incidents(limit=limit)

    def incidents_within(self, service: str, since: float, until: float) -> list[Incident]:
        """The incidents of a service that reach into that time, oldest first."""
        with self._reading() as connection:
            return Queries(self.file, connection).incidents_within(service, since, until)

    def transitions(self, service: str, since: float, until: float) -> list[Transition]:
        """The changes of a service's verdict in that time, in order."""
        with self._reading() as connection:
            return Queries(self.file, connection).transitions(service, since, until)

    def incident(self, identifier: str) -> Incident | None:
        """The incident of that name."""
        query = "SELECT document FROM incidents WHERE id = ?"
        return next(iter(self._all(INCIDENT, query, (storable(identifier),))), None)

    def account(self, incident: str) -> Account | None:
        """How the vendor's page went along with the incident of that name."""
        query = "SELECT document FROM accounts WHERE incident = ?"
        return next(iter(self._all(ACCOUNT, query, (storable(incident),))), None)

    def accounts(self, incidents: Iterable[str]) -> dict[str, Account]:
        """How the vendor's page went along with the incidents of those names, where it is known."""
        query = "SELECT document FROM accounts WHERE incident IN (SELECT value FROM json_each(?))"
        names = json.dumps([storable(incident) for incident in incidents])
        return {account.incident: account for account in self._all(ACCOUNT, query, (names,))}

    def words(self, service: str, since: float, until: float) -> tuple[list[Claim], list[Post]]:
        """What the vendor was seen to say from `since` to `until`, in order."""
        with self._reading() as connection:
            reading = Queries(self.file, connection)
            return reading.words(service, since=since, until=until, limit=_WORD_LIMIT)

    def runs(self, service: str, path: str, limit: int) -> list[Run]:
        """The newest runs of a path, oldest of them first."""
        with self._reading() as connection:
            return Queries(self.file, connection).recent_runs(service, path, limit)

    def failures(self, service: str, path: str, since: float, limit: int) -> list[Run]:
        """The newest failures of a path that ended at `since` or later, newest first."""
        return self._all(
            RUN,
            "SELECT document FROM runs WHERE service = ? AND path = ? AND ended_at >= ? "
            "AND outcome NOT IN (SELECT value FROM json_each(?)) ORDER BY ended_at DESC LIMIT ?",
            (storable(service), storable(path), since, _SUCCEEDED, limit),
        )

    def ways_of_failing(self, service: str, since: float, until: float) -> list[tuple[Run, int]]:
        """The first run of each path and outcome that failed in that time, and how many did."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT document, count(*), min(number) FROM runs "
                "WHERE ended_at BETWEEN ? AND ? AND service = ? "
                "AND outcome NOT IN (SELECT value FROM json_each(?)) "
                "GROUP BY path, outcome ORDER BY min(number) LIMIT ?",
                (since, until, storable(service), _SUCCEEDED, MOST_FAILURES),
            ).fetchall()
            return [(RUN.validate_json(plain(document)), count) for document, count, _ in found]

    def tally(self, service: str, since: float, until: float, columns: int) -> Tally:
        """The outcomes of every path from `since` to `until`, in that many columns."""
        width = (until - since) / columns
        with self._reading() as connection:
            found = connection.execute(
                "SELECT path, CAST((ended_at - ?) / ? AS INTEGER) AS place, outcome, count(*) "
                "FROM runs WHERE ended_at >= ? AND ended_at < ? AND service = ? "
                "GROUP BY path, place, outcome",
                (since, width, since, until, storable(service)),
            ).fetchall()
        tally: Tally = {}
        for path, place, outcome, count in found:
            of_path = tally.setdefault(path, [Counter() for _ in range(columns)])
            of_path[min(place, columns - 1)][Outcome(outcome)] = count
        return tally

    def hours(
        self, service: str, since: float, until: float
    ) -> dict[str, list[tuple[float, Counter[Outcome]]]]:
        """What is left of forgotten runs: of each path its hours in that time, in order."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT path, hour, outcome, runs FROM hours "
                "WHERE service = ? AND hour BETWEEN ? AND ? ORDER BY path, hour",
                (storable(service), since // HOUR_S, until // HOUR_S),
            ).fetchall()
        hours: dict[str, dict[float, Counter[Outcome]]] = {}
        for path, hour, outcome, runs in found:
            counts = hours.setdefault(path, {}).setdefault(float(hour * HOUR_S), Counter())
            counts[Outcome(outcome)] += runs
        return {path: list(of_path.items()) for path, of_path in hours.items()}

    def spells(self, since: float, until: float) -> list[Spell]:
        """The confirmed states of every path that reach into that time, by path, in order."""
        with self._reading() as connection:
            return spells(connection, since, until)

    def windows(self, since: float, until: float) -> list[Window]:
        """The windows of maintenance of every service that reach into that time, in order."""
        with self._reading() as connection:
            told = Queries(self.file, connection).announcements(None, since)
        return [each for each in windows(told) if each.since < until and each.until > since]

    def _all(self, kind: TypeAdapter[T], query: str, values: Sequence[Value]) -> list[T]:
        with self._reading() as connection:
            found = connection.execute(query, values).fetchall()
            return [kind.validate_json(plain(document)) for (document,) in found]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with explained(self.file), closing(opening.unchanging(self.file)) as connection:
            yield connection
