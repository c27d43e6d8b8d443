"""Reading scenarios: what is accepted, and the exact message for everything else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from faultless import SCENARIO

from probe.simulator.reading import ScenarioError
from probe.simulator.routes import GROUPS, Route
from probe.simulator.scenario import load_scenario, read_scenario

ROUTES = ", ".join([*GROUPS, *Route])


def problem_of(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text, "x.yaml")
    return str(caught.value)


def test_times_need_no_quotes_and_on_is_a_plain_key() -> None:
    fault = "{on: [home, status], kind: hang, from: 11:49, until: 12:00:30}"
    (read,) = read_scenario(f"{SCENARIO}faults: [{fault}]").faults
    assert read.on == {"home", "status_summary", "status_incidents", "status_components"}
    assert read.since == datetime(2026, 3, 2, 11, 49, tzinfo=UTC)
    assert read.until == datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)


def test_a_full_timestamp_is_read_in_its_own_zone() -> None:
    fault = "{on: home, kind: hang, from: 2026-03-02T07:49:00-05:00}"
    (read,) = read_scenario(f"{SCENARIO}faults: [{fault}]").faults
    assert read.since == datetime(2026, 3, 2, 12, 49, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seconds"), [("250ms", 0.25), ("1.5s", 1.5), ("2m", 120), ("1h", 3600), ("0", 0)]
)
def test_durations_carry_their_unit(written: str, seconds: float) -> None:
    scenario = read_scenario(SCENARIO.replace("default: 0", f"default: {written}"))
    assert scenario.latency == {"default": seconds}


def fault(text: str) -> str:
    return f"{SCENARIO}faults:\n  - {{{text}}}\n"


PROBLEMS = {
    "an unknown key": (SCENARIO + "falts: []", "x.yaml:8: falts: is no known key"),
    "a missing key": (SCENARIO.replace("seed: 7\n", ""), "x.yaml:2: seed: is missing"),
    "a key that stands twice": (SCENARIO + "seed: 8", "x.yaml:8: the key 'seed' stands twice"),
    "a start without a date": (
        SCENARIO.replace("2026-03-02T11:00:00Z", "11:00"),
        "x.yaml:4: starts: '11:00' is no moment; write one like 2026-03-02T11:49:00Z",
    ),
    "a moment without a zone": (
        fault("on: home, kind: hang, from: 2026-03-02T11:49:00"),
        (
            "x.yaml:9: faults[0].from: '2026-03-02T11:49:00' is no moment; "
            "write one like 2026-03-02T11:49:00Z"
        ),
    ),
    "a year that has no time in UTC": (
        fault("on: home, kind: hang, until: 0001-01-01T00:00+14:00"),
        (
            "x.yaml:9: faults[0].until: '0001-01-01T00:00+14:00' is too far; "
            "the years are 1970 to 2241"
        ),
    ),
    "a time before the epoch in UTC": (
        SCENARIO.replace("2026-03-02T11:00:00Z", "1970-01-01T00:00:00+14:00"),
        "x.yaml:4: starts: '1970-01-01T00:00:00+14:00' is too far; the years are 1970 to 2241",
    ),
    "a year in which a virtual clock would not advance": (
        SCENARIO.replace("2026-03-02T11:00:00Z", "2242-03-02T11:00:00Z"),
        "x.yaml:4: starts: '2242-03-02T11:00:00Z' is too far; the years are 1970 to 2241",
    ),
    "an hour that no day has": (
        fault("on: home, kind: hang, until: 24:00"),
        (
            "x.yaml:9: faults[0].until: '24:00' is no time of day; "
            "midnight after it needs the full timestamp"
        ),
    ),
    "a duration without a unit": (
        fault("on: home, kind: delay, delay: 3"),
        "x.yaml:9: faults[0].delay: 3 is no duration; write one like 250ms, 3s, 2m or 1h",
    ),
    "an unknown route": (
        fault("on: [home, sofa], kind: hang"),
        f"x.yaml:9: faults[0].on: no route is called 'sofa'; use one of {ROUTES}",
    ),
    "no route at all": (fault("on: [], kind: hang"), "x.yaml:9: faults[0].on: names no route"),
    "a fault without a kind": (fault("on: home"), "x.yaml:9: faults[0]: needs a `kind`"),
    "a parameter of another kind": (
        fault("on: home, kind: hang, delay: 3s"),
        "x.yaml:9: faults[0].delay: is no known key",
    ),
    "a parameter that is missing": (
        fault("on: home, kind: delay"),
        "x.yaml:9: faults[0].delay: is missing",
    ),
    "a ramp without an end": (
        fault("on: home, kind: ramp, end_delay: 3s, from: 11:10"),
        "x.yaml:9: faults[0].until: is missing",
    ),
    "a share above one": (
        fault("on: home, kind: hang, share: 30"),
        "x.yaml:9: faults[0].share: Input should be less than or equal to 1",
    ),
    "a fault that ends before it begins": (
        fault("on: home, kind: hang, from: 12:00, until: 11:30"),
        "x.yaml:9: faults[0]: ends before it begins: `from` must lie before `until`",
    ),
    "a kind without meaning on its route": (
        fault("on: messages, kind: cut_stream"),
        "x.yaml:9: faults[0]: has no meaning on these routes; it acts on stream",
    ),
    "a fault outside the scenario": (
        fault("on: home, kind: hang, from: 10:00"),
        (
            "x.yaml:2: faults[0].from: 2026-03-02 10:00:00 lies outside the scenario; "
            "for another day than that of `starts` write the full timestamp"
        ),
    ),
    "a latency for no route": (
        SCENARIO.replace("{default: 0}", "{all: 1s}"),
        "x.yaml:7: latency: no route is called 'all'; for all of them write `default`",
    ),
    "a scenario that ends before it starts": (
        SCENARIO.replace("ends: 2026-03-02T19", "ends: 2026-03-02T09"),
        "x.yaml:2: ends before it starts: `starts` must lie before `ends`",
    ),
    "an unknown verdict": (
        SCENARIO + "expect: [{from: 11:10, until: 11:20, verdict: broken}]",
        (
            "x.yaml:8: expect[0].verdict: Input should be 'healthy', 'degraded', "
            "'control_plane_down', 'data_plane_down', 'outage' or 'unknown'"
        ),
    ),
    "an expectation that ends before it begins": (
        SCENARIO + "expect: [{from: 11:20, until: 11:10, verdict: healthy}]",
        "x.yaml:8: expect[0]: ends before it begins: `from` must lie before `until`",
    ),
    "expectations that overlap": (
        SCENARIO
        + "expect:\n"
        + "  - {from: 11:10, until: 11:20, verdict: healthy}\n"
        + "  - {from: 11:19, until: 11:30, verdict: outage}\n",
        "x.yaml:2: expect: the period from 11:19:00 overlaps the one before",
    ),
    "posts out of order": (
        SCENARIO
        + "vendor:\n"
        + "  - {at: 12:00, incident: a, status: resolved, impact: none, body: b}\n"
        + "  - {at: 11:30, incident: a, status: resolved, impact: none, body: b}\n",
        "x.yaml:2: vendor: the post of 11:30:00 must come earlier in the list",
    ),
    "a number of too many digits": (
        SCENARIO.replace("seed: 7", f"seed: {'7' * 5000}"),
        "x.yaml:6: '777777777777777777777777777777777777777... cannot be read as int",
    ),
    "a number by its tag alone": (
        SCENARIO.replace("seed: 7", "seed: !!int seven"),
        "x.yaml:6: 'seven' cannot be read as int",
    ),
    "a time by its tag alone": (
        SCENARIO.replace("seed: 7", "seed: !!timestamp noon"),
        "x.yaml:6: 'noon' cannot be read as timestamp",
    ),
    "lists within lists without end": (
        SCENARIO + f"faults: {'[' * 5000}",
        "x.yaml: is nested too deeply",
    ),
    "a maintenance that ends before it begins": (
        SCENARIO + "maintenances: [{title: a, announced: 11:10, from: 12:00, until: 11:30}]",
        "x.yaml:8: maintenances[0]: ends before it begins: `from` must lie before `until`",
    ),
    "a maintenance that is announced when it is over": (
        SCENARIO + "maintenances: [{title: a, announced: 12:40, from: 12:00, until: 12:30}]",
        "x.yaml:8: maintenances[0]: is over when announced: `announced` must lie before `until`",
    ),
    "a header that is none": (
        fault('on: home, kind: status, status: 500, headers: {X: "a\\nb"}'),
        "x.yaml:9: faults[0].headers: X: 'a\\nb' has a character that no header may have",
    ),
    "a list": ("- 1", "x.yaml: must hold keys and values, beginning with `title:`"),
    "an empty file": ("", "x.yaml: must hold keys and values, beginning with `title:`"),
    "no YAML": ("title: [", "x.yaml:1: expected the node content, but found '<stream end>'"),
    "bytes that YAML forbids": (
        "title: \x00",
        (
            "x.yaml: unacceptable character #x0000: special characters are not allowed\n"
            '  in "<unicode string>", position 7'
        ),
    ),
}


@pytest.mark.parametrize(("text", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_bad_scenario_is_refused_with_its_place_and_cure(text: str, message: str) -> None:
    assert problem_of(text) == message


def test_an_unknown_kind_is_refused_with_all_that_are_known() -> None:
    problem = problem_of(fault("on: home, kind: drop"))
    assert problem.startswith("x.yaml:9: faults[0]: no kind is called 'drop'; use one of 'chall")
    assert problem.endswith("'throttle', 'truncate'")


def test_all_problems_are_told_at_once() -> None:
    text = fault("on: sofa, kind: hang, share: 0").replace("seed: 7", "seed: x")
    assert [line.split(": ")[1] for line in problem_of(text).splitlines()] == [
        "seed",
        "faults[0].on",
        "faults[0].share",
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    with pytest.raises(ScenarioError, match=r"gone.yaml: cannot be read: No such file"):
        load_scenario(path)
    path.write_bytes(b"\xff")
    with pytest.raises(ScenarioError, match=r"gone.yaml: cannot be read: it is not UTF-8 text"):
        load_scenario(path)
