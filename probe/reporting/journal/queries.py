"""The queries that daemon, reports and pages share, over a connection opened elsewhere."""

import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from probe.model.claim import Account, Claim, Maintenance, Post
from probe.model.incident import Incident, Transition
from probe.model.maintenance import Window, windows
from probe.model.run import Proof, Run
from probe.model.status import Spell
from probe.reporting.journal import states
from probe.reporting.journal.errors import explained, readable
from probe.reporting.journal.packing import plain
from probe.reporting.journal.rows import (
    ACCOUNT,
    CLAIM,
    INCIDENT,
    MAINTENANCE,
    POST,
    RUN,
    TRANSITION,
    Value,
    storable,
)

T = TypeVar("T")

NEWEST: Final = 100
ALL: Final = -1
"""SQLite takes this for no limit."""

_VENDORS: Final = (
    "CASE WHEN json_valid(document) THEN json_extract(document, '$.whose') IS NULL ELSE TRUE END"
)
_MAY_LAST: Final = (
    "CASE WHEN json_valid(document) THEN json_extract(document, '$.ends_at') > ? ELSE TRUE END"
)
"""Invalid rows are selected too: the reader decides what becomes of them."""


class Queries:
    """The queries. They block, and only one thread at a time may make them."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self._file = file
        self._connection = connection

    def recent_runs(self, service: str, path: str, limit: int) -> list[Run]:
        """The newest runs of a path, oldest first."""
        newest_first = self._all(
            RUN,
            "SELECT document FROM runs WHERE service = ? AND path = ? "
            "ORDER BY ended_at DESC, number DESC LIMIT ?",
            (service, path, limit),
        )
        return newest_first[::-1]

    def last_success(self, service: str, path: str) -> Proof | None:
        """The credential and the end of a path's newest success, even if that run is pruned."""
        query = "SELECT credential, ended_at FROM last_successes WHERE service = ? AND path = ?"
        proofs = self._read(
            self._rows(query, (service, path)),
            lambda row: Proof(credential=row[0], at=float(row[1])),
        )
        return next(iter(proofs), None)

    def last_transition(self, service: str) -> Transition | None:
        """The newest change of a service's verdict."""
        return self._first(
            TRANSITION,
            "SELECT document FROM transitions WHERE service = ? ORDER BY at DESC, number DESC",
            (service,),
        )

    def transitions(self, service: str, since: float, until: float) -> list[Transition]:
        """The changes of the service's verdict, in order."""
        return self._all(
            TRANSITION,
            "SELECT document FROM transitions WHERE service = ? AND at >= ? AND at < ? "
            "ORDER BY at, number",
            (service, since, until),
        )

    def spells(self, since: float, until: float, service: str | None = None) -> list[Spell]:
        """The states of every path from `since` to `until`, by service, path and time.

        Of one service, or of all.
        """
        with explained(self._file):
            rows = states.reaching(self._connection, since, until, service)
        return self._read(rows, states.spell)

    def incidents(self, *, service: str | None = None, limit: int = 100) -> list[Incident]:
        """Incidents of one service or of all, newest first."""
        chosen, named = ("", ()) if service is None else ("WHERE service = ?", (service,))
        return self._all(
            INCIDENT,
            f"SELECT document FROM incidents {chosen} ORDER BY opened_at DESC LIMIT ?",  # noqa: S608 - two literals
            (*named, limit),
        )

    def incident(self, identifier: str) -> Incident | None:
        """The incident of that name; None if there is none."""
        query = "SELECT document FROM incidents WHERE id = ?"
        return self._first(INCIDENT, query, (identifier,))

    def incidents_within(self, service: str, since: float, until: float) -> list[Incident]:
        """The incidents that overlap the time from `since` to `until`, oldest first."""
        return self._all(
            INCIDENT,
            "SELECT document FROM incidents WHERE service = ? AND opened_at < ? "
            "AND coalesce(closed_at, ?) >= ? ORDER BY opened_at",
            (service, until, math.inf, since),
        )

    def open_incident(self, service: str) -> Incident | None:
        """The newest incident of a service that has not ended."""
        return self._first(
            INCIDENT,
            "SELECT document FROM incidents WHERE service = ? AND closed_at IS NULL "
            "ORDER BY opened_at DESC",
            (service,),
        )

    def open_incidents(self) -> list[Incident]:
        """The incidents of all services that have not ended, oldest first."""
        query = "SELECT document FROM incidents WHERE closed_at IS NULL ORDER BY opened_at"
        return self._all(INCIDENT, query, ())

    def claims(self, service: str) -> list[Claim]:
        """What the vendor last said about each component."""
        return self._all(
            CLAIM,
            "SELECT document FROM claims WHERE number IN "
            "(SELECT max(number) FROM claims WHERE service = ? GROUP BY component) "
            "ORDER BY component",
            (service,),
        )

    def words(
        self, service: str, *, since: float = 0.0, until: float = math.inf, limit: int = 1000
    ) -> tuple[list[Claim], list[Post]]:
        """The claims and the posts first seen from `since` to `until`, the newest, in order."""
        values = (service, since, until, limit)
        claims = self._all(
            CLAIM,
            "SELECT document FROM claims WHERE service = ? AND seen_at BETWEEN ? AND ? "
            "ORDER BY number DESC LIMIT ?",
            values,
        )
        posts = self._all(
            POST,
            "SELECT document FROM posts WHERE service = ? AND seen_at BETWEEN ? AND ? "
            "ORDER BY number DESC LIMIT ?",
            values,
        )
        return claims[::-1], posts[::-1]

    def maintenances(self, service: str, limit: int = 100) -> list[Maintenance]:
        """What the vendor last said about each maintenance, the newest of them, in order."""
        newest_first = self._all(
            MAINTENANCE,
            "SELECT document FROM maintenances WHERE number IN "  # noqa: S608 - literals
            f"(SELECT max(number) FROM maintenances WHERE service = ? AND {_VENDORS} GROUP BY id) "
            "ORDER BY number DESC LIMIT ?",
            (service, limit),
        )
        return newest_first[::-1]

    def announcements(self, service: str | None, since: float) -> list[Maintenance]:
        """All announcements, by vendors and by us, of work that may last beyond `since`.

        Of one service, or of all.
        """
        chosen, named = ("", ()) if service is None else ("service = ? AND", (service,))
        return self._all(
            MAINTENANCE,
            f"SELECT document FROM maintenances WHERE {chosen} (service, id) IN "  # noqa: S608 - literals
            f"(SELECT service, id FROM maintenances WHERE {chosen} {_MAY_LAST}) ORDER BY number",
            (*named, *named, since),
        )

    def accounts(self, service: str, limit: int = NEWEST) -> list[Account]:
        """When the vendor acknowledged and resolved the incidents of a service."""
        return self._all(
            ACCOUNT,
            "SELECT document FROM accounts WHERE service = ? ORDER BY rowid DESC LIMIT ?",
            (service, limit),
        )

    def account(self, incident: str) -> Account | None:
        """When the vendor acknowledged and resolved the incident of that name."""
        query = "SELECT document FROM accounts WHERE incident = ?"
        return self._first(ACCOUNT, query, (incident,))

    def windows(self, since: float, until: float, service: str | None = None) -> list[Window]:
        """The windows of maintenance that overlap that time, as they were in force, in order.

        Of one service, or of all.
        """
        held = windows(self.announcements(service, since))
        return [each for each in held if each.since < until and each.until > since]

    def close(self) -> None:
        """Close the file; what was recorded is in it."""
        with explained(self._file):
            self._connection.close()

    def _all(self, kind: TypeAdapter[T], query: str, values: Sequence[Value]) -> list[T]:
        return self._read(self._rows(query, values), lambda row: kind.validate_json(plain(row[0])))

    def _first(self, kind: TypeAdapter[T], query: str, values: Sequence[Value]) -> T | None:
        return next(iter(self._all(kind, f"{query} LIMIT 1", values)), None)

    def _rows(self, query: str, values: Sequence[Value]) -> list[tuple[Any, ...]]:
        """What SQLite finds; a name is asked for as it was stored."""
        asked = [storable(value) if isinstance(value, str) else value for value in values]
        with explained(self._file):
            return self._connection.execute(query, asked).fetchall()

    def _read(self, found: Iterable[Sequence[Any]], value: Callable[[Sequence[Any]], T]) -> list[T]:
        """The `value` of each row that was `found`, all of which must have one."""
        with readable(self._file):
            return [value(row) for row in found]
