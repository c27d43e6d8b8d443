"""The file's layout.

A row holds a whole value (`document`: JSON, compressed for a run) beside the columns that queries
use, so that a field added to the model needs no new column. Some columns are only for people who
open the file by hand: `seconds` and `longest` of hours, `old` and `new` of transitions, `worst` of
incidents, `state` of claims.
"""

from typing import Final

VERSION: Final = 5

FAILED: Final = "outcome NOT IN ('ok', 'slow')"
"""Which runs did not succeed, exactly as their index says it: SQLite uses it for no other words."""

SETTINGS: Final = (
    "PRAGMA auto_vacuum = INCREMENTAL",  # takes effect only before the first page is written
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was reported survives a power cut, not just a kill
)
_VENDORS_WORDS: Final = (
    """CREATE TABLE posts (
        number INTEGER PRIMARY KEY, service TEXT NOT NULL, incident TEXT NOT NULL,
        seen_at REAL NOT NULL, document TEXT NOT NULL)""",
    "CREATE INDEX posts_of_service ON posts (service, seen_at)",
    "CREATE INDEX claims_of_service ON claims (service, seen_at)",
    """CREATE TABLE maintenances (
        number INTEGER PRIMARY KEY, service TEXT NOT NULL, id TEXT NOT NULL,
        seen_at REAL NOT NULL, document TEXT NOT NULL)""",
    "CREATE INDEX maintenances_by_id ON maintenances (service, id, number)",
    """CREATE TABLE accounts (
        incident TEXT PRIMARY KEY, service TEXT NOT NULL, document TEXT NOT NULL)""",
    "CREATE INDEX accounts_of_service ON accounts (service)",
)
"""What the status page says besides its claims, and how that compares with our incidents."""

_LONG_MEMORY: Final = (
    """CREATE TABLE states (
        service TEXT NOT NULL, path TEXT NOT NULL, since REAL NOT NULL, until REAL NOT NULL,
        state TEXT NOT NULL, plane TEXT NOT NULL, critical INTEGER NOT NULL,
        PRIMARY KEY (service, path, since)) WITHOUT ROWID""",
    """CREATE TABLE hours (
        service TEXT NOT NULL, path TEXT NOT NULL, hour INTEGER NOT NULL, outcome TEXT NOT NULL,
        runs INTEGER NOT NULL, seconds REAL NOT NULL, longest REAL NOT NULL,
        PRIMARY KEY (service, path, hour, outcome)) WITHOUT ROWID""",
    "CREATE INDEX hours_by_hour ON hours (hour)",
    "DROP INDEX runs_of_path",
    "CREATE INDEX runs_of_path ON runs (service, path, ended_at, outcome)",
    "DROP INDEX runs_by_end",
    "CREATE INDEX runs_by_end ON runs (ended_at, outcome)",
    f"CREATE INDEX failed_runs ON runs (service, ended_at) WHERE {FAILED}",
)
"""What availability is computed from, kept for ever, and what is left of pruned runs."""

_OUTBOX: Final = (
    """CREATE TABLE outbox (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
        made_at REAL NOT NULL, document TEXT NOT NULL)""",
    """CREATE TABLE told (
        channel TEXT NOT NULL, service TEXT NOT NULL, document TEXT NOT NULL,
        PRIMARY KEY (channel, service)) WITHOUT ROWID""",
)
"""Messages that wait for delivery, and what each channel was last told of each service."""

SCHEMA: Final = (
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY, service TEXT NOT NULL, path TEXT NOT NULL,
        started_at REAL NOT NULL, ended_at REAL NOT NULL, outcome TEXT NOT NULL,
        document TEXT NOT NULL)""",
    "CREATE INDEX runs_of_path ON runs (service, path, ended_at)",
    "CREATE INDEX runs_by_end ON runs (ended_at)",
    """CREATE TABLE last_successes (
        service TEXT NOT NULL, path TEXT NOT NULL, ended_at REAL NOT NULL,
        credential TEXT NOT NULL DEFAULT '', PRIMARY KEY (service, path)) WITHOUT ROWID""",
    """CREATE TABLE transitions (
        number INTEGER PRIMARY KEY, service TEXT NOT NULL, at REAL NOT NULL,
        old TEXT NOT NULL, new TEXT NOT NULL, document TEXT NOT NULL)""",
    "CREATE INDEX transitions_of_service ON transitions (service, at)",
    """CREATE TABLE incidents (
        id TEXT PRIMARY KEY, service TEXT NOT NULL, opened_at REAL NOT NULL, closed_at REAL,
        worst TEXT NOT NULL, document TEXT NOT NULL)""",
    "CREATE INDEX incidents_of_service ON incidents (service, opened_at)",
    """CREATE TABLE claims (
        number INTEGER PRIMARY KEY, service TEXT NOT NULL, component TEXT NOT NULL,
        seen_at REAL NOT NULL, state TEXT NOT NULL, document TEXT NOT NULL)""",
    "CREATE INDEX claims_of_component ON claims (service, component, number)",
    *_VENDORS_WORDS,
    *_LONG_MEMORY,
    *_OUTBOX,
    f"PRAGMA user_version = {VERSION}",
)
UPGRADES: Final = {
    1: (
        "ALTER TABLE last_successes ADD COLUMN credential TEXT NOT NULL DEFAULT ''",
        "PRAGMA user_version = 2",
    ),
    2: (*_VENDORS_WORDS, "PRAGMA user_version = 3"),
    3: (*_LONG_MEMORY, "PRAGMA user_version = 4"),
    4: (*_OUTBOX, "PRAGMA user_version = 5"),
}
"""How a file of each earlier format is upgraded to the next."""
