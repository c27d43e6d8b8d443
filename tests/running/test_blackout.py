"""Everything fails at once: one plane is confirmed down first, but channels hear of the outage."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from running_daemon import running

from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.event import Changed, Event, Notified
from probe.model.state import Verdict
from probe.rehearsing.virtual import run_virtually
from probe.running.daemon import Daemon

HEALTHY_S, FAILING_S = 60.0, 60.0


class Scene:
    """What is found and what is told, when a server of login and API fails altogether."""

    def __init__(self, interval: float, begins_s: float) -> None:
        self.interval = interval
        self.begins_s = begins_s
        self.status = 200
        self.found: list[Verdict] = []
        self.told: list[Verdict] = []

    def handle(self, event: Event) -> None:
        if isinstance(event, Changed):
            self.found.append(event.transition.new)
        if isinstance(event, Notified):
            self.told.append(event.message.verdict)

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status)

    async def play(self, clock: Clock) -> None:
        application = web.Application()
        application.router.add_route("*", "/{any}", self.answer)
        async with TestServer(application) as server:
            settings = self.settings(str(server.make_url("/")))
            async with running(Daemon(settings, clock, reporters=(self,))):
                await asyncio.sleep(HEALTHY_S + self.begins_s)
                self.status = 500
                await asyncio.sleep(FAILING_S)

    def settings(self, url: str) -> Settings:
        paths = [
            {
                "name": name,
                "plane": plane,
                "interval": self.interval,
                "steps": [{"request": f"GET {url}{name}"}],
            }
            for name, plane in (("login", "control"), ("usage", "control"), ("api", "data"))
        ]
        hook = {"name": "team", "webhook": f"{url}hook"}
        return Settings.model_validate(
            {
                "listen": "127.0.0.1:0",
                "notifications": [hook],
                "services": [{"name": "acme", "paths": paths}],
            }
        )


@pytest.mark.parametrize("interval", [5.0, 30.0])
@pytest.mark.parametrize("begins_at", [0.1, 0.7])
def test_an_outage_is_told_as_one_though_a_split_is_found_first(
    interval: float, begins_at: float
) -> None:
    scene = Scene(interval, begins_at * interval)
    run_virtually(scene.play, start=1_772_449_200.0)
    assert scene.found[-1] is Verdict.OUTAGE
    assert [each for each in scene.told if each.troubled] == [Verdict.OUTAGE]
