"""The lengths of an incident."""

from dataclasses import replace

import pytest
from made_incidents import an_incident

from probe.model.claim import Account
from probe.model.incident import Move, Wave
from probe.model.lengths import MOST_WAVES, Lengths, lengths_of
from probe.model.state import State

INCIDENT = an_incident(
    opened_at=0.0,
    confirmed_at=10.0,
    last_bad_at=100.0,
    waves=(Wave(started_at=0.0, ended_at=40.0), Wave(started_at=50.0)),
    moves=(
        Move(path="login", at=10.0, state=State.DOWN),
        Move(path="api", at=30.0, state=State.DOWN),
        Move(path="login", at=40.0, state=State.UP),
        Move(path="api", at=60.0, state=State.UP),
    ),
    down_s={"login": 30.0, "api": 30.0},
)


def test_the_four_lengths_stand_side_by_side() -> None:
    account = Account(service="acme", incident="i", declared_at=20.0, settled_at=500.0)
    found = lengths_of(INCIDENT, account, 1000.0)
    assert found.first_to_last_bad_s == 100.0
    assert found.down_s == 50.0
    assert found.waves_s == (40.0, 950.0)
    assert found.declared_s == 480.0


def test_a_vendor_that_said_nothing_declared_no_length() -> None:
    assert lengths_of(INCIDENT, None, 1000.0).declared_s is None


def test_the_time_down_is_no_shorter_once_the_incident_is_over() -> None:
    moves = (
        Move(path="login", at=10.0, state=State.DOWN),
        Move(path="login", at=130.0, state=State.UP),
    )
    lasting = replace(INCIDENT, moves=moves, down_s={"login": 120.0})
    over = replace(lasting, closed_at=100.0, settled_at=730.0)
    assert lengths_of(lasting, None, 700.0).down_s == 120.0
    assert lengths_of(over, None, 1000.0).down_s == 120.0


@pytest.mark.parametrize(("waves", "rows"), [(0, 0), (1, 1), (MOST_WAVES, MOST_WAVES), (500, 21)])
def test_many_waves_are_few_rows_of_the_same_length_together(waves: int, rows: int) -> None:
    told = Lengths(first_to_last_bad_s=0.0, down_s=0.0, waves_s=tuple(map(float, range(waves))))
    assert len(told.listed_waves) == rows
    assert sum(wave_s for _, wave_s in told.listed_waves) == sum(told.waves_s)
    assert [name for name, _ in told.listed_waves[-1:]] == [f"wave {waves}"] * bool(waves)
