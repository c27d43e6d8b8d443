"""States are kept as they were held true: prolonged by evidence, and never over a gap in it."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_runs import a_run
from made_statuses import a_path, a_status

from probe.model.event import Observed, Reviewed
from probe.model.outcome import Outcome
from probe.model.state import Plane, State, Verdict
from probe.model.status import Spell
from probe.reporting.journal.retention import Before
from probe.reporting.journal.store import Journal

PATH = a_path(state=State.UP, since=100.0, fresh_until=190.0)
ALL = ("acme", "login", 1_000_000)
RUN = a_run(started_at=100.0)


def hear(journal: Journal, state: State, since: float, fresh_until: float) -> None:
    path = replace(PATH, state=state, since=since, fresh_until=fresh_until)
    status = a_status(verdict=Verdict.UNKNOWN, paths=(path,))
    journal.record([Reviewed(status=status)])


def kept(journal: Journal, since: float = 0.0, until: float = 1e12) -> list[tuple[object, ...]]:
    found = journal.spells(since, until)
    return [(spell.state, spell.since, spell.until) for spell in found]


def test_a_state_that_goes_on_is_one_row_that_grows(journal: Journal) -> None:
    hear(journal, State.UP, 100.0, 190.0)
    hear(journal, State.UP, 100.0, 220.0)
    assert kept(journal) == [(State.UP, 100.0, 220.0)]


def test_a_change_is_a_new_row(journal: Journal) -> None:
    hear(journal, State.UP, 100.0, 190.0)
    hear(journal, State.DOWN, 130.0, 220.0)
    assert kept(journal) == [(State.UP, 100.0, 190.0), (State.DOWN, 130.0, 220.0)]


def test_a_state_that_returns_after_its_evidence_ended_leaves_the_gap_open(
    journal: Journal,
) -> None:
    hear(journal, State.UP, 100.0, 190.0)
    hear(journal, State.UP, 7300.0, 7390.0)
    assert kept(journal) == [(State.UP, 100.0, 190.0), (State.UP, 7300.0, 7390.0)]


def test_a_path_that_a_reload_made_uncritical_is_down_from_when_it_was(journal: Journal) -> None:
    last = replace(RUN, started_at=399.0, duration_s=1.0)
    critical = replace(PATH, last_run=last, fresh_until=1300.0)
    journal.record([Reviewed(status=a_status(paths=(critical,)))])
    minor = replace(critical, critical=False)
    journal.record([Reviewed(status=a_status(paths=(minor,)))])
    down = replace(minor, state=State.DOWN, since=700.0, fresh_until=1600.0)
    journal.record([Reviewed(status=a_status(paths=(down,)))])
    assert kept(journal) == [
        (State.UP, 100.0, 1300.0),
        (State.UP, 400.0, 1300.0),
        (State.DOWN, 700.0, 1600.0),
    ]


def test_a_path_that_a_reload_made_uncritical_while_unknown_keeps_what_was_known_before(
    journal: Journal,
) -> None:
    last = replace(RUN, started_at=129.0, duration_s=1.0)
    hear(journal, State.UP, 100.0, 190.0)
    unknown = replace(PATH, state=State.UNKNOWN, since=190.0, last_run=last)
    for path in (unknown, replace(unknown, critical=False)):
        journal.record([Reviewed(status=a_status(paths=(path,)))])
    assert kept(journal) == [(State.UP, 100.0, 190.0), (State.UNKNOWN, 190.0, 190.0)]


def test_all_states_of_all_paths_in_one_batch_are_kept(journal: Journal) -> None:
    up, down = PATH, replace(PATH, state=State.DOWN, since=130.0, fresh_until=220.0)
    usage = replace(PATH, path="usage")
    journal.record([Reviewed(status=a_status(paths=(path, usage))) for path in (up, down)])
    assert kept(journal) == [
        (State.UP, 100.0, 190.0),
        (State.DOWN, 130.0, 220.0),
        (State.UP, 100.0, 190.0),
    ]


def test_evidence_that_stands_for_longer_is_not_shortened_by_the_next(journal: Journal) -> None:
    hear(journal, State.UP, 100.0, 400.0)
    hear(journal, State.UP, 100.0, 220.0)
    assert kept(journal) == [(State.UP, 100.0, 400.0)]


def test_a_short_restart_is_no_gap(tmp_path: Path) -> None:
    first = Journal.open(tmp_path / "journal.db")
    hear(first, State.UP, 100.0, 190.0)
    first.close()
    second = Journal.open(tmp_path / "journal.db")
    hear(second, State.UP, 150.0, 240.0)  # a rebuilt memory knows less of the past
    assert kept(second) == [(State.UP, 100.0, 240.0)]
    second.close()


def test_what_a_clock_said_before_it_was_set_back_goes_for_the_path_seen_since_alone(
    tmp_path: Path,
) -> None:
    ahead = replace(PATH, since=1000.0, fresh_until=1090.0)
    others = replace(ahead, service="other"), replace(ahead, path="usage")
    first = Journal.open(tmp_path / "journal.db")
    first.record([Reviewed(status=a_status(paths=(ahead, *others)))])
    first.close()
    second = Journal.open(tmp_path / "journal.db", now=500.0)
    hear(second, State.UP, 500.0, 1050.0)
    found = [(spell.service, spell.path, spell.since) for spell in second.spells(0.0, 1e12)]
    assert found == [("acme", "login", 500), ("acme", "usage", 1000), ("other", "login", 1000)]
    second.close()


def test_a_refused_batch_is_written_when_it_is_offered_again(journal: Journal) -> None:
    hear(journal, State.UP, 100.0, 190.0)
    journal._connection.execute("ALTER TABLE states RENAME TO hidden")
    with pytest.raises(Exception, match="no such table"):
        hear(journal, State.DOWN, 130.0, 220.0)
    journal._connection.execute("ALTER TABLE hidden RENAME TO states")
    hear(journal, State.DOWN, 130.0, 220.0)
    assert kept(journal)[-1] == (State.DOWN, 130.0, 220.0)


def test_a_span_begins_with_the_spell_that_reaches_into_it(journal: Journal) -> None:
    for state, since in ((State.UP, 100.0), (State.DOWN, 200.0), (State.UP, 300.0)):
        hear(journal, state, since, since + 100.0)
    assert kept(journal, 250.0, 300.0) == [(State.DOWN, 200.0, 300.0)]


def test_of_one_service_come_its_own_spells_alone(journal: Journal) -> None:
    hear(journal, State.UP, 100.0, 190.0)
    (own,) = journal.spells(0.0, 1e12, "acme")
    assert own.service == "acme"
    assert journal.spells(0.0, 1e12, "another") == []


def test_a_spell_comes_back_whole(journal: Journal) -> None:
    hear(journal, State.UP, 100.0, 190.0)
    assert journal.spells(0.0, 1e12) == [
        Spell(
            service="acme",
            path="login",
            plane=Plane.CONTROL,
            critical=True,
            state=State.UP,
            since=100.0,
            until=190.0,
        )
    ]


def test_forgotten_runs_stay_as_sums_of_their_hour(journal: Journal) -> None:
    status = a_status(verdict=Verdict.UNKNOWN)
    runs = [replace(RUN, started_at=at, duration_s=took) for at, took in ((3600, 1), (3700, 3))]
    later = [replace(RUN, started_at=7300.0, outcome=Outcome.SERVER_ERROR)]
    journal.record([Observed(run=run, status=status) for run in (*runs, *later)])
    assert journal.prune_page(Before(runs=1e9, failures=0.0, hours=0.0)) == 2
    assert journal.prune_page(Before(runs=1e9, failures=1e9, hours=0.0)) == 1
    query = "SELECT path, hour, outcome, runs, seconds, longest FROM hours ORDER BY hour"
    found = journal._connection.execute(query).fetchall()
    assert found == [("login", 1, "ok", 2, 4.0, 3.0), ("login", 2, "server_error", 1, 0.5, 0.5)]


def test_an_hour_whose_runs_are_forgotten_in_two_rounds_is_one_sum(journal: Journal) -> None:
    status = a_status(verdict=Verdict.UNKNOWN)
    for at, took in ((3600.0, 3.0), (3700.0, 1.0)):
        run = replace(RUN, started_at=at, duration_s=took)
        journal.record([Observed(run=run, status=status)])
        assert journal.prune_page(Before(runs=1e9, failures=1e9, hours=0.0)) == 1
    query = "SELECT hour, runs, seconds, longest FROM hours"
    assert journal._connection.execute(query).fetchall() == [(1, 2, 4.0, 3.0)]


def test_failures_are_kept_longer_than_successes_and_sums_longest(journal: Journal) -> None:
    status = a_status(verdict=Verdict.UNKNOWN)
    failed = replace(RUN, outcome=Outcome.TIMED_OUT)
    journal.record([Observed(run=run, status=status) for run in (RUN, failed)])
    journal.prune_page(Before(runs=1e9, failures=0.0, hours=0.0))
    assert journal.recent_runs(*ALL) == [failed]
    assert journal.prune_page(Before(runs=1e9, failures=1e9, hours=1e9)) == 3
    assert journal._connection.execute("SELECT count(*) FROM hours").fetchone() == (0,)
