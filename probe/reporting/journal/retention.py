"""What is deleted when: single runs become hourly sums, and those are deleted later.

A row of sums says how many runs of a path ended in an hour with an outcome, and how long they took.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from probe.reporting.journal.schema import FAILED

BATCH: Final = 1000
"""Rows deleted at once: bounds the write-ahead log."""

HOUR_S: Final = 3600
_SUM_UP: Final = (
    "INSERT INTO hours (service, path, hour, outcome, runs, seconds, longest) "
    "SELECT service, path, CAST(ended_at / :hour_s AS INTEGER) AS hour, outcome, count(*), "
    "sum(ended_at - started_at), max(ended_at - started_at) FROM runs WHERE number IN chosen "
    "GROUP BY service, path, hour, outcome "
    "ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, seconds = seconds + excluded.seconds, "
    "longest = max(longest, excluded.longest)"
)
_OLD_HOURS: Final = (
    "DELETE FROM hours WHERE (service, path, hour, outcome) IN "
    "(SELECT service, path, hour, outcome FROM hours WHERE hour < ? LIMIT ?)"
)
_CHOSEN: Final = "CREATE TEMP TABLE IF NOT EXISTS chosen (number INTEGER PRIMARY KEY)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Times: successful runs, other runs and sums that ended before them are deleted."""

    runs: float
    failures: float
    hours: float


def prune_page(connection: sqlite3.Connection, before: Before) -> int:
    """Sum up and delete a page of each kind older than `before`; returns how many rows."""
    connection.execute(_CHOSEN)
    return (
        _forget_runs(connection, f"NOT ({FAILED})", before.runs)
        + _forget_runs(connection, FAILED, before.failures)
        + _forget_hours(connection, before.hours)
    )


def shrink(connection: sqlite3.Connection) -> None:
    """Give the space of deleted rows back to the disk."""
    # As a script, because execute() would give back one page only.
    connection.executescript("PRAGMA incremental_vacuum")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _forget_runs(connection: sqlite3.Connection, which: str, before: float) -> int:
    with connection as transaction:
        transaction.execute("DELETE FROM chosen")
        transaction.execute(
            "INSERT INTO chosen SELECT number FROM runs "  # noqa: S608 - literals
            f"WHERE ended_at < ? AND {which} ORDER BY ended_at LIMIT ?",
            (before, BATCH),
        )
        transaction.execute(_SUM_UP, {"hour_s": HOUR_S})
        return transaction.execute("DELETE FROM runs WHERE number IN chosen").rowcount


def _forget_hours(connection: sqlite3.Connection, before: float) -> int:
    with connection as transaction:
        return transaction.execute(_OLD_HOURS, (int(before // HOUR_S), BATCH)).rowcount
