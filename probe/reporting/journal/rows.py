"""Which parts of events are written, as which rows, and how documents become values again."""

import json
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from pydantic import TypeAdapter

from probe.model.claim import Account, Claim, Maintenance, Post
from probe.model.event import (
    Announced,
    Changed,
    Claimed,
    Compared,
    Event,
    IncidentUpdated,
    Observed,
    PageRead,
    Posted,
)
from probe.model.incident import Incident, Transition
from probe.model.run import Run
from probe.reporting.journal.packing import packed

T = TypeVar("T")
Value = str | float | bytes | None
Row = tuple[Value, ...]

KINDS: Final = (
    *(Observed, Changed, IncidentUpdated),
    *(Claimed, Posted, Announced, PageRead, Compared),
)
"""The events that have rows here."""

RUN: Final = TypeAdapter(Run)
TRANSITION: Final = TypeAdapter(Transition)
INCIDENT: Final = TypeAdapter(Incident)
CLAIM: Final = TypeAdapter(Claim)
POST: Final = TypeAdapter(Post)
MAINTENANCE: Final = TypeAdapter(Maintenance)
ACCOUNT: Final = TypeAdapter(Account)

_ADD_RUN: Final = (
    "INSERT INTO runs (service, path, started_at, ended_at, outcome, document) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_ADD_SUCCESS: Final = (
    "INSERT INTO last_successes (service, path, ended_at, credential) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, credential = excluded.credential "
    "WHERE excluded.ended_at > ended_at"
)
_ADD_TRANSITION: Final = (
    "INSERT INTO transitions (service, at, old, new, document) VALUES (?, ?, ?, ?, ?)"
)
_PUT_INCIDENT: Final = (
    "INSERT OR REPLACE INTO incidents (id, service, opened_at, closed_at, worst, document) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_ADD_CLAIM: Final = (
    "INSERT INTO claims (service, component, seen_at, state, document) VALUES (?, ?, ?, ?, ?)"
)
_ADD_POST: Final = "INSERT INTO posts (service, incident, seen_at, document) VALUES (?, ?, ?, ?)"
_ADD_MAINTENANCE: Final = (
    "INSERT INTO maintenances (service, id, seen_at, document) VALUES (?, ?, ?, ?)"
)
_PUT_ACCOUNT: Final = (
    "INSERT OR REPLACE INTO accounts (incident, service, document) VALUES (?, ?, ?)"
)


def writes(events: Sequence[Event]) -> Iterator[tuple[str, list[Row]]]:
    """Statements, each with the rows that it is executed with; other events are not kept."""
    runs = list(_new_runs(events))
    yield _ADD_RUN, [_run(run) for run in runs]
    yield _ADD_SUCCESS, [_success(run) for run in runs if run.outcome.succeeded]
    yield _ADD_TRANSITION, [_transition(e.transition) for e in events if isinstance(e, Changed)]
    yield _PUT_INCIDENT, [_incident(e.incident) for e in events if isinstance(e, IncidentUpdated)]
    yield _ADD_CLAIM, [_claim(e.claim) for e in events if isinstance(e, Claimed)]
    yield _ADD_POST, [_post(e.post) for e in events if isinstance(e, Posted)]
    yield _ADD_MAINTENANCE, [_work(e.maintenance) for e in events if isinstance(e, Announced)]
    accounts = [e.comparison.account for e in events if isinstance(e, Compared)]
    yield _PUT_ACCOUNT, [_account(account) for account in accounts if account is not None]


def _new_runs(events: Sequence[Event]) -> Iterator[Run]:
    for event in events:
        match event:
            case Observed(run=run) | PageRead(run=run, remembered=False):
                yield run


def storable(text: str) -> str:
    """`text` with `?` for what UTF-8 cannot encode: lone surrogates, from bytes read leniently."""
    return text.encode("utf-8", "replace").decode()


def document_of(kind: TypeAdapter[T], value: T) -> str:
    """`value` as JSON, without the fields that are at their default."""
    plain = kind.dump_python(value, exclude_defaults=True, warnings=False)
    return storable(json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=dict))


def _run(run: Run) -> Row:
    key = (storable(run.service), storable(run.path))
    return (*key, run.started_at, run.ended_at, run.outcome, packed(document_of(RUN, run)))


def _success(run: Run) -> Row:
    return (storable(run.service), storable(run.path), run.ended_at, run.credential)


def _transition(transition: Transition) -> Row:
    verdicts = (transition.old, transition.new)
    document = document_of(TRANSITION, transition)
    return (storable(transition.service), transition.at, *verdicts, document)


def _incident(incident: Incident) -> Row:
    key = (storable(incident.id), storable(incident.service))
    times = (incident.opened_at, incident.closed_at)
    return (*key, *times, incident.worst, document_of(INCIDENT, incident))


def _claim(claim: Claim) -> Row:
    key = (storable(claim.service), storable(claim.component))
    return (*key, claim.seen_at, claim.state, document_of(CLAIM, claim))


def _post(post: Post) -> Row:
    key = (storable(post.service), storable(post.incident))
    return (*key, post.seen_at, document_of(POST, post))


def _work(maintenance: Maintenance) -> Row:
    key = (storable(maintenance.service), storable(maintenance.id))
    return (*key, maintenance.seen_at, document_of(MAINTENANCE, maintenance))


def _account(account: Account) -> Row:
    key = (storable(account.incident), storable(account.service))
    return (*key, document_of(ACCOUNT, account))
