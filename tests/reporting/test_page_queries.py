"""The past can be asked while it is being written, and every answer is bounded."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from made_incidents import an_incident
from web_stage import NOW, failed, path, run, status

from probe.model.claim import Account, Claim, ClaimState, Comparison, Maintenance, Post, Stage
from probe.model.event import (
    Announced,
    Claimed,
    Compared,
    Event,
    IncidentUpdated,
    Observed,
    PageRead,
    Posted,
)
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane, State, Verdict
from probe.reporting.journal.errors import JournalError, explained
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.retention import Before
from probe.reporting.journal.store import Journal
from probe.reporting.web.incident_page import recalled

STATUS = status(Verdict.HEALTHY, path())
INCIDENT = an_incident(
    opened_at=NOW - 720, confirmed_at=NOW - 700, worst=Verdict.OUTAGE, down_s={"login": 20.0}
)


def observed(*runs: Run) -> list[Event]:
    return [Observed(run=each, status=STATUS) for each in runs]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal of today?.db")
    yield opened
    opened.close()


@pytest.fixture
def past(journal: Journal, tmp_path: Path) -> Iterator[PageQueries]:
    journal.record([])
    with closing(PageQueries.open(tmp_path / "journal of today?.db")) as opened:
        yield opened


def test_what_was_just_written_is_read(journal: Journal, past: PageQueries) -> None:
    assert past.incident("acme-1") is None
    journal.record([IncidentUpdated(incident=INCIDENT, status=STATUS)])
    assert past.incident("acme-1") == INCIDENT
    assert past.incidents(limit=10) == [INCIDENT]
    assert past.incidents(limit=0) == []


def test_a_document_that_makes_no_sense_is_an_error_of_the_journal(
    journal: Journal, past: PageQueries
) -> None:
    journal.record([*observed(failed()), IncidentUpdated(incident=INCIDENT, status=STATUS)])
    with journal._connection as transaction:
        transaction.execute("UPDATE runs SET document = '{}'")
        transaction.execute("UPDATE incidents SET document = '{}'")
    with pytest.raises(JournalError, match="a row does not read as Incident"):
        past.incident("acme-1")
    with pytest.raises(JournalError, match="a row does not read as Run"):
        past.failures("acme", "login", 0.0, 10)


def test_an_outcome_that_makes_no_sense_is_an_error_of_the_journal(
    journal: Journal, past: PageQueries, tmp_path: Path
) -> None:
    journal.record(observed(failed()))
    with journal._connection as transaction:
        transaction.execute("INSERT INTO states VALUES ('acme', 'login', 1, 2, 'up', 'control', 1)")
        transaction.execute("UPDATE runs SET outcome = 'sideways'")
        transaction.execute("INSERT INTO hours VALUES ('acme', 'login', 0, 'sideways', 1, 1, 1)")
    with pytest.raises(JournalError, match="sideways"):
        past.tally("acme", 0.0, 2 * NOW, 4)
    with pytest.raises(JournalError, match="sideways"):
        past.hours("acme", 0.0, NOW)
    with (
        closing(ReportQueries.open(tmp_path / "journal of today?.db")) as report,
        pytest.raises(JournalError, match="sideways"),
    ):
        report.outcomes("acme", 0.0, 2 * NOW)


def test_a_report_counts_no_readings_of_the_vendors_page(journal: Journal, tmp_path: Path) -> None:
    bad = replace(failed(), id="page", path="status_page", plane=Plane.VENDOR)
    reading = replace(path(), path="status_page", plane=Plane.VENDOR)
    journal.record([*observed(failed()), PageRead(run=bad, status=reading)])
    with journal._connection as transaction:
        for name in ("login", "status_page"):
            row = ("acme", name, NOW // 3600 - 1, "timed_out", 2, 1.0, 1.0)
            transaction.execute("INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    with closing(ReportQueries.open(tmp_path / "journal of today?.db")) as report:
        counts = report.outcomes("acme", 0.0, 2 * NOW)
        assert counts == {"login": {Outcome.SERVER_ERROR: 1, Outcome.TIMED_OUT: 2}}
        assert report.failures("acme", 0.0, 2 * NOW, 9) == [failed()]


def test_a_report_counts_the_runs_of_its_time_and_forgotten_ones_by_whole_hours(
    journal: Journal, tmp_path: Path
) -> None:
    hour = NOW // 3600 * 3600
    moments = (hour - 1, hour, hour + 599, hour + 600)
    bad = [replace(failed(), id=str(at), started_at=at, duration_s=0.0) for at in moments]
    journal.record(observed(*bad))
    with journal._connection as transaction:
        for number in (-1, 0, 1):
            row = ("acme", "login", hour // 3600 + number, "timed_out", 2, 1.0, 1.0)
            transaction.execute("INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    with closing(ReportQueries.open(tmp_path / "journal of today?.db")) as report:
        counts = report.outcomes("acme", hour, hour + 600)
        assert counts == {"login": {Outcome.SERVER_ERROR: 2, Outcome.TIMED_OUT: 2}}
        assert report.failures("acme", hour, hour + 600, 9) == bad[1:3]
        assert report.failures("acme", hour, hour + 600, 1) == bad[1:2]


def test_an_incident_shows_what_the_vendor_said_in_it_though_it_was_read_much_later(
    journal: Journal, past: PageQueries
) -> None:
    began_at = INCIDENT.opened_at
    said = Post(
        service="acme",
        incident="v1",
        id="first",
        title="Login errors",
        stage=Stage.INVESTIGATING,
        seen_at=NOW + 7200,
        bears_at=began_at + 60,
        began_at=began_at,
        ours=True,
    )
    claim = Claim(
        service="acme",
        component="page",
        state=ClaimState.MAJOR_OUTAGE,
        seen_at=NOW + 7200,
        bears_at=began_at + 60,
    )
    later = replace(claim, seen_at=NOW + 7300, bears_at=NOW + 7300)
    ended = replace(INCIDENT, closed_at=NOW)
    told: list[Event] = [IncidentUpdated(incident=ended, status=STATUS), Posted(post=said)]
    journal.record([*told, Claimed(claim=claim), Claimed(claim=later)])
    history = recalled(past, ended, NOW + 8000)
    assert (history.posts, history.claims) == ([said], [claim])


def test_it_is_read_while_a_write_has_not_ended(journal: Journal, past: PageQueries) -> None:
    journal.record(observed(run(ago=30)))
    with journal._connection as transaction:
        transaction.execute("DELETE FROM runs")
        assert past.recent_runs("acme", "login", 10) == [run(ago=30)]
    assert past.recent_runs("acme", "login", 10) == []


def test_the_newest_runs_come_oldest_first_and_failures_newest_first(
    journal: Journal, past: PageQueries
) -> None:
    fine = [run(ago=ago) for ago in (90, 60)]
    bad = [replace(failed(), id=str(ago), started_at=NOW - ago) for ago in (50, 40, 30)]
    journal.record(observed(*fine, *bad))
    assert past.recent_runs("acme", "login", 4) == [fine[1], *bad]
    assert past.failures("acme", "login", NOW - 45, 9) == [bad[2], bad[1]]
    assert past.failures("acme", "login", 0, 1) == [bad[2]]
    assert past.failures("acme", "api", 0, 9) == []


def test_each_way_of_failing_is_told_by_its_first_run_and_counted(
    journal: Journal, past: PageQueries
) -> None:
    bad = [replace(failed(), id=str(ago), started_at=NOW - ago) for ago in (50, 40, 30)]
    hung = replace(failed(path="api"), outcome=Outcome.TIMED_OUT)
    journal.record(observed(run(), *bad, hung, replace(failed(), service="zeta")))
    assert past.ways_of_failing("acme", 0, NOW) == [(bad[0], 3), (hung, 1)]
    assert past.ways_of_failing("acme", NOW - 45, NOW - 35) == [(bad[1], 1)]


def test_outcomes_are_counted_in_columns_of_equal_time(journal: Journal, past: PageQueries) -> None:
    at = [replace(run(), started_at=NOW - ago, duration_s=0.0) for ago in (100, 99, 50, 1, 0)]
    journal.record(observed(*at, replace(failed(), started_at=NOW - 98)))
    tally = past.tally("acme", NOW - 100, NOW, 2)
    assert tally == {
        "login": [Counter({Outcome.OK: 2, Outcome.SERVER_ERROR: 1}), Counter({Outcome.OK: 2})]
    }


def test_forgotten_runs_are_told_by_the_hour(journal: Journal, past: PageQueries) -> None:
    hour = NOW // 3600 * 3600
    at = [replace(run(), started_at=hour - ago, duration_s=0.0) for ago in (3700, 1800, 900, -60)]
    journal.record(observed(*at, replace(failed(), started_at=hour - 600)))
    journal.prune_page(Before(runs=hour, failures=hour, hours=0.0))
    assert past.hours("acme", hour - 3600, NOW) == {
        "login": [(hour - 3600, Counter({Outcome.OK: 2, Outcome.SERVER_ERROR: 1}))]
    }
    assert past.hours("acme", hour - 3601, NOW)["login"][0] == (
        hour - 7200,
        Counter({Outcome.OK: 1}),
    )
    assert past.hours("other", 0.0, NOW) == {}


def test_the_vendors_words_and_their_account_are_found(journal: Journal, past: PageQueries) -> None:
    said = Claim(service="acme", component="web", state=ClaimState.MAJOR_OUTAGE, seen_at=NOW)
    account = Account(service="acme", incident="acme-1", lead_s=60.0)
    comparison = Comparison(service="acme", account=account)
    journal.record([Claimed(claim=said), Compared(comparison=comparison)])
    assert past.words("acme", since=NOW - 1, until=NOW) == ([said], [])
    assert past.words("acme", until=NOW - 1) == ([], [])
    assert past.account("acme-1") == account
    assert past.account("acme-2") is None
    assert past.accounts_of(["acme-2", "acme-1"]) == {"acme-1": account}
    assert past.accounts_of([]) == {}


def test_the_states_of_the_paths_are_told_as_they_were_held(
    journal: Journal, past: PageQueries
) -> None:
    assert past.spells(0, NOW) == []
    journal.record(observed(run()))
    (spell,) = past.spells(0, NOW)
    assert (spell.path, spell.state, spell.since) == ("login", State.UP, NOW - 720)
    assert past.spells(0, NOW - 721) == []


def test_windows_of_maintenance_are_found_by_the_time_that_they_reach_into(
    journal: Journal, past: PageQueries
) -> None:
    work = Maintenance(
        service="acme",
        id="m1",
        title="Move",
        stage=Stage.SCHEDULED,
        seen_at=NOW - 900,
        starts_at=NOW - 600,
        ends_at=NOW - 300,
    )
    others = replace(work, service="other", starts_at=NOW - 100, ends_at=NOW + 100)
    done = replace(work, stage=Stage.COMPLETED, seen_at=NOW - 400)
    journal.record([Announced(maintenance=each) for each in (work, others, done)])
    found = past.windows(NOW - 700, NOW)
    assert [(each.service, each.since, each.until) for each in found] == [
        ("acme", NOW - 600, NOW - 400),
        ("other", NOW - 100, NOW + 100),
    ]
    assert [each.service for each in past.windows(NOW - 400, NOW)] == ["other"]
    assert past.windows(NOW - 900, NOW - 600) == []


def test_a_reader_cannot_write(past: PageQueries) -> None:
    with pytest.raises(JournalError, match="readonly"), explained(past._file):
        past._connection.execute("DELETE FROM runs")


def test_a_missing_file_is_told_and_not_begun(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="unable to open"):
        PageQueries.open(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
