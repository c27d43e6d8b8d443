"""What panels are expected to show is compared series by series, and its minutes are right."""

import math
from collections.abc import Mapping

import pytest
from minutes import failed
from shown import Perhaps, Values, differing


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"login": 1}, {"login": 2}),
        ({"login": 1}, {"login": 1, "api": 1}),
        ({"login": 1, "api": 1}, {"login": 1}),
        ({}, {"login": 0}),
        ({"login": 3.1}, {"login": (1, 3)}),
        ({"login": math.nan}, {"login": (1, 3)}),
        ({"login": math.nan}, {"login": 1}),
        ({"login": 1}, {"login": math.nan}),
        ({"login": 204}, {"login": frozenset({200, 503})}),
        ({"login": 4}, {"login": Perhaps((1, 3))}),
    ],
)
def test_an_answer_that_is_other_than_expected_is_told(
    found: Mapping[str, float], expected: Values
) -> None:
    assert differing(found, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"login": 1 + 1e-9}, {"login": 1}),
        ({"login": 3}, {"login": (1, 3)}),
        ({"login": math.nan}, {"login": math.nan}),
        ({"login": 503}, {"login": frozenset({200, 503})}),
        ({}, {"login": Perhaps(1)}),
        ({"login": math.nan}, {"login": Perhaps((1, 3))}),
    ],
)
def test_an_answer_that_is_as_expected_is_none(
    found: Mapping[str, float], expected: Values
) -> None:
    assert differing(found, expected) == {}


@pytest.mark.parametrize(
    ("path", "until", "window_min", "minutes"),
    [
        ("login", "11:30", 60, (0, 30)),
        ("login", "12:25", 60, (36, 60)),
        ("console", "14:10", 60, (25, 60)),
        ("usage", "12:40", 34, (0, 0)),
        ("usage", "13:05", 34, (20, 25)),
        ("api", "18:30", 450, (0, 450)),
    ],
)
def test_minutes_of_failure_are_those_of_the_scenario(
    path: str, until: str, window_min: int, minutes: tuple[float, float]
) -> None:
    assert failed(path, until, window_min) == pytest.approx(minutes)
