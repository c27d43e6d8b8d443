"""A start after a kill: states, their times and the open incident are what they were."""

import random
from collections.abc import Iterator
from itertools import count

import pytest
from configured import acme
from made_runs import a_run

from probe.judging.service import Judgement, ServiceMemory, begin, is_proven, judge
from probe.model.event import Changed, Event, IncidentUpdated, Observed
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane, State
from probe.reporting.journal.retention import Before
from probe.reporting.journal.store import Journal
from probe.running.remembering.rebuilding import REMEMBERED_RUNS, remembered
from probe.running.restraint.politeness import Politeness

pytestmark = pytest.mark.unwatched  # hundreds of runs go the way of a few
EVERY_S = 30.0
PATHS = [
    {"name": "login", "plane": "control", "interval": EVERY_S},
    {"name": "api", "plane": "data", "interval": EVERY_S},
]
SETTINGS = acme(*PATHS)
(SERVICE,) = SETTINGS.services
NUMBERS = count()


def run(path: str, at: float, outcome: Outcome) -> Run:
    plane = Plane.CONTROL if path == "login" else Plane.DATA
    number = str(next(NUMBERS))
    return a_run(id=number, path=path, plane=plane, started_at=at, duration_s=0.0, outcome=outcome)


def told(judgement: Judgement, seen: Run) -> Iterator[Event]:
    """What the journal gets of a run; an incident that merely grows it gets once a minute."""
    status = judgement.memory.status
    yield Observed(run=seen, status=status)
    if judgement.transition is not None:
        yield Changed(transition=judgement.transition, status=status)
    if judgement.incident is not None:
        yield IncidentUpdated(incident=judgement.incident, status=status)


def watched(journal: Journal, login: list[bool]) -> ServiceMemory:
    """What a process knows that saw `login` fail and succeed in that order, beside a good API."""
    memory, now, events = begin(SERVICE, 0.0), 0.0, list[Event]()
    for good in login:
        for path, outcome in (("api", True), ("login", good)):
            now += EVERY_S / 2
            seen = run(path, now, Outcome.OK if outcome else Outcome.SERVER_ERROR)
            judgement = judge(memory, seen, fresh_until=now + 3 * EVERY_S)
            events += told(judgement, seen)
            memory = judgement.memory
    journal.record(events)
    return memory


def rebuilt(journal: Journal, now: float) -> ServiceMemory:
    return remembered(SERVICE, journal, Politeness(SETTINGS, now), now)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("errors", [0.08, 0.1, 0.35, 0.8])
def test_a_state_stands_over_a_restart_however_long_ago_it_was_come_to(
    journal: Journal, errors: float, seed: int
) -> None:
    chance = random.Random(seed)
    noise = [chance.random() >= errors for _ in range(2 * REMEMBERED_RUNS)]
    before = watched(journal, [*[True, False] * 8, *noise])
    after = rebuilt(journal, before.judged_at)
    for known, path in zip(before.status.paths, after.status.paths, strict=True):
        assert (path.state, path.since) == (known.state, known.since)
        assert after.paths[path.path].state is path.state
    assert after.status.verdict is before.status.verdict


def test_a_verdict_stands_over_a_restart_since_it_was_come_to(journal: Journal) -> None:
    before = watched(journal, [*[True] * 3, *[False] * (REMEMBERED_RUNS + 10)])
    after = rebuilt(journal, before.judged_at).status
    assert (after.verdict, after.since) == (before.status.verdict, before.status.since)


def test_a_path_whose_failed_runs_are_gone_fails_since_it_is_known_to_be_down(
    journal: Journal,
) -> None:
    before = watched(journal, [*[True] * 3, *[False] * 6])
    assert journal.prune_page(Before(runs=1e9, failures=1e9, hours=0.0))
    login = rebuilt(journal, before.judged_at).paths["login"]
    known = before.paths["login"]
    assert (login.state, login.since, login.first_poor_at) == (State.DOWN, known.since, known.since)


def test_what_a_restart_knows_as_impaired_recovers(journal: Journal) -> None:
    before = watched(journal, [*[True, False] * 20, *[True, False, *[True] * 11] * 24])
    memory, now = rebuilt(journal, before.judged_at), before.judged_at
    assert memory.status.paths[0].state is State.IMPAIRED
    for _ in range(60):
        now += EVERY_S
        good = run("login", now, Outcome.OK)
        memory = judge(memory, good, fresh_until=now + 3 * EVERY_S).memory
    assert memory.status.paths[0].state is State.UP


def test_an_incident_has_grown_by_what_came_after_it_was_written(journal: Journal) -> None:
    before = watched(journal, [*[True] * 5, *[False] * 40])
    known, now = before.status.incident, before.judged_at
    assert known is not None
    incident = rebuilt(journal, now).status.incident
    assert incident is not None
    assert incident.last_bad_at == known.last_bad_at == now
    assert incident.down_s == pytest.approx(known.down_s)
    assert incident.down_s["login"] > 30 * EVERY_S
    assert incident.signature == known.signature != ""


def test_what_was_down_and_is_unknown_after_a_long_stop_was_down_for_as_long_as_it_was_seen(
    journal: Journal,
) -> None:
    before = watched(journal, [*[True] * 5, *[False] * 40])
    stopped_at = before.judged_at
    after = rebuilt(journal, stopped_at + 3600)
    assert after.status.paths[0].state is State.UNKNOWN
    incident, known = after.status.incident, before.status.incident
    assert incident is not None
    assert known is not None
    assert incident.down_s["login"] == pytest.approx(known.down_s["login"] + 3 * EVERY_S)


def test_a_credential_that_worked_before_all_runs_that_are_judged_again_is_known(
    journal: Journal,
) -> None:
    memory, now = watched(journal, [True]), EVERY_S
    refused = []
    for _ in range(REMEMBERED_RUNS):
        now += EVERY_S
        seen = run("login", now, Outcome.UNAUTHORIZED)
        memory = judge(memory, seen, fresh_until=now + 3 * EVERY_S).memory
        refused.append(Observed(run=seen, status=memory.status))
    journal.record(refused)
    again = run("login", now + EVERY_S, Outcome.UNAUTHORIZED)
    assert is_proven(rebuilt(journal, now), again)


def test_a_path_that_is_new_is_unknown_since_it_was_taken_up(journal: Journal) -> None:
    watched(journal, [True, *[False] * 10])
    added = {**PATHS[0], "name": "signin"}
    (service,) = acme(*PATHS, added).services
    memory = remembered(service, journal, Politeness(SETTINGS, 400.0), 400.0)
    assert memory.status.path("signin").since == 400.0
