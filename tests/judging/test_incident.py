"""How an incident opens, grows and closes."""

from dataclasses import replace

import pytest
from made_incidents import a_transition, an_incident
from made_runs import a_run
from made_statuses import a_path, a_status

from probe.judging.incident import (
    Onset,
    accounted,
    closed,
    deserted,
    moved,
    not_after,
    noticed,
    opened,
    quiet,
    shown,
    turned,
)
from probe.model.incident import Incident, Move, Sighting, Transition, Wave
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Finding, State, Verdict
from probe.model.status import PathStatus

INCIDENT = an_incident(
    opened_at=100.0,
    confirmed_at=110.0,
    last_bad_at=150.0,
    worst=Verdict.OUTAGE,
    waves=(Wave(started_at=100.0),),
)
FAILURE = a_run(started_at=100.0, outcome=Outcome.TIMED_OUT, failed_step="submit")


def path(name: str, state: State, since: float = 100.0, failure: Run | None = None) -> PathStatus:
    return a_path(path=name, state=state, since=since, last_failure=failure, fresh_until=200.0)


def change(new: Verdict, at: float = 300.0) -> Transition:
    return a_transition(at=at, new=new)


def test_an_incident_is_named_by_its_service_and_its_first_bad_run() -> None:
    onset = Onset(first_bad_at=100.25, last_good_at=70.0)
    begun = opened(change(Verdict.DEGRADED), onset)
    assert (begun.id, begun.opened_at, begun.last_good_at) == ("acme-100250", 100.25, 70.0)
    assert (begun.confirmed_at, begun.last_bad_at, begun.worst) == (300.0, 300.0, Verdict.DEGRADED)


def test_what_was_unknown_before_an_incident_is_so_from_its_beginning_on() -> None:
    (move,) = moved(INCIDENT, [path("usage", State.UNKNOWN, since=20.0)]).moves
    assert (move.path, move.at) == ("usage", 100.0)


@pytest.mark.parametrize(
    ("since", "until", "seconds"),
    [(150, 160, 15), (159.5, 160, 5.5), (190, 300, 15), (200, 300, 5), (250, 300, 5)],
)
def test_a_path_is_down_as_long_as_its_evidence_is_fresh(
    since: float, until: float, seconds: float
) -> None:
    known = replace(INCIDENT, down_s={"login": 5.0})
    paths = [path("login", State.DOWN), path("usage", State.IMPAIRED)]
    assert accounted(known, paths, since, until).down_s == {"login": seconds}


def test_a_signature_is_the_worst_verdict_and_all_that_was_down() -> None:
    paths = [path("usage", State.DOWN), path("login", State.DOWN), path("api", State.UP)]
    grown = accounted(INCIDENT, paths, 150, 160)
    assert grown.signature == "outage: login usage"
    assert grown.down_s == {"login": 10, "usage": 10}
    assert closed(replace(grown, signature=""), 900.0).signature == "outage: login usage"


def test_an_incident_ends_with_its_last_bad_run_where_one_is_known() -> None:
    ended = closed(INCIDENT, 900.0)
    assert (ended.closed_at, ended.settled_at) == (150.0, 900.0)
    assert closed(replace(INCIDENT, last_bad_at=None), 900.0).closed_at == 900.0


@pytest.mark.parametrize(
    ("before", "new", "worst"),
    [
        (Verdict.DEGRADED, Verdict.OUTAGE, Verdict.OUTAGE),
        (Verdict.OUTAGE, Verdict.DEGRADED, Verdict.OUTAGE),
        (Verdict.DATA_PLANE_DOWN, Verdict.CONTROL_PLANE_DOWN, Verdict.CONTROL_PLANE_DOWN),
        (Verdict.DEGRADED, Verdict.UNKNOWN, Verdict.DEGRADED),
    ],
)
def test_an_incident_keeps_the_worst_of_its_verdicts(
    before: Verdict, new: Verdict, worst: Verdict
) -> None:
    first, second = change(before), change(new)
    grown = turned(replace(INCIDENT, worst=before, transitions=(first,)), second, None)
    assert (grown.worst, grown.transitions) == (worst, (first, second))


def test_a_wave_ends_with_its_last_bad_run_and_the_next_begins_with_its_first() -> None:
    calm = turned(INCIDENT, change(Verdict.HEALTHY), None)
    assert calm.waves == (Wave(started_at=100.0, ended_at=150.0),)
    assert turned(calm, change(Verdict.UNKNOWN), None).waves == calm.waves
    for onset, began in ((280.0, 280.0), (120.0, 150.0), (None, 300.0)):
        first_bad = None if onset is None else Onset(first_bad_at=onset, last_good_at=None)
        again = turned(calm, change(Verdict.DEGRADED), first_bad)
        assert again.waves == (*calm.waves, Wave(started_at=began))
        assert turned(again, change(Verdict.OUTAGE, at=400.0), first_bad).waves == again.waves


@pytest.mark.parametrize(
    ("state", "failure", "reason"),
    [
        (State.DOWN, FAILURE, "timed_out at submit"),
        (State.DOWN, replace(FAILURE, failed_step=None), "timed_out"),
        (State.UNKNOWN, FAILURE, "no fresh evidence"),
        (State.UNKNOWN, None, ""),
        (State.UP, FAILURE, ""),
    ],
)
def test_a_state_is_explained_by_what_was_seen_last(
    state: State, failure: Run | None, reason: str
) -> None:
    assert shown(path("login", state, failure=failure)) == reason


def test_a_finding_is_noticed_when_it_first_shows() -> None:
    seen = noticed(INCIDENT, {Finding.SLOW, Finding.AUTH_CASCADE}, 120.0)
    later = noticed(seen, {Finding.SLOW, Finding.BLIND}, 130.0)
    assert later.findings == (
        Sighting(finding=Finding.AUTH_CASCADE, at=120.0),
        Sighting(finding=Finding.SLOW, at=120.0),
        Sighting(finding=Finding.BLIND, at=130.0),
    )


def test_a_path_in_trouble_that_is_taken_away_is_unknown_from_then_on() -> None:
    paths = [path("login", State.DOWN), path("usage", State.IMPAIRED), path("api", State.UNKNOWN)]
    known = moved(INCIDENT, paths)
    gone = {"login": 160.0, "usage": 90.0, "api": 160.0, "count": 160.0}
    assert deserted(known, gone).moves[len(known.moves) :] == (
        Move(path="login", at=160.0, state=State.UNKNOWN, reason="it is watched no more"),
        Move(path="usage", at=100.0, state=State.UNKNOWN, reason="it is watched no more"),
    )
    assert deserted(known, gone).moves[: len(known.moves)] == known.moves
    assert deserted(known, {"api": 160.0}) == known


def test_no_time_of_an_incident_is_later_than_the_clock() -> None:
    def told(at: float) -> Incident:
        """An incident of which all that came after `at` is said to have been then."""
        return replace(
            INCIDENT,
            opened_at=min(100.0, at),
            confirmed_at=min(110.0, at),
            last_good_at=min(90.0, at),
            last_bad_at=min(150.0, at),
            waves=(
                Wave(started_at=min(100.0, at), ended_at=min(120.0, at)),
                Wave(started_at=min(140.0, at)),
            ),
            transitions=(
                replace(change(Verdict.OUTAGE, min(110.0, at)), first_bad_at=min(100.0, at)),
                change(Verdict.HEALTHY, min(130.0, at)),
            ),
            findings=(Sighting(finding=Finding.SLOW, at=min(115.0, at)),),
            moves=(Move(path="login", at=min(112.0, at), state=State.DOWN),),
        )

    for now in (1000.0, 135.0, 105.0, 50.0):
        assert not_after(told(1e9), now) == told(now)
    assert not_after(replace(INCIDENT, last_bad_at=None), 50.0).last_bad_at is None


@pytest.mark.parametrize(
    ("verdict", "since", "over"),
    [
        (Verdict.HEALTHY, 400.0, True),
        (Verdict.HEALTHY, 401.0, False),
        (Verdict.UNKNOWN, 100.0, False),
        (Verdict.DEGRADED, 100.0, False),
    ],
)
def test_only_a_long_enough_health_ends_an_incident(
    verdict: Verdict, since: float, *, over: bool
) -> None:
    status = a_status(verdict=verdict, since=since)
    assert quiet(INCIDENT, status, 1000.0, 600.0) is over
    assert not quiet(closed(INCIDENT, 900.0), status, 1000.0, 600.0)
