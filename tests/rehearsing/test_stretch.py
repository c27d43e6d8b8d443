"""A stretch of quiet comes to the same memory as judging run by run."""

from dataclasses import replace

import pytest
from fed_paths import run_of, service
from hypothesis import given
from hypothesis import strategies as st

from probe.judging.service import ServiceMemory, begin, judge
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult
from probe.rehearsing.stretch import Stretch

ACME = service(
    {"name": "login", "plane": "control"},
    {"name": "usage", "plane": "control", "critical": False, "session": "login"},
    {"name": "api", "plane": "data"},
)
OUTCOMES = [Outcome.OK] * 20 + [Outcome.SERVER_ERROR] * 3 + list(Outcome)
CANARY = StepResult(name="submit", outcome=Outcome.BAD_CONTENT, duration_s=0.0, canary=True)
MAYBE = StepResult(
    name="submit", outcome=Outcome.UNEXPECTED_STATUS, duration_s=0.0, perhaps_refused=True
)
STEPS = {Outcome.BAD_CONTENT: (CANARY,), Outcome.UNEXPECTED_STATUS: (MAYBE,)}
Story = list[tuple[str, Outcome, float]]
STREAKS = [Outcome.OK] * 4 + [Outcome.SERVER_ERROR] * 2 + [Outcome.THROTTLED, *Outcome]
NAMES = [path.name for path in ACME.paths]
later = st.sampled_from([0.0, 7.5, 7.5, 7.5, 30.0, 30.0, 200.0])
single = st.tuples(st.sampled_from(NAMES), st.sampled_from(OUTCOMES), later).map(lambda run: [run])


def streak(
    names: list[str], outcomes: tuple[Outcome, Outcome], seconds: float, length: int
) -> list[tuple[str, Outcome, float]]:
    """The paths in turn, the first one with an outcome of its own: how troubles begin and last."""
    first, others = outcomes
    return [
        (name, first if name == names[0] else others, seconds)
        for _ in range(length)
        for name in names
    ]


streaks = st.builds(
    streak,
    st.permutations(NAMES),
    st.tuples(st.sampled_from(STREAKS), st.sampled_from(STREAKS)),
    later,
    st.integers(min_value=2, max_value=12),
)
stories = (st.lists(single, max_size=80) | st.lists(single | streaks, max_size=12)).map(
    lambda parts: [run for of in parts for run in of]
)


def runs(story: Story) -> list[Run]:
    at, told = 0.0, []
    for name, outcome, later in story:
        at += later
        path = next(path for path in ACME.paths if path.name == name)
        run = run_of(name, outcome, at, path.plane, credential="c")
        told.append(replace(run, steps=STEPS.get(outcome, ())))
    return told


def one_by_one(story: Story) -> ServiceMemory:
    memory = begin(ACME, 0.0)
    for run in runs(story):
        memory = judge(memory, run, fresh_until=run.ended_at + 90).memory
    return memory


def by_the_stretch(story: Story) -> tuple[ServiceMemory, int]:
    stretch, quiet = Stretch(begin(ACME, 0.0)), 0
    for run in runs(story):
        if stretch.takes(run, run.ended_at + 90):
            quiet += 1
        else:
            judgement = judge(stretch.memory(), run, fresh_until=run.ended_at + 90)
            stretch = Stretch(judgement.memory)
    return stretch.memory(), quiet


@given(stories)
def test_it_comes_to_what_judging_run_by_run_comes_to(story: Story) -> None:
    assert by_the_stretch(story)[0] == one_by_one(story)


@given(stories)
def test_so_do_stretches_of_one_run_each(story: Story) -> None:
    memory = begin(ACME, 0.0)
    for run in runs(story):
        stretch = Stretch(memory)
        if stretch.takes(run, run.ended_at + 90):
            memory = stretch.memory()
        else:
            memory = judge(memory, run, fresh_until=run.ended_at + 90).memory
    assert memory == one_by_one(story)


@pytest.mark.unwatched  # each run goes the way of the first few
def test_a_healthy_day_is_one_stretch() -> None:
    story = [(path.name, Outcome.OK, 7.5) for _ in range(1000) for path in ACME.paths]
    memory, quiet = by_the_stretch(story)
    assert quiet >= len(story) - 12
    assert memory == one_by_one(story)


@pytest.mark.unwatched  # likewise
def test_an_outage_of_one_path_is_taken_by_stretches_but_for_its_turns() -> None:
    well = [(path.name, Outcome.OK, 7.5) for _ in range(100) for path in ACME.paths]
    down = [
        (name, Outcome.SERVER_ERROR if name == "login" else Outcome.OK, 7.5)
        for _ in range(500)
        for name in NAMES
    ]
    story = [*well, *down, *well]
    memory, quiet = by_the_stretch(story)
    assert quiet >= len(story) - 40
    assert memory == one_by_one(story)


def test_the_down_time_of_an_incident_and_its_last_failure_are_those_of_run_by_run() -> None:
    story = [(path.name, Outcome.OK, 7.5) for _ in range(10) for path in ACME.paths]
    story += [("login", Outcome.SERVER_ERROR, 7.5), ("api", Outcome.OK, 7.5)] * 20
    told, expected = by_the_stretch(story)[0].status.incident, one_by_one(story).status.incident
    assert told is not None
    assert expected is not None
    assert told.down_s["login"] > 0
    assert (told.down_s, told.last_bad_at) == (expected.down_s, expected.last_bad_at)


@pytest.mark.parametrize(
    "outcome", [Outcome.CHALLENGED, Outcome.QUOTA_EXHAUSTED, Outcome.UNOBSERVED]
)
def test_what_the_last_runs_showed_ends_with_the_next_good_one(outcome: Outcome) -> None:
    well = [(name, Outcome.OK, 7.5) for _ in range(3) for name in NAMES]
    story = [*well, *((name, outcome, 0.0) for name in NAMES), ("login", Outcome.OK, 7.5)]
    memory = by_the_stretch(story)[0]
    assert one_by_one(story[:-1]).status.findings
    assert memory == one_by_one(story)
