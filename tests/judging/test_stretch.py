"""A stretch of quiet comes to the same memory as judging run by run."""

from hypothesis import given
from hypothesis import strategies as st
from judging_help import run_of, service

from probe.judging.service import ServiceMemory, begin, judge
from probe.judging.stretch import Stretch
from probe.model.outcome import Outcome
from probe.model.run import Run

ACME = service(
    {"name": "login", "plane": "control"},
    {"name": "usage", "plane": "control", "critical": False, "session": "login"},
    {"name": "api", "plane": "data"},
)
OUTCOMES = [Outcome.OK] * 20 + [Outcome.SERVER_ERROR] * 3 + list(Outcome)
Story = list[tuple[str, Outcome, float]]
stories = st.lists(
    st.tuples(
        st.sampled_from([path.name for path in ACME.paths]),
        st.sampled_from(OUTCOMES),
        st.sampled_from([0.0, 7.5, 7.5, 7.5, 200.0]),
    ),
    max_size=80,
)


def runs(story: Story) -> list[Run]:
    at, told = 0.0, []
    for name, outcome, later in story:
        at += later
        path = next(path for path in ACME.paths if path.name == name)
        told.append(run_of(name, outcome, at, path.plane, credential="c"))
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


def test_a_healthy_day_is_one_stretch() -> None:
    story = [(path.name, Outcome.OK, 7.5) for _ in range(1000) for path in ACME.paths]
    memory, quiet = by_the_stretch(story)
    assert quiet >= len(story) - 12
    assert memory == one_by_one(story)
