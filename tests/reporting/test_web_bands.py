"""The states of the last day and week, in words and as boxes."""

from itertools import pairwise

from probe.judging.availability import outside, stays
from probe.model.state import Plane, State
from probe.model.status import Spell
from probe.reporting.times import length
from probe.reporting.web.drawing.bands import MOST_SPELLS, bands, by_path
from probe.reporting.web.drawing.lanes import Lane
from probe.reporting.words import STATES

NOW = 1_772_452_800.0
DAY_S = 86_400.0
KEY = ("acme", "login")


def spell(state: State, since: float, until: float) -> Spell:
    """One that begins and whose evidence ends so many seconds before NOW."""
    return Spell(
        service=KEY[0],
        path=KEY[1],
        plane=Plane.CONTROL,
        critical=True,
        state=state,
        since=NOW - since,
        until=NOW - until,
    )


def last_day(*told: Spell) -> Lane:
    return bands(by_path(told)[KEY], [], KEY[1], NOW)[0]


def test_a_state_lasts_until_the_next_begins_however_far_its_evidence_would_reach() -> None:
    told = (
        spell(State.UP, 7200.0, 3480.0),
        spell(State.DOWN, 3600.0, 2880.0),
        spell(State.UP, 3000.0, 0.0),
    )
    weighed = outside(stays(told, NOW - DAY_S, NOW))
    assert (weighed[State.UP], weighed[State.DOWN]) == (6600.0, 600.0)
    up, down = (
        f"{STATES[each].lower()} {length(weighed[each])}" for each in (State.UP, State.DOWN)
    )
    drawn = last_day(*told)
    assert drawn.label == f"login, last 24 h: {up}, {down}"
    places = [(each.left, each.left + (each.width or 0.0)) for each in drawn.segments]
    assert [end for _, end in places[:-1]] == [begin for begin, _ in places[1:]]


def test_hours_without_sight_are_not_said_to_be_no_seconds_unknown() -> None:
    told = (
        spell(State.UP, 36000.0, 28620.0),
        spell(State.UNKNOWN, 28620.0, 28620.0),
        spell(State.UP, 7200.0, 0.0),
    )
    drawn = last_day(*told)
    assert drawn.label == "login, last 24 h: up 4 h 3 min"
    assert [each.tone for each in drawn.segments] == [State.UP, State.UP]


def test_a_path_of_which_nothing_is_known_has_nothing_drawn() -> None:
    drawn = last_day(spell(State.UNKNOWN, 36000.0, 36000.0))
    assert (drawn.label, drawn.segments) == ("login, last 24 h: nothing known", ())


def test_many_short_stays_lose_no_second_of_their_sum() -> None:
    told = [
        spell(state, since, since - 30.75)
        for number in range(12)
        for state, since in (
            (State.UP, 6000.0 - 61.5 * number),
            (State.DOWN, 6000.0 - 61.5 * number - 30.75),
        )
    ]
    assert last_day(*told).label == "login, last 24 h: up 6 min 9 s, down 6 min 9 s"


def test_a_path_that_changed_too_often_to_be_drawn_has_all_of_its_day_told() -> None:
    turns = [80_000.0 - 100.0 * number for number in range(MOST_SPELLS * 2 + 1)]
    told = [
        spell(State.DOWN if number % 2 else State.UP, since, until)
        for number, (since, until) in enumerate(pairwise(turns))
    ]
    lane = last_day(*told)
    assert len(lane.segments) == MOST_SPELLS
    assert f"down {length(MOST_SPELLS * 100)}" in lane.label
