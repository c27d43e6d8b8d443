"""Times and lengths as they are read."""

import pytest
from web_stage import NOW

from probe.reporting.times import full, length, rfc3339, took, utc


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (599, "9 min 59 s"),
        (725, "12 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400, "1 d"),
        (273600, "3 d 4 h"),
    ],
)
def test_a_length_has_two_units_at_most(seconds: float, words: str) -> None:
    assert length(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0004, "0 ms"), (0.34, "340 ms"), (0.9996, "1.00 s"), (1.239, "1.24 s")],
)
def test_a_run_took_milliseconds_or_seconds(seconds: float, words: str) -> None:
    assert took(seconds) == words


def test_a_time_of_day_names_its_zone_and_another_day_its_date() -> None:
    assert utc(NOW, NOW) == "12:11:30 UTC"
    assert utc(NOW - 86400, NOW) == "2026-03-01 12:11:30 UTC"
    assert full(NOW) == "2026-03-02 12:11:30 UTC"
    assert rfc3339(NOW + 0.25) == "2026-03-02T12:11:30.250Z"


@pytest.mark.parametrize("at", [1e30, -1e30, float("inf"), float("nan")])
def test_a_time_out_of_range_is_said_to_be_so(at: float) -> None:
    assert rfc3339(at) == ""
    assert utc(at, NOW) == full(at) == "a time out of range"
    assert utc(NOW, at) == "2026-03-02 12:11:30 UTC"
