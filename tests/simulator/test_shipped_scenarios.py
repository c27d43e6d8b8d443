"""The scenarios that are shipped say what they are meant to say."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from probe.simulator.faults.kinds import AnyFault
from probe.simulator.routes import ALL
from probe.simulator.scenario import Scenario, Verdict, load_scenario

FOLDER = Path(__file__).parents[2] / "config" / "scenarios"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
QUIET_AFTER = timedelta(minutes=10)


def named(name: str) -> Scenario:
    return load_scenario(FOLDER / f"{name}.yaml")


def march(hour: int, minute: int) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def bounds(fault: AnyFault) -> tuple[datetime, datetime]:
    assert fault.since is not None
    assert fault.until is not None
    return fault.since, fault.until


def test_all_that_were_promised_are_there() -> None:
    assert [path.stem for path in SHIPPED] == [
        "2026-03-02",
        "auth-cascade",
        "flaky-30-percent",
        "inverse-split",
        "quiet-day",
        "throttled-usage",
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_expectations_are_in_range_apart_and_begin_and_end_healthy(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.expect[0].since >= scenario.starts
    assert scenario.expect[-1].until == scenario.ends
    assert all(before.until <= after.since for before, after in pairwise(scenario.expect))
    assert {scenario.expect[0].verdict, scenario.expect[-1].verdict} == {Verdict.HEALTHY}


@pytest.mark.parametrize("path", [path for path in SHIPPED if path.stem != "quiet-day"])
def test_nothing_is_wrong_while_health_is_expected(path: Path) -> None:
    scenario = load_scenario(path)
    for period in scenario.expect:
        if period.verdict is Verdict.HEALTHY:
            for since, until in map(bounds, scenario.faults):
                assert until <= period.since or since >= period.until


def test_march_2_is_one_incident_with_quiet_gaps_too_short_to_end_it() -> None:
    faults = sorted(map(bounds, named("2026-03-02").faults))
    gaps, trouble_until = [], faults[0][0]
    for since, until in faults:
        if since > trouble_until:
            gaps.append(since - trouble_until)
        trouble_until = max(trouble_until, until)
    assert faults[0][0] == march(11, 49)
    assert trouble_until == march(17, 24)
    assert gaps == [timedelta(minutes=7), timedelta(minutes=9)]
    assert max(gaps) < QUIET_AFTER


def test_march_2_asks_for_the_split_a_minute_after_the_first_fault() -> None:
    period = named("2026-03-02").expect[1]
    assert (period.since, period.verdict) == (march(11, 50), Verdict.CONTROL_PLANE_DOWN)


def test_march_2_breaks_some_methods_of_the_api_from_13_40() -> None:
    broken = [
        fault for fault in named("2026-03-02").faults if fault.on <= {"stream", "count_tokens"}
    ]
    assert {fault.since for fault in broken} == {march(13, 40)}
    assert {fault.until for fault in broken} == {march(14, 30)}


def test_march_2_lets_the_vendor_speak_when_it_did() -> None:
    posts = [(f"{post.at:%H:%M}", post.status.value) for post in named("2026-03-02").vendor]
    assert posts == [
        ("11:49", "investigating"),
        ("12:06", "investigating"),
        ("12:21", "investigating"),
        ("13:15", "identified"),
        ("14:05", "identified"),
        ("15:49", "monitoring"),
        ("17:55", "resolved"),
    ]


def test_the_quiet_day_has_ten_total_blips_of_three_seconds_and_one_percent_of_noise() -> None:
    scenario = named("quiet-day")
    assert scenario.ends - scenario.starts == timedelta(days=1)
    *blips, noise = scenario.faults
    assert [until - since for since, until in map(bounds, blips)] == [timedelta(seconds=3)] * 10
    assert all(blip.on == ALL and blip.share == 1 for blip in blips)
    assert (noise.share, noise.since, noise.until) == (0.01, None, None)
    (expected,) = scenario.expect
    assert expected.verdict is Verdict.HEALTHY
