from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from probe.judging.plane import Member, judge_plane
from probe.judging.verdict import TABLE, judge_service
from probe.model.state import Plane, State, Verdict

members = st.builds(Member, state=st.sampled_from(State), critical=st.booleans())


def _plane(*parts: tuple[State, bool]) -> State:
    return judge_plane([Member(state=state, critical=critical) for state, critical in parts])


def test_a_critical_path_takes_its_plane_down() -> None:
    assert _plane((State.DOWN, True), (State.UP, True)) is State.DOWN


def test_a_path_that_is_not_critical_impairs_its_plane() -> None:
    assert _plane((State.UP, True), (State.DOWN, False)) is State.IMPAIRED


def test_a_plane_whose_paths_are_all_down_is_down() -> None:
    assert _plane((State.DOWN, False), (State.DOWN, False)) is State.DOWN


def test_a_plane_is_unknown_while_a_critical_path_is() -> None:
    assert _plane((State.UNKNOWN, True), (State.UP, True)) is State.UNKNOWN
    assert _plane((State.UNKNOWN, True), (State.IMPAIRED, False)) is State.UNKNOWN


def test_a_plane_with_a_path_that_is_down_is_impaired_at_least() -> None:
    assert _plane((State.UNKNOWN, True), (State.DOWN, False)) is State.IMPAIRED


def test_a_path_that_is_not_critical_may_be_unknown() -> None:
    assert _plane((State.UP, True), (State.UNKNOWN, False)) is State.UP


@given(st.lists(members, max_size=6))
def test_no_plane_is_better_than_unknown_when_nothing_is_known(paths: list[Member]) -> None:
    if all(path.state is State.UNKNOWN for path in paths):
        assert judge_plane(paths) is State.UNKNOWN


@given(st.lists(members, max_size=6))
def test_a_plane_is_up_only_if_no_path_is_in_trouble_and_one_is_up(paths: list[Member]) -> None:
    if judge_plane(paths) is State.UP:
        found = {path.state for path in paths}
        assert State.UP in found
        assert not found & {State.DOWN, State.IMPAIRED}


def test_the_verdict_table_has_all_sixteen_cells() -> None:
    words = {
        (State.UP, State.UP): "healthy",
        (State.UP, State.IMPAIRED): "degraded",
        (State.UP, State.DOWN): "data_plane_down",
        (State.IMPAIRED, State.UP): "degraded",
        (State.IMPAIRED, State.IMPAIRED): "degraded",
        (State.IMPAIRED, State.DOWN): "data_plane_down",
        (State.DOWN, State.UP): "control_plane_down",
        (State.DOWN, State.IMPAIRED): "control_plane_down",
        (State.DOWN, State.DOWN): "outage",
    }
    for control, data in product(State, State):
        expected = words.get((control, data), "unknown")
        assert judge_service({Plane.CONTROL: control, Plane.DATA: data}) is Verdict(expected)
    assert len(TABLE) == 16


def test_a_service_with_one_plane_is_judged_by_it_alone() -> None:
    assert judge_service({Plane.DATA: State.DOWN}) is Verdict.OUTAGE
    assert judge_service({Plane.CONTROL: State.UP}) is Verdict.HEALTHY
    assert judge_service({}) is Verdict.UNKNOWN
