"""A start on a clock that was set back: what has later times tells nothing of now."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path

import pytest
from configured import acme
from made_incidents import a_transition, an_incident
from made_runs import a_run

from probe.judging.service import begin
from probe.model.clock import Clock
from probe.model.event import Changed, Event, IncidentUpdated, Observed, Reviewed
from probe.model.incident import Move, Sighting, Wave
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult
from probe.model.state import Finding, Plane, State, Verdict
from probe.reporting.journal.store import Journal
from probe.running.remembering.memory import Memory
from probe.running.remembering.rebuilding import remembered
from probe.running.remembering.writer import Writer
from probe.running.restraint.politeness import Politeness

NOW, STEP_S = 1_000_000.0, 86_400.0
SETTINGS = acme({"name": "api", "plane": "data", "interval": 30.0})
(SERVICE,) = SETTINGS.services
(PATH,) = SERVICE.paths
STATUS = begin(SERVICE, NOW).status
NUMBERS = count()


def run(at: float, outcome: Outcome = Outcome.OK, retry_after_s: float | None = None) -> Run:
    step = StepResult(name="one", outcome=outcome, duration_s=0.5, retry_after_s=retry_after_s)
    seen = a_run(id=str(next(NUMBERS)), path="api", plane=Plane.DATA, started_at=at)
    return replace(seen, outcome=outcome, steps=(step,))


def test_runs_of_a_later_time_make_no_path_fresh(journal: Journal) -> None:
    journal.record([Observed(run=run(NOW + STEP_S), status=STATUS)])
    memory = remembered(SERVICE, journal, Politeness(SETTINGS, NOW), NOW)
    assert memory.status.paths[0].state is State.UNKNOWN
    assert memory.judged_at <= NOW


def test_runs_of_before_are_believed_as_ever(journal: Journal) -> None:
    journal.record([Observed(run=run(NOW - 20), status=STATUS)])
    journal.record([Observed(run=run(NOW + STEP_S), status=STATUS)])
    memory = remembered(SERVICE, journal, Politeness(SETTINGS, NOW), NOW)
    assert memory.status.paths[0].state is State.UP


def test_a_wait_that_was_asked_for_at_a_later_time_rests_no_path_for_a_day(
    journal: Journal,
) -> None:
    asked = run(NOW + STEP_S, Outcome.THROTTLED, retry_after_s=300.0)
    journal.record([Observed(run=asked, status=STATUS)])
    politeness = Politeness(SETTINGS, NOW)
    remembered(SERVICE, journal, politeness, NOW)
    assert politeness.spend(SERVICE, PATH, NOW, confirmation=False) is None


def test_a_verdict_of_a_later_time_holds_since_now(journal: Journal) -> None:
    transition = a_transition(at=NOW + STEP_S, new=Verdict.UNKNOWN)
    journal.record([Changed(transition=transition, status=replace(STATUS, since=NOW))])
    memory = remembered(SERVICE, journal, Politeness(SETTINGS, NOW), NOW)
    assert (memory.status.verdict, memory.status.since) == (Verdict.UNKNOWN, NOW)


LATER = NOW + STEP_S
TURN = a_transition(at=LATER, new=Verdict.OUTAGE, first_bad_at=LATER - 5)
INCIDENT = an_incident(
    opened_at=LATER - 5,
    confirmed_at=LATER,
    last_good_at=LATER - 9,
    last_bad_at=LATER + 300,
    worst=Verdict.OUTAGE,
    waves=(Wave(started_at=LATER - 5, ended_at=LATER + 300), Wave(started_at=LATER + 400)),
    transitions=(TURN,),
    findings=(Sighting(finding=Finding.SLOW, at=LATER),),
    moves=(Move(path="api", at=LATER, state=State.DOWN),),
    down_s={"api": 300.0},
)


def times(value: object) -> Iterator[float]:
    """All times that `value` tells of, however deep."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "at" or key.endswith("_at"):
                yield from (each,) if each is not None else ()
            elif key != "down_s":
                yield from times(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from times(each)


@pytest.mark.parametrize("configured", [True, False])
def test_nothing_of_an_open_incident_is_later_than_now(
    journal: Journal, *, configured: bool
) -> None:
    journal.record([IncidentUpdated(incident=INCIDENT, status=STATUS)])
    if configured:
        politeness = Politeness(SETTINGS, NOW)
        incident = remembered(SERVICE, journal, politeness, NOW).status.incident
    else:
        clock = Clock(now=lambda: NOW, monotonic=lambda: NOW)
        (ended,) = Memory(journal, Writer(), clock).unwatched([])
        incident = ended.incident
    assert incident is not None
    assert set(times(asdict(incident))) == {NOW}
    assert incident.down_s == INCIDENT.down_s


def test_an_incident_of_before_is_as_it_was(journal: Journal) -> None:
    journal.record([IncidentUpdated(incident=INCIDENT, status=STATUS)])
    after = LATER + 1000
    assert remembered(SERVICE, journal, Politeness(SETTINGS, after), after).status.incident == (
        INCIDENT
    )


def told_of(state: State, since: float, until: float) -> Event:
    (path,) = STATUS.paths
    path = replace(path, state=state, since=since, fresh_until=until)
    return Reviewed(status=replace(STATUS, paths=(path,)))


def test_states_of_a_later_time_make_room_for_what_is_seen_of_it(tmp_path: Path) -> None:
    file = tmp_path / "stepped.db"
    with closing(Journal.open(file)) as ahead:
        ahead.record([told_of(State.UP, NOW - 1000, NOW + 3600)])
        ahead.record([told_of(State.DOWN, NOW + 1200, NOW + 3000)])
        ahead.record([told_of(State.UP, NOW + 90_000, NOW + 90_090)])
    with closing(Journal.open(file, now=NOW)) as journal:
        journal.record([told_of(State.UNKNOWN, NOW + 10, NOW + 10)])
        journal.record([told_of(State.UP, NOW + 20, NOW + 600)])
        journal.record([told_of(State.DOWN, NOW + 500, NOW + 1000)])
        journal.record([told_of(State.UP, NOW + 900, NOW + 4000)])
        found = [(spell.state, spell.since - NOW) for spell in journal.spells(NOW, NOW + 100_000)]
    assert found == [
        (State.UP, -1000),
        (State.UNKNOWN, 10),
        (State.UP, 20),
        (State.DOWN, 500),
        (State.UP, 900),
        (State.UP, 90_000),
    ]
