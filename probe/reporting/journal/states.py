"""The paths' states over time, kept for ever: a row when a state changes or is prolonged.

Every event of a judged service is examined, so that no state is missed.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, get_args

from probe.model.event import (
    Event,
    Judged,
)
from probe.model.state import Plane, State
from probe.model.status import PathStatus, Spell
from probe.reporting.journal.rows import Row, Value, storable

Key = tuple[str, str]

KINDS: Final = get_args(Judged)
PUT_STATE: Final = (
    "INSERT OR REPLACE INTO states (service, path, since, until, state, plane, critical) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
MAKE_ROOM: Final = "DELETE FROM states WHERE service = ? AND path = ? AND since > ? AND since <= ?"
"""Deletes what a clock that was since set back said of a time that has now been observed."""

_COLUMNS: Final = "service, path, since, until, state, plane, critical"
NEWEST: Final = (
    f"SELECT {_COLUMNS} FROM states WHERE (service, path, since) IN "  # noqa: S608 - a literal
    "(SELECT service, path, max(since) FROM states WHERE since <= ? GROUP BY service, path)"
)
_REACHING: Final = (
    f"SELECT {_COLUMNS} FROM states AS spell WHERE "  # noqa: S608 - a literal
    "since < :until AND since >= coalesce((SELECT max(since) FROM states "
    "WHERE service = spell.service AND path = spell.path AND since <= :since), :since) "
)
_IN_ORDER: Final = "ORDER BY service, path, since"


@dataclass(frozen=True, slots=True)
class News:
    """What a batch of events adds: new spells, and how far the newest of each path reaches."""

    newest: dict[Key, Spell] = field(default_factory=dict)
    spells: dict[tuple[Key, float], Spell] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """The rows to write."""
        return map(_row, self.spells.values())

    def spans(self) -> Iterator[Row]:
        """The times that they cover, for which no other spell may remain."""
        return ((*_key(spell), spell.since, spell.until) for spell in self.spells.values())


class States:
    """The newest spell of each path, as the journal holds it: `newest` is called once for them."""

    def __init__(self, newest: Callable[[], Iterable[Spell]]) -> None:
        self._ask = newest

    @cached_property
    def _newest(self) -> dict[Key, Spell]:
        return {_key(spell): spell for spell in self._ask()}

    def news(self, events: Sequence[Event]) -> News:
        """What `events` say that is not known yet."""
        news = News()
        for event in events:
            if isinstance(event, Judged):
                for status in event.status.paths:
                    self._hear(status, news)
        return news

    def remember(self, news: News) -> None:
        """Take over what was written."""
        self._newest.update(news.newest)

    def _hear(self, status: PathStatus, news: News) -> None:
        key = storable(status.service), storable(status.path)
        known = news.newest.get(key) or self._newest.get(key)
        spell = _heard(status) if known is None else _following(known, status)
        if spell != known:
            news.newest[key] = spell
            news.spells[key, spell.since] = spell


def reaching(
    connection: sqlite3.Connection, since: float, until: float, service: str | None = None
) -> list[tuple[Any, ...]]:
    """The rows of the spells that overlap the time from `since` to `until`, in order.

    Of every path, of one service or of all.
    """
    values: dict[str, Value] = {"since": since, "until": until}
    query = _REACHING
    if service is not None:
        values["service"] = storable(service)
        query += "AND service = :service "
    return connection.execute(query + _IN_ORDER, values).fetchall()


def _following(known: Spell, status: PathStatus) -> Spell:
    """`known`, prolonged, or the spell after it; known evidence counts to its end."""
    heard = _heard(status)
    same = (known.state, known.plane, known.critical) == (heard.state, heard.plane, heard.critical)
    if same and (known.state is State.UNKNOWN or heard.since <= known.until):
        return replace(known, until=max(known.until, heard.until))
    if heard.since > known.since:
        return heard
    if known.state is heard.state and status.last_run is not None:
        # A reload changed the path's plane or rank: its last run is the last time before that.
        return replace(heard, since=max(known.since, status.last_run.ended_at))
    since = max(known.since, min(known.until, heard.until))
    return replace(heard, since=since)


def _heard(status: PathStatus) -> Spell:
    unknown = status.state is State.UNKNOWN
    return Spell(
        service=storable(status.service),
        path=storable(status.path),
        plane=status.plane,
        critical=status.critical,
        state=status.state,
        since=status.since,
        until=status.since if unknown else max(status.since, status.fresh_until),
    )


def _key(spell: Spell) -> Key:
    return spell.service, spell.path


def _row(spell: Spell) -> Row:
    return (*_key(spell), spell.since, spell.until, spell.state, spell.plane, spell.critical)


def spell(row: Sequence[object]) -> Spell:
    """A row as a value."""
    service, path, since, until, state, plane, critical = row
    return Spell(
        service=str(service),
        path=str(path),
        since=float(str(since)),
        until=float(str(until)),
        state=State(str(state)),
        plane=Plane(str(plane)),
        critical=bool(critical),
    )
