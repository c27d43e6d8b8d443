"""What the moves of an incident say of it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from made_incidents import a_transition, an_incident

from probe.model.incident import Incident, Move
from probe.model.state import State, Verdict

INCIDENT = an_incident(
    opened_at=0.0,
    confirmed_at=10.0,
    worst=Verdict.OUTAGE,
    transitions=(a_transition(at=10.0, new=Verdict.OUTAGE, reason="login is down"),),
)
MOVES = st.lists(
    st.builds(
        Move,
        path=st.sampled_from(["login", "usage", "api"]),
        at=st.integers(0, 50).map(float),
        state=st.sampled_from(State),
    ),
    max_size=12,
)


def moved(*moves: tuple[str, float, State]) -> Incident:
    told = (Move(path=path, at=at, state=state) for path, at, state in moves)
    return replace(INCIDENT, moves=tuple(told))


def test_time_in_which_several_paths_were_down_counts_once() -> None:
    incident = moved(
        ("login", 10.0, State.DOWN),
        ("usage", 20.0, State.DOWN),
        ("login", 30.0, State.UP),
        ("usage", 45.0, State.IMPAIRED),
    )
    assert incident.some_down_s(100.0) == 35.0
    assert incident.some_down_s(25.0) == 15.0


def test_a_path_that_is_still_down_counts_to_the_end_and_an_unknown_one_does_not() -> None:
    assert moved(("login", 10.0, State.DOWN)).some_down_s(60.0) == 50.0
    unknown = moved(("login", 10.0, State.DOWN), ("login", 20.0, State.UNKNOWN))
    assert unknown.some_down_s(60.0) == 10.0


@given(MOVES, st.integers(0, 60))
def test_the_seconds_with_a_path_down_are_those_that_a_clock_would_count(
    moves: list[Move], until: int
) -> None:
    states: dict[str, State] = {}
    counted = 0
    told = sorted(moves, key=lambda move: move.at)
    for second in range(until):
        states |= {move.path: move.state for move in told if move.at == second}
        counted += State.DOWN in states.values()
    assert replace(INCIDENT, moves=tuple(moves)).some_down_s(float(until)) == counted


def test_moves_that_came_with_a_verdict_are_told_by_its_reason() -> None:
    incident = moved(("login", 10.0, State.DOWN), ("usage", 20.0, State.DOWN))
    assert [move.path for move in incident.silent_moves] == ["usage"]


def test_a_path_fails_as_it_was_last_known() -> None:
    incident = moved(
        ("login", 10.0, State.DOWN),
        ("login", 20.0, State.UNKNOWN),
        ("usage", 10.0, State.IMPAIRED),
        ("usage", 20.0, State.UP),
    )
    assert incident.failing == {"login"}
