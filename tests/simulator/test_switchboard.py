"""The switchboard under /_simulator, and taking a stand-in off its socket."""

import asyncio
import time

import aiohttp
import pytest
from faultless import SCENARIO
from visitor import Start, Visitor

from probe.simulator.provider import Provider
from probe.simulator.scenario import read_scenario
from probe.simulator.serving import serving


async def test_it_shows_the_clock_the_faults_and_the_requests(start: Start) -> None:
    visitor = await start('faults: [{on: data, kind: delay, delay: 90s, from: "11:30"}]')
    await visitor.get("/console")
    visitor.hands.seconds += 1800
    assert await visitor.json("/_simulator") == {
        "scenario": "a test",
        "now": "2026-03-02T11:30:00+00:00",
        "speed": 1.0,
        "faults": [
            {
                "on": ["models", "messages", "stream", "count_tokens"],
                "kind": "delay",
                "delay": "90s",
                "share": 1.0,
                "from": "2026-03-02T11:30:00Z",
            }
        ],
        "injected": 0,
        "requests": {"console": 1},
        "requests_total": 1,
    }


async def test_faults_put_in_act_until_they_are_taken_out(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "status", "status": 500})
    assert (await visitor.get("/console"))[0] == 500
    visitor.hands.seconds += 100_000
    assert (await visitor.get("/console"))[0] == 500
    await visitor.http.delete("/_simulator/faults")
    assert (await visitor.get("/console"))[0] == 200


async def test_faults_put_in_replace_those_before_and_leave_the_planned_ones(
    start: Start,
) -> None:
    visitor = await start("faults: [{on: home, kind: status, status: 500}]")
    await visitor.inject({"on": "console", "kind": "status", "status": 500})
    await visitor.inject({"on": "login_page", "kind": "status", "status": 500})
    found = [(await visitor.get(path))[0] for path in ("/home", "/console", "/login")]
    assert found == [500, 200, 500]


async def test_faults_can_be_put_in_as_they_are_shown(visitor: Visitor) -> None:
    await visitor.inject({"on": "all", "kind": "throttle", "retry_after": "45s"})
    shown = (await visitor.json("/_simulator"))["faults"]
    await visitor.inject(*shown)
    assert (await visitor.json("/_simulator"))["faults"] == shown


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 "),
        (b"{}", "faults: faults: must be a list"),
        (b'[{"on": "home", "kind": "drop"}]', "faults: faults[0]: no kind is called 'drop'; "),
        (b'[{"on": "home"}]', "faults: faults[0]: needs a `kind`"),
        (b"[" * 100_000, "not JSON: "),
    ],
)
async def test_bad_faults_are_refused_with_their_problem_and_change_nothing(
    visitor: Visitor, body: bytes, problem: str
) -> None:
    await visitor.inject({"on": "home", "kind": "hang"})
    async with visitor.http.put("/_simulator/faults", data=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].startswith(problem)
    assert len((await visitor.json("/_simulator"))["faults"]) == 1


async def test_no_fault_acts_on_the_switchboard(visitor: Visitor) -> None:
    await visitor.inject({"on": "all", "kind": "hang"})
    assert (await visitor.get("/_simulator"))[0] == 200


async def test_a_stand_in_stops_at_once_with_requests_hanging_in_every_way() -> None:
    kinds = ["hang", "stall", "drip"]
    faults = ", ".join(
        f"{{on: {route}, kind: {kind}}}"
        for route, kind in zip(["home", "console", "login_page"], kinds, strict=True)
    )
    provider = Provider(read_scenario(f"{SCENARIO}faults: [{faults}]"))
    async with aiohttp.ClientSession() as http:
        async with serving(provider) as url:
            visits = [
                asyncio.create_task(fetch(http, url + path))
                for path in ("/home", "/console", "/login")
            ]
            await asyncio.sleep(0.05)
            before = time.monotonic()
        assert time.monotonic() - before < 0.5
        ends = await asyncio.gather(*visits, return_exceptions=True)
    assert all(isinstance(end, aiohttp.ClientError) for end in ends)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def fetch(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url) as answer:
        return await answer.read()


async def test_a_port_in_use_is_an_os_error() -> None:
    provider = Provider(read_scenario(SCENARIO))
    async with serving(provider) as url:
        with pytest.raises(OSError, match="address already in use"):
            async with serving(provider, port=int(url.rpartition(":")[2])):
                pass


async def test_the_base_url_of_an_ipv6_host_stands_in_brackets() -> None:
    async with serving(Provider(read_scenario(SCENARIO)), host="::1") as url:
        assert url.startswith("http://[::1]:")
