"""When planned work holds: once or by cron, also in the nights when the clocks are changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_configs import written

from probe.config.loading import read
from probe.config.maintenance import PlannedWork

BERLIN = ZoneInfo("Europe/Berlin")


def work(keys: str) -> PlannedWork:
    text = written().replace("    paths:", f"    maintenance: [{{name: m, {keys}}}]\n    paths:", 1)
    return read(text, Path("probe.yaml")).services[0].maintenance[0]


def seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def starts(planned: PlannedWork, since: str, until: str) -> list[str]:
    """When it starts between two moments, in UTC."""
    found: list[str] = []
    now, end = seconds(since), seconds(until)
    while (start := planned.start(now)) is not None and start < end:
        found.append(datetime.fromtimestamp(start, UTC).strftime("%d %H:%M"))
        now = start + planned.lasts
    return found


def test_work_of_once_is_known_until_it_is_over() -> None:
    once = work("starts: 2026-03-08T02:00Z, lasts: 2h")
    start = seconds("2026-03-08T02:00Z")
    assert once.start(0.0) == once.start(start + 7199.9) == start
    assert once.start(start + 7200.0) is None


def test_an_offset_is_as_good_as_z() -> None:
    once = work("starts: 2026-03-08T02:00+01:00, lasts: 2h")
    assert once.starts == seconds("2026-03-08T01:00Z")


def test_recurring_work_of_long_ago_is_that_which_still_lasts() -> None:
    weekly = work("cron: 0 3 * * 0, lasts: 3d")
    sunday = seconds("2026-03-01T03:00Z")
    assert weekly.start(sunday + 2 * 86400) == sunday
    assert weekly.start(sunday + 3 * 86400) == sunday + 7 * 86400


def test_a_wall_clocks_hour_is_kept_through_both_changes() -> None:
    weekly = work("cron: 0 3 * * 0, zone: Europe/Berlin, lasts: 1h")
    assert starts(weekly, "2026-03-22T00:00Z", "2026-04-06T00:00Z") == [
        "22 02:00",
        "29 01:00",
        "05 01:00",
    ]
    assert starts(weekly, "2026-10-18T00:00Z", "2026-11-02T00:00Z") == [
        "18 01:00",
        "25 02:00",
        "01 02:00",
    ]


def test_a_time_that_the_clocks_leave_out_is_the_next_one_that_exists() -> None:
    nightly = work("cron: 30 2 * * *, zone: Europe/Berlin, lasts: 1h")
    assert starts(nightly, "2026-03-28T00:00Z", "2026-03-31T00:00Z") == [
        "28 01:30",
        "29 01:00",
        "30 00:30",
    ]


def test_a_time_that_the_clocks_repeat_counts_once_and_lasts_no_longer_for_it() -> None:
    nightly = work("cron: 30 2 * * *, zone: Europe/Berlin, lasts: 1h")
    assert starts(nightly, "2026-10-24T00:00Z", "2026-10-27T00:00Z") == [
        "24 00:30",
        "25 00:30",
        "26 01:30",
    ]
    begun = seconds("2026-10-25T00:30Z")
    assert nightly.start(begun + 3599) == begun
    assert nightly.start(begun + 3600) == seconds("2026-10-26T01:30Z")


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001 - made aware at once
    lambda moment: moment.replace(tzinfo=UTC).timestamp()
)


@given(moments, st.integers(0, 23), st.integers(0, 59), st.integers(10, 1380))
def test_daily_work_is_the_one_whose_day_it_is(
    now: float, hour: int, minute: int, minutes: int
) -> None:
    daily = PlannedWork.model_validate(
        {
            "name": "m",
            "cron": f"{minute} {hour} * * *",
            "zone": "Europe/Berlin",
            "lasts": minutes * 60.0,
        }
    )
    start = daily.start(now)
    assert start is not None
    assert now - daily.lasts < start <= now + 25 * 3600
    wall = datetime.fromtimestamp(start, BERLIN)
    left_out = hour == 2 and (wall.hour, wall.minute) == (3, 0)
    assert (wall.hour, wall.minute) == (hour, minute) or left_out
    midnights = (datetime.fromtimestamp(now, BERLIN) + timedelta(days=day) for day in (-2, -1, 0))
    earlier = {daily.start(midnight.timestamp() - daily.lasts) for midnight in midnights}
    assert all(at is None or at >= start or at + daily.lasts <= now for at in earlier)


@pytest.mark.parametrize("cron", ["0 3 * * SUN", "0 3 * * 7", "0 3 * * 0"])
def test_sunday_has_three_names(cron: str) -> None:
    assert work(f"cron: {cron}, lasts: 1h").start(seconds("2026-03-02T00:00Z")) == seconds(
        "2026-03-08T03:00Z"
    )
