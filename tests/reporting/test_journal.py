"""The journal gives back what it was given, and forgets only what it is told to."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import randbytes
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_incidents import a_transition, an_incident
from made_runs import a_run
from made_statuses import a_path, a_status

from probe.model.claim import (
    Account,
    Claim,
    ClaimState,
    Comparison,
    Maintenance,
    Owner,
    Post,
    Stage,
)
from probe.model.event import (
    Announced,
    Changed,
    Claimed,
    Compared,
    IncidentUpdated,
    Observed,
    PageRead,
    Posted,
    Reloaded,
)
from probe.model.incident import Incident, Transition, Wave
from probe.model.outcome import Outcome, Phase
from probe.model.run import Check, Evidence, Hop, Proof, Run, StepResult
from probe.model.state import Plane, State, Verdict
from probe.reporting.journal.retention import Before
from probe.reporting.journal.schema import FAILED
from probe.reporting.journal.store import Journal

STATUS = a_status(verdict=Verdict.UNKNOWN)
ALL = ("acme", "login", 1_000_000)
RUN = a_run(started_at=100.0)
TRANSITION = a_transition(
    at=100.0,
    new=Verdict.CONTROL_PLANE_DOWN,
    reason="login is down",
    causes=("r1", "r2"),
    first_bad_at=90.0,
)
INCIDENT = an_incident(
    id="i1",
    opened_at=90.0,
    confirmed_at=100.0,
    worst=Verdict.CONTROL_PLANE_DOWN,
    waves=(Wave(started_at=90.0),),
    transitions=(TRANSITION,),
    down_s={"login": 12.5},
)
CLAIM = Claim(service="acme", component="page", state=ClaimState.OPERATIONAL, seen_at=100.0)
POST = Post(
    service="acme",
    incident="v1",
    id="u1",
    title="Elevated errors",
    stage=Stage.INVESTIGATING,
    seen_at=100.0,
)
WORK = Maintenance(service="acme", id="m1", title="Move", stage=Stage.SCHEDULED, seen_at=100.0)

seconds = st.floats(min_value=0, max_value=1e10)
phases = st.dictionaries(st.sampled_from(Phase), seconds)
checks = st.builds(Check, name=st.text(), passed=st.booleans(), expected=st.text())
hops = st.builds(Hop, url=st.text(), status=st.none() | st.integers(100, 599), phases=phases)
evidence = st.builds(
    Evidence,
    status=st.none() | st.integers(100, 599),
    headers=st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    excerpt=st.text(),
    checks=st.lists(checks, max_size=2).map(tuple),
    error=st.text(),
)
steps = st.builds(
    StepResult,
    name=st.text(),
    outcome=st.sampled_from(Outcome),
    duration_s=seconds,
    phases=phases,
    failed_phase=st.none() | st.sampled_from(Phase),
    hops=st.lists(hops, max_size=2).map(tuple),
    retry_after_s=st.none() | st.floats(min_value=0),
    certificate_expires_at=st.none() | seconds,
    evidence=evidence,
)
runs = st.builds(
    Run,
    service=st.just("any"),
    started_at=seconds,
    duration_s=seconds,
    failed_step=st.none() | st.text(),
    steps=st.lists(steps, max_size=3).map(tuple),
)
transitions = st.builds(
    Transition,
    service=st.just("any"),
    at=seconds,
    causes=st.lists(st.text(), max_size=3).map(tuple),
    first_bad_at=st.none() | seconds,
)
waves = st.builds(Wave, started_at=seconds, ended_at=st.none() | seconds)
incidents = st.builds(
    Incident,
    opened_at=seconds,
    confirmed_at=seconds,
    last_good_at=st.none() | seconds,
    last_bad_at=st.none() | seconds,
    waves=st.lists(waves, max_size=3).map(tuple),
    transitions=st.lists(transitions, max_size=3).map(tuple),
    down_s=st.dictionaries(st.text(), seconds),
    closed_at=st.just(None),
)
numbers = count()


def observed(*of: Run) -> list[Observed]:
    return [Observed(run=run, status=STATUS) for run in of]


def updated(*of: Incident) -> list[IncidentUpdated]:
    return [IncidentUpdated(incident=incident, status=STATUS) for incident in of]


def before(at: float) -> Before:
    return Before(runs=at, failures=at, hours=0.0)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    opened = Journal.open(tmp_path_factory.mktemp("shelf") / "journal.db")
    opened._connection.execute("PRAGMA synchronous = OFF")  # hundreds of examples, none precious
    yield opened
    opened.close()


@given(run=runs)
def test_any_run_comes_back_as_it_was(shelf: Journal, run: Run) -> None:
    run = replace(run, path=f"p{next(numbers)}")
    shelf.record(observed(run))
    assert shelf.recent_runs(run.service, run.path, 2) == [run]


@given(incident=incidents, transition=transitions)
def test_any_incident_and_transition_come_back_as_they_were(
    shelf: Journal, incident: Incident, transition: Transition
) -> None:
    service = f"s{next(numbers)}"
    incident = replace(incident, id=service, service=service)
    transition = replace(transition, service=service)
    shelf.record([*updated(incident), Changed(transition=transition, status=STATUS)])
    assert shelf.incidents(service=service) == [incident]
    assert shelf.open_incident(service) == incident
    assert shelf.last_transition(service) == transition


def test_a_frozen_mapping_is_kept_like_any_other(journal: Journal) -> None:
    frozen = replace(INCIDENT, down_s=MappingProxyType({"login": 1.0}))
    journal.record(updated(frozen))
    assert journal.incidents() == [frozen]


def test_hostile_text_is_kept_and_harms_nothing(journal: Journal) -> None:
    text = "'; DROP TABLE runs; --\0\x1b[2J\u202e\N{PILE OF POO}"
    step = StepResult(
        name=text, outcome=Outcome.OK, duration_s=0.1, evidence=Evidence(excerpt=text)
    )
    run = replace(RUN, id=text, service=text, path=text, note=text, steps=(step,))
    journal.record(observed(run))
    assert journal.recent_runs(text, text, 9) == [run]


def test_bytes_that_were_no_utf8_are_kept_as_question_marks(journal: Journal) -> None:
    broken = b"caf\xe9".decode("utf-8", "surrogateescape")
    run = replace(RUN, service=broken, note=broken)
    claim = replace(CLAIM, component=broken, words=broken)
    journal.record([*observed(run), *updated(replace(INCIDENT, id=broken)), Claimed(claim=claim)])
    assert [run.note for run in journal.recent_runs(broken, "login", 9)] == ["caf?"]
    assert [claim.words for claim in journal.claims("acme")] == ["caf?"]


def test_recent_runs_are_the_newest_of_one_path_in_the_order_of_their_ends(
    journal: Journal,
) -> None:
    mine = [replace(RUN, id=str(n), started_at=float(n)) for n in range(5)]
    others = [replace(RUN, path="usage"), replace(RUN, service="other")]
    journal.record(observed(*reversed(mine), *others))
    assert journal.recent_runs("acme", "login", 3) == mine[2:]


@pytest.mark.parametrize("outcome", Outcome)
def test_what_the_journal_takes_for_failed_did_not_succeed(outcome: Outcome) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        query = f"SELECT {FAILED} FROM (SELECT ? AS outcome)"  # noqa: S608 - a literal
        assert connection.execute(query, (outcome,)).fetchone() == (not outcome.succeeded,)


def test_the_last_success_is_the_newest_ok_or_slow_run(journal: Journal) -> None:
    journal.record(
        observed(
            replace(RUN, started_at=200.0, outcome=Outcome.SLOW, credential="new"),
            replace(RUN, started_at=100.0, credential="old"),
            replace(RUN, started_at=300.0, outcome=Outcome.TIMED_OUT),
        )
    )
    assert journal.last_success("acme", "login") == Proof(credential="new", at=200.5)
    assert journal.last_success("acme", "usage") is None


def test_an_incident_is_replaced_by_its_later_self(journal: Journal) -> None:
    closed = replace(INCIDENT, closed_at=500.0)
    journal.record(updated(INCIDENT, replace(INCIDENT, last_bad_at=110.0)))
    assert journal.open_incident("acme") == replace(INCIDENT, last_bad_at=110.0)
    journal.record(updated(closed))
    assert journal.open_incident("acme") is None
    assert journal.incidents() == [closed]


def test_incidents_are_newest_first_and_limited(journal: Journal) -> None:
    kept = [replace(INCIDENT, id=str(n), opened_at=float(n)) for n in range(3)]
    other = replace(INCIDENT, id="other", service="other", opened_at=9.0)
    journal.record(updated(*kept, other))
    assert journal.incidents(service="acme", limit=2) == [kept[2], kept[1]]
    assert journal.incidents(limit=2) == [other, kept[2]]


def test_the_last_transition_is_the_services_newest(journal: Journal) -> None:
    later = replace(TRANSITION, at=200.0)
    foreign = replace(TRANSITION, at=300.0, service="other")
    journal.record(
        [Changed(transition=each, status=STATUS) for each in (later, TRANSITION, foreign)]
    )
    assert journal.last_transition("acme") == later
    assert journal.last_transition("nobody") is None


def test_claims_are_the_newest_of_each_component(journal: Journal) -> None:
    login = replace(CLAIM, component="login", state=ClaimState.MAJOR_OUTAGE, bears_at=90.0)
    news = replace(CLAIM, state=ClaimState.PARTIAL_OUTAGE, seen_at=200.0, words="we look into it")
    journal.record([Claimed(claim=each) for each in (CLAIM, login, news)])
    assert journal.claims("acme") == [login, news]
    assert journal.claims("other") == []


def test_the_words_of_a_span_are_read_in_the_order_of_their_reading(journal: Journal) -> None:
    claims = [replace(CLAIM, seen_at=at, bears_at=at - 70) for at in (90.0, 100.0, 200.0)]
    posts = [replace(POST, id=f"u{at:g}", seen_at=at, bears_at=at - 70) for at in (90.0, 150.0)]
    journal.record([*(Claimed(claim=c) for c in claims), *(Posted(post=p) for p in posts)])
    assert journal.words("acme") == (claims, posts)
    assert journal.words("acme", since=95.0, until=150.0) == ([claims[1]], [posts[1]])
    assert journal.words("acme", limit=1) == ([claims[2]], [posts[1]])
    assert journal.words("other") == ([], [])


def test_maintenances_are_the_last_word_on_each(journal: Journal) -> None:
    other = replace(WORK, id="m2", starts_at=50.0, components=("api",))
    begun = replace(WORK, stage=Stage.IN_PROGRESS, seen_at=300.0)
    journal.record([Announced(maintenance=each) for each in (WORK, other, begun)])
    assert journal.maintenances("acme") == [other, begun]


def test_own_windows_are_no_words_of_the_vendors(journal: Journal) -> None:
    own = replace(WORK, whose=Owner.OURS)
    journal.record([Announced(maintenance=each) for each in (WORK, own)])
    assert journal.maintenances("acme") == [WORK]


def test_announcements_are_all_words_on_what_may_last_longer(journal: Journal) -> None:
    lasting = replace(WORK, starts_at=200.0, ends_at=300.0)
    ended = replace(lasting, stage=Stage.COMPLETED, seen_at=250.0, ends_at=None)
    own = replace(lasting, id="weekly", whose=Owner.OURS, paths=("login",), spares=True)
    past = replace(lasting, id="m0", ends_at=220.0)
    others = replace(lasting, service="other")
    told = [lasting, past, own, ended, others, WORK]
    journal.record([Announced(maintenance=each) for each in told])
    assert journal.announcements("acme", 220.0) == [lasting, own, ended, WORK]
    assert journal.announcements("acme", 300.0) == []


def test_what_others_were_announced_costs_a_question_about_one_nothing(journal: Journal) -> None:
    def work_of_asking() -> int:
        """How often SQLite looked up while it worked: once in 100 of its instructions."""
        looks = count()
        journal._connection.set_progress_handler(lambda: next(looks) and 0, 100)
        assert journal.announcements("acme", 150.0) == [ours]
        journal._connection.set_progress_handler(None, 0)
        return next(looks)

    ours = replace(WORK, starts_at=200.0, ends_at=300.0)
    journal.record([Announced(maintenance=ours)])
    alone = work_of_asking()
    others = (replace(ours, service=f"s{n % 10}", id=f"nightly@{n}") for n in range(3_000))
    journal.record([Announced(maintenance=each) for each in others])
    assert work_of_asking() <= alone + 1


def test_an_incident_has_one_account_the_newest(journal: Journal) -> None:
    first = Account(service="acme", incident="i1")
    told = replace(first, acknowledged_at=120.0, lead_s=20.0)
    journal.record(
        [
            Compared(comparison=Comparison(service="acme", account=account))
            for account in (first, None, told)
        ]
    )
    assert journal.accounts("acme") == [told]


def test_the_reading_of_a_status_page_is_kept_like_any_run(journal: Journal) -> None:
    run = replace(RUN, path="status_page", plane=Plane.VENDOR)
    status = a_path(path="status_page", plane=Plane.VENDOR, critical=False, state=State.UP)
    journal.record([PageRead(run=run, status=status)])
    journal.record([PageRead(run=run, status=status, remembered=True)])  # as after a restart
    assert journal.recent_runs("acme", "status_page", 5) == [run]


def test_events_that_nobody_asks_for_later_leave_no_trace(journal: Journal) -> None:
    journal.record([Reloaded(at=1.0, successful=True)])
    journal.record([])
    assert journal.recent_runs(*ALL) == []


def test_everything_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    first = Journal.open(tmp_path / "journal.db")
    first.record([*observed(RUN), *updated(INCIDENT), Claimed(claim=CLAIM)])
    first.close()
    second = Journal.open(tmp_path / "journal.db")
    assert second.recent_runs(*ALL) == [RUN]
    assert second.open_incident("acme") == INCIDENT
    assert second.claims("acme") == [CLAIM]
    second.close()


def test_pruning_forgets_raw_runs_and_nothing_else(journal: Journal) -> None:
    young = replace(RUN, id="young", started_at=1000.0, outcome=Outcome.TIMED_OUT)
    change = Changed(transition=TRANSITION, status=STATUS)
    journal.record([*observed(RUN, young), change, *updated(INCIDENT), Claimed(claim=CLAIM)])
    assert journal.prune_page(before(500.0)) == 1
    assert journal.recent_runs(*ALL) == [young]
    assert journal.last_success("acme", "login") == Proof(credential="", at=RUN.ended_at)
    assert journal.last_transition("acme") == TRANSITION
    assert journal.incidents() == [INCIDENT]
    assert journal.claims("acme") == [CLAIM]


def test_the_file_shrinks_when_it_is_pruned(tmp_path: Path, journal: Journal) -> None:
    file = tmp_path / "journal.db"
    journal.record(observed(*(replace(RUN, note=randbytes(500).hex()) for _ in range(2500))))
    journal.shrink()  # moves the write-ahead log into the file
    full = file.stat().st_size
    pages = iter(lambda: journal.prune_page(before(1e12)), 0)
    assert sum(pages) == 2500
    journal.shrink()
    assert file.stat().st_size < full / 10
