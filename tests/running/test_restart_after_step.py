"""A start on a clock that was set back: what has later times tells nothing of now."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from probe.config.settings import Settings
from probe.judging.service import begin
from probe.model.event import Changed, Observed
from probe.model.incident import Transition
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult
from probe.model.state import Plane, State, Verdict
from probe.reporting.journal.store import Journal
from probe.running.remembering.rebuilding import remembered
from probe.running.restraint.politeness import Politeness

NOW, STEP_S = 1_000_000.0, 86_400.0
STEPS = [{"request": "GET http://x.invalid"}]
PATHS = [{"name": "api", "plane": "data", "interval": 30.0, "steps": STEPS}]
SETTINGS = Settings.model_validate({"services": [{"name": "acme", "paths": PATHS}]})
(SERVICE,) = SETTINGS.services
(PATH,) = SERVICE.paths
STATUS = begin(SERVICE, NOW).status
NUMBERS = count()


def run(at: float, outcome: Outcome = Outcome.OK, retry_after_s: float | None = None) -> Run:
    step = StepResult(name="one", outcome=outcome, duration_s=0.5, retry_after_s=retry_after_s)
    return Run(
        id=str(next(NUMBERS)),
        service="acme",
        path="api",
        plane=Plane.DATA,
        started_at=at,
        duration_s=0.5,
        outcome=outcome,
        steps=(step,),
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.db")
    yield opened
    opened.close()


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
    transition = Transition(
        service="acme",
        at=NOW + STEP_S,
        old=Verdict.HEALTHY,
        new=Verdict.UNKNOWN,
        reason="",
        causes=(),
    )
    journal.record([Changed(transition=transition, status=replace(STATUS, since=NOW))])
    memory = remembered(SERVICE, journal, Politeness(SETTINGS, NOW), NOW)
    assert (memory.status.verdict, memory.status.since) == (Verdict.UNKNOWN, NOW)
