"""Time is weighed, what is not known is left out, and nothing is counted twice."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.judging import availability
from probe.model.incident import Incident, Wave
from probe.model.recurrence import recurrence
from probe.model.report import Stay
from probe.model.state import Plane, State, Verdict
from probe.model.status import Spell


def spell(state: State, since: float, until: float) -> Spell:
    return Spell(
        service="acme",
        path="login",
        plane=Plane.CONTROL,
        critical=True,
        state=state,
        since=since,
        until=until,
    )


def stay(state: State, since: float, until: float) -> Stay:
    return Stay(state=state, since=since, until=until)


def incident(opened_at: float, signature: str = "outage: login") -> Incident:
    return Incident(
        id=f"acme-{opened_at:g}",
        service="acme",
        opened_at=opened_at,
        confirmed_at=opened_at + 6,
        last_bad_at=opened_at + 100,
        closed_at=opened_at + 100,
        worst=Verdict.OUTAGE,
        waves=(Wave(started_at=opened_at, ended_at=opened_at + 100),),
        down_s={"login": 90.0},
        signature=signature,
    )


@st.composite
def spells(draw: st.DrawFn) -> list[Spell]:
    marks = sorted(draw(st.lists(st.integers(0, 1000), unique=True, max_size=8)))
    return [
        spell(draw(st.sampled_from(State)), float(at), at + float(draw(st.integers(0, 400))))
        for at in marks
    ]


@given(spells())
def test_any_spells_fill_the_time_without_gap_or_overlap(found: list[Spell]) -> None:
    lane = availability.stays(found, 100.0, 900.0)
    assert (lane[0].since, lane[-1].until) == (100.0, 900.0)
    assert all(one.until == other.since for one, other in pairwise(lane))
    assert all(one.state is not other.state for one, other in pairwise(lane))
    assert sum(availability.outside(lane).values()) == pytest.approx(800.0)


def test_a_stop_of_two_hours_is_unknown_and_no_state_reaches_over_it() -> None:
    lane = availability.stays(
        [spell(State.UP, 0.0, 1000.0), spell(State.UP, 8200.0, 9000.0)], 0.0, 9000.0
    )
    assert lane == (
        stay(State.UP, 0.0, 1000.0),
        stay(State.UNKNOWN, 1000.0, 8200.0),
        stay(State.UP, 8200.0, 9000.0),
    )


def test_availability_is_the_share_up_of_what_is_known() -> None:
    lane = (
        stay(State.UP, 0, 60),
        stay(State.IMPAIRED, 60, 70),
        stay(State.DOWN, 70, 80),
        stay(State.UNKNOWN, 80, 1000),
    )
    assert availability.availability(availability.outside(lane)) == 0.75


def test_nothing_known_has_no_availability() -> None:
    assert availability.availability(dict.fromkeys(State, 0.0) | {State.UNKNOWN: 5.0}) is None


def test_maintenance_is_left_out_once_however_often_it_is_announced() -> None:
    lane = (stay(State.UP, 0, 100), stay(State.DOWN, 100, 200))
    sums = availability.outside(lane, [(120.0, 180.0), (90.0, 150.0), (100.0, 110.0)])
    assert (sums[State.UP], sums[State.DOWN], sums[State.UNKNOWN]) == (90.0, 20.0, 0.0)


@pytest.mark.parametrize(
    ("lane", "gaps"),
    [
        ((), [(0, 50)]),
        ((stay(State.UP, 10, 20), stay(State.DOWN, 30, 40)), [(0, 10), (20, 30), (40, 50)]),
        ((stay(State.UP, 0, 20), stay(State.DOWN, 20, 50)), []),
    ],
)
def test_what_no_stay_tells_of_is_a_gap(
    lane: tuple[Stay, ...], gaps: list[tuple[float, float]]
) -> None:
    assert availability.gaps(lane, (0, 50)) == gaps


def test_maintenance_takes_nothing_from_what_it_does_not_touch() -> None:
    lane = (stay(State.UP, 0, 100), stay(State.DOWN, 100, 200))
    windows = [(150.0, 160.0), (500.0, 600.0)]
    outside, inside = availability.outside(lane, windows), availability.within(lane, windows)
    assert (outside[State.UP], outside[State.DOWN]) == (100.0, 90.0)
    assert (inside[State.UP], inside[State.DOWN]) == (0.0, 10.0)


def test_what_lay_inside_of_maintenance_is_counted_by_state() -> None:
    lane = (stay(State.UP, 0, 100), stay(State.DOWN, 100, 200))
    inside = availability.within(lane, [(90.0, 150.0), (120.0, 180.0)])
    assert (inside[State.UP], inside[State.DOWN], inside[State.UNKNOWN]) == (10.0, 80.0, 0.0)


def test_a_path_counts_as_up_for_its_plane_through_its_maintenance() -> None:
    lane = (stay(State.UP, 0, 100), stay(State.DOWN, 100, 200), stay(State.UNKNOWN, 200, 300))
    assert availability.excused(lane, [(150.0, 160.0), (155.0, 220.0)]) == (
        stay(State.UP, 0, 100),
        stay(State.DOWN, 100, 150),
        stay(State.UP, 150, 220),
        stay(State.UNKNOWN, 220, 300),
    )
    assert availability.excused(lane, ()) == lane


@pytest.mark.parametrize(
    ("of_each", "shared"),
    [
        ([[(0.0, 10.0)]], [(0.0, 10.0)]),
        ([[(0.0, 10.0)], []], []),
        ([[(0.0, 10.0)], [(5.0, 20.0)]], [(5.0, 10.0)]),
        ([[(0.0, 10.0)], [(10.0, 20.0)]], []),
        (
            [[(0.0, 10.0), (8.0, 30.0)], [(5.0, 12.0), (20.0, 25.0)], [(6.0, 22.0)]],
            [(6.0, 12.0), (20.0, 22.0)],
        ),
    ],
)
def test_a_plane_is_in_maintenance_while_all_of_its_paths_are(
    of_each: list[list[tuple[float, float]]], shared: list[tuple[float, float]]
) -> None:
    assert availability.shared(of_each) == shared


def test_a_plane_is_down_while_a_critical_path_is_and_impaired_by_any_other() -> None:
    members = {
        ("login", True): (stay(State.UP, 0, 10), stay(State.DOWN, 10, 20), stay(State.UP, 20, 40)),
        ("usage", False): (stay(State.UP, 0, 30), stay(State.DOWN, 30, 40)),
    }
    assert availability.plane_stays(members, 0, 40) == (
        stay(State.UP, 0, 10),
        stay(State.DOWN, 10, 20),
        stay(State.UP, 20, 30),
        stay(State.IMPAIRED, 30, 40),
    )


def test_a_path_counts_for_its_plane_as_far_as_its_stays_reach() -> None:
    members = {
        ("login", True): (stay(State.UP, 10, 20), stay(State.DOWN, 20, 30)),
        ("sign_in", True): (stay(State.UP, 30, 40),),
    }
    assert availability.plane_stays(members, 0, 50) == (
        stay(State.UNKNOWN, 0, 10),
        stay(State.UP, 10, 20),
        stay(State.DOWN, 20, 30),
        stay(State.UP, 30, 40),
        stay(State.UNKNOWN, 40, 50),
    )


def test_three_nines_of_thirty_days_forgive_43_minutes_and_12_seconds() -> None:
    sums = dict.fromkeys(State, 0.0) | {State.DOWN: 21_960.0}
    spent = availability.budget(99.9, 30 * 86_400.0, sums)
    assert spent.allowed_s == pytest.approx(43 * 60 + 12)
    assert spent.spent_s / spent.allowed_s == pytest.approx(8.47, abs=0.01)
    assert spent.left_s == pytest.approx(2592 - 21_960)


def test_a_signature_recurs_within_seven_days_and_not_later() -> None:
    day = 86_400.0
    earlier = [incident(0.0), incident(2 * day), incident(3 * day, "degraded: "), incident(9 * day)]
    assert recurrence(incident(8 * day), earlier, (), 20 * day) == 2
    assert recurrence(incident(6 * day), earlier, (), 20 * day) == 3
