"""Where, when and how often faults act."""

import pytest
from faultless import SCENARIO
from visitor import KEY, Start, Visitor

from probe.simulator.accounts import Credentials
from probe.simulator.latency import Latency
from probe.simulator.provider import Provider
from probe.simulator.routes import ALL, CONTROL, DATA, STATUS, Route
from probe.simulator.scenario import read_scenario

HALF = """
faults:
  - {on: console, kind: status, status: 500, share: 0.3}
"""


async def consoles(visitor: Visitor, count: int) -> list[int]:
    return [(await visitor.get("/console"))[0] for _ in range(count)]


async def test_a_fault_acts_from_its_beginning_until_just_before_its_end(start: Start) -> None:
    fault = '{on: console, kind: status, status: 500, from: "11:10", until: "11:20:30"}'
    visitor = await start(f"faults: [{fault}]")
    for seconds, status in ((599, 200), (1, 500), (629, 500), (1, 200)):
        visitor.hands.seconds += seconds
        assert (await visitor.get("/console"))[0] == status


async def test_a_share_is_drawn_alike_for_the_same_seed(start: Start) -> None:
    first = await consoles(await start(HALF), 100)
    assert first == await consoles(await start(HALF), 100)
    assert 15 <= first.count(500) <= 45


async def test_the_first_fault_named_is_the_first_to_act(start: Start) -> None:
    visitor = await start("""
faults:
  - {on: console, kind: truncate}
  - {on: console, kind: status, status: 500, body: "0123456789"}
""")
    async with visitor.http.get("/console") as answer:
        assert (answer.status, answer.content_length) == (500, 10)
        assert await answer.content.readany() == b"01234"


async def test_faults_leave_the_other_routes_of_the_same_address_alone(start: Start) -> None:
    visitor = await start("faults: [{on: stream, kind: overload}]")
    assert (await visitor.message())[0] == 200
    assert (await visitor.message(stream=True))[0] == 529


async def test_sessions_end_at_the_planned_moment(start: Start) -> None:
    fault = '{on: usage, kind: expire_sessions, from: "11:10", until: "11:11"}'
    visitor = await start(f"faults: [{fault}]")
    await visitor.sign_in()
    visitor.hands.seconds += 1200
    assert (await visitor.get("/api/account"))[0] == 401


async def test_a_session_opened_after_the_planned_moment_lives(start: Start) -> None:
    fault = '{on: usage, kind: expire_sessions, from: "11:10", until: "11:11"}'
    visitor = await start(f"faults: [{fault}]")
    visitor.hands.seconds += 1200
    await visitor.sign_in()
    assert (await visitor.get("/api/account"))[0] == 200


def test_the_groups_share_all_routes_among_them() -> None:
    assert CONTROL | DATA | STATUS == ALL
    assert len(CONTROL) + len(DATA) + len(STATUS) == len(ALL)


async def test_scenario_time_runs_as_fast_as_told() -> None:
    seconds = [500.0]
    provider = Provider(read_scenario(SCENARIO), now=lambda: seconds[0], speed=60)
    seconds[0] += 90
    assert provider.clock.now().isoformat() == "2026-03-02T12:30:00+00:00"


@pytest.mark.parametrize(
    ("configured", "route", "seconds"),
    [
        ({}, Route.CONSOLE, 0.08),
        ({}, Route.MODELS, 0.05),
        ({}, Route.STREAM, 0.25),
        ({"default": 0.0}, Route.STREAM, 0.0),
        ({"data": 0.01}, Route.COUNT_TOKENS, 0.01),
        ({"data": 0.01}, Route.STREAM, 0.25),
        ({"default": 0.02, "status": 0.5}, Route.STATUS_SUMMARY, 0.5),
    ],
)
def test_the_closest_name_decides_on_the_latency(
    configured: dict[str, float], route: Route, seconds: float
) -> None:
    provider = Provider(read_scenario(SCENARIO))
    latency = Latency(configured, provider._rng)
    assert latency.typical_s(route) == seconds
    assert 0.75 * seconds <= latency.drawn_s(route) <= 1.75 * seconds


async def test_the_default_credentials_can_be_others() -> None:
    provider = Provider(read_scenario(SCENARIO), credentials=Credentials(api_key="sk-other"))
    now = provider.clock.now()
    assert provider._accounts.accepts("sk-other", now)
    assert not provider._accounts.accepts(KEY["x-api-key"], now)
