"""Times in order, whatever is done to the machine's clock."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from probe.model.clock import CATCH_UP_PACE, SYSTEM, Clock, Onward

START = 1_772_449_200.0
MOMENTS = st.lists(
    st.tuples(st.floats(0, 7200), st.floats(-86_400, 86_400) | st.just(0.0)), max_size=50
)


@dataclass
class Machine:
    """A machine whose clock can be set; what it shows is rounded once, however long it goes on."""

    ahead: float = START
    passed: float = 0.0

    @property
    def shown(self) -> float:
        return self.ahead + self.passed

    def set(self, step: float) -> None:
        self.ahead += step

    def wait(self, seconds: float) -> None:
        self.passed += seconds

    def time(self) -> Onward:
        return Onward(lambda: self.shown, lambda: self.passed)


@given(MOMENTS)
def test_time_goes_on_at_nine_tenths_of_its_pace_or_faster_whatever_the_clock_does(
    moments: list[tuple[float, float]],
) -> None:
    machine = Machine()
    now = machine.time()
    before = now()
    for seconds, step in moments:
        machine.set(step)
        machine.wait(seconds)
        after = now()
        assert after >= before + CATCH_UP_PACE * seconds - 1e-5
        assert after >= machine.shown
        before = after


@given(st.floats(0.01, 86_400), st.integers(1, 500))
@example(step=37694.64860482636, looks=500)
def test_a_clock_that_was_set_back_is_agreed_with_after_ten_times_the_step(
    step: float, looks: int
) -> None:
    machine = Machine()
    now = machine.time()
    machine.set(-step)
    for _ in range(looks):
        machine.wait(10 * step / looks)
        now()
    assert now() == pytest.approx(machine.shown, abs=1e-4)


def test_a_clock_that_is_set_forward_is_followed_at_once() -> None:
    machine = Machine()
    now = machine.time()
    machine.set(3600)
    assert now() == machine.shown


def test_what_must_agree_with_others_has_the_time_of_the_machine_at_once() -> None:
    machine = Machine()
    clock = Clock(
        now=machine.time(), monotonic=lambda: machine.passed, machine=lambda: machine.shown
    )
    machine.set(-600)
    assert (clock.now(), clock.wall()) == (START, START - 600)


def test_a_clock_without_a_machine_has_one_time() -> None:
    assert Clock(now=lambda: START, monotonic=lambda: 0.0).wall() == START


def test_the_systems_time_is_the_machines() -> None:
    assert SYSTEM.now() == pytest.approx(SYSTEM.wall(), abs=1)
