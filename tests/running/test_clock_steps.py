"""The machine's clock is set while the whole daemon runs: nothing is looked at less for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from time import time

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from running_daemon import running
from structlog.testing import capture_logs

from probe.config.settings import Settings
from probe.model.clock import Clock, Onward
from probe.model.event import Event, Observed, Skipped
from probe.model.state import SkipReason, Verdict
from probe.rehearsing import virtual
from probe.running.daemon import Daemon

pytestmark = pytest.mark.unwatched  # hours of the whole daemon; test_staging.py shows its minutes

START = 1_772_449_200.0
INTERVAL_S = 30.0
SET_AT_S = 310.0
BACK_S, FORWARD_S = -600.0, 3600.0


@dataclass
class Scene:
    """A target, and what a daemon shows of it; times are seconds that really passed."""

    clock: Clock
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    runs: dict[str, list[float]] = field(default_factory=dict)
    stamps: list[float] = field(default_factory=list)
    skips: list[SkipReason] = field(default_factory=list)
    ailments: list[str] = field(default_factory=list)

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status, headers=self.headers)

    def handle(self, event: Event) -> None:
        if isinstance(event, Observed):
            self.runs.setdefault(event.run.path, []).append(self.clock.monotonic())
            self.stamps.append(event.run.ended_at)
        if isinstance(event, Skipped):
            self.skips.append(event.reason)

    async def until(self, passed_s: float) -> None:
        while self.clock.monotonic() < passed_s:
            await asyncio.sleep(1)
            if ailment := self.daemon._ailment():
                self.ailments.append(ailment)

    async def run(self, play: Callable[["Scene"], Awaitable[None]]) -> None:
        """`play`, while the daemon runs."""
        application = web.Application()
        application.router.add_get("/", self.answer)
        async with TestServer(application) as server:
            url = str(server.make_url("/"))
            self.daemon = Daemon(settings(url), self.clock, reporters=(self,))
            async with running(self.daemon):
                await play(self)

    @property
    def verdict(self) -> Verdict:
        return self.daemon.cycle.memories["acme"].status.verdict


def settings(url: str) -> Settings:
    paths = [
        {"name": name, "plane": plane, "interval": INTERVAL_S, "steps": [{"request": f"GET {url}"}]}
        for name, plane in (("login", "control"), ("api", "data"))
    ]
    service = {"name": "acme", "paths": paths}
    return Settings.model_validate({"listen": "127.0.0.1:0", "services": [service]})


@pytest.fixture
def played(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[float, Callable[[Scene], Awaitable[None]]], Scene]:
    """Plays with a machine whose clock is set by so many seconds at `SET_AT_S`."""
    advance = virtual._Time.advance

    def play(step_s: float, of: Callable[[Scene], Awaitable[None]]) -> Scene:
        def advanced(self: virtual._Time, seconds: float) -> None:
            before = self.elapsed
            advance(self, seconds)
            if before < SET_AT_S <= self.elapsed:
                self._traveller.shift(timedelta(seconds=step_s))

        async def main(loops: Clock) -> Scene:
            now = Onward(time, loops.monotonic)
            scene = Scene(Clock(now=now, monotonic=loops.monotonic, machine=time))
            await scene.run(of)
            return scene

        monkeypatch.setattr(virtual._Time, "advance", advanced)
        return virtual.run_virtually(main, start=START)

    return play


Played = Callable[[float, Callable[[Scene], Awaitable[None]]], Scene]


@pytest.mark.parametrize("step_s", [BACK_S, -86_400.0, -3.0, 3.0, FORWARD_S, 86_400.0])
def test_every_path_is_looked_at_at_its_pace_whatever_the_clock_does(
    played: Played, step_s: float
) -> None:
    async def go_on(scene: Scene) -> None:
        await scene.until(900)
        assert scene.verdict is Verdict.HEALTHY

    scene = played(step_s, go_on)
    for times in scene.runs.values():
        gaps = [after - before for before, after in pairwise(times)]
        assert max(gaps[1:]) <= INTERVAL_S + 1.1
        assert len(times) <= 900 / INTERVAL_S + 3
    assert scene.stamps == sorted(scene.stamps)
    assert scene.skips == []
    assert scene.ailments == []


def test_the_slots_are_the_same_after_the_clock_was_set(played: Played) -> None:
    scene = played(BACK_S, lambda scene: scene.until(900))
    for times in scene.runs.values():
        before, after = times[3], times[-1]
        assert (after - before) % INTERVAL_S == pytest.approx(0, abs=0.1)


def test_evidence_goes_stale_by_the_time_that_passed_after_the_clock_was_set_back(
    played: Played,
) -> None:
    async def look_no_more(scene: Scene) -> None:
        await scene.until(SET_AT_S + 20)
        scene.daemon._schedule.stop()
        await scene.until(SET_AT_S + 20 + 3 * INTERVAL_S / 0.9 + 5)
        assert scene.verdict is Verdict.UNKNOWN

    played(BACK_S, look_no_more)


def test_a_clock_that_is_set_forward_makes_evidence_stale_for_seconds_only(
    played: Played,
) -> None:
    async def look(scene: Scene) -> None:
        await scene.until(SET_AT_S + 5)
        assert scene.verdict is Verdict.HEALTHY

    played(FORWARD_S, look)


def test_a_wait_that_was_asked_for_ends_when_it_is_due_after_the_clock_was_set_back(
    played: Played,
) -> None:
    async def throttle(scene: Scene) -> None:
        await scene.until(SET_AT_S - INTERVAL_S)
        scene.status, scene.headers = 429, {"Retry-After": "120"}
        await scene.until(SET_AT_S)
        scene.status = 200
        scene.runs.clear()
        await scene.until(SET_AT_S + 120 / 0.9 + INTERVAL_S + 1)
        assert set(scene.runs) == {"login", "api"}

    played(BACK_S, throttle)


@pytest.mark.parametrize(
    ("step_s", "said"),
    [
        (
            BACK_S,
            {
                "event": "system clock set back: reported times are slewed to it, "
                "a restart resyncs at once",
                "by_s": 600.0,
                "agrees_in_s": 6000,
                "log_level": "warning",
            },
        ),
        (
            FORWARD_S,
            {
                "event": "system clock set forward, or the machine slept",
                "by_s": 3600.0,
                "log_level": "warning",
            },
        ),
    ],
)
def test_a_clock_that_was_set_is_said_once(
    played: Played, step_s: float, said: dict[str, object]
) -> None:
    with capture_logs() as log:
        played(step_s, lambda scene: scene.until(600))
    assert [line for line in log if "system clock" in str(line["event"])] == [said]
