"""An outage that begins while the clock is an hour ahead; with the clock put right, a restart."""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from running_daemon import running

from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.event import Event, Notified
from probe.model.incident import Incident
from probe.model.notification import Message, Occasion
from probe.model.report import Report
from probe.model.state import State
from probe.recounting.reports import Frame, report
from probe.rehearsing.virtual import run_virtually
from probe.reporting.journal.report_queries import ReportQueries
from probe.running.daemon import Daemon

pytestmark = pytest.mark.unwatched  # most of an hour of a whole daemon, by ways of other tests
START: Final = 1_772_449_200.0
AHEAD_S: Final = 3600.0
BEGUN_S, SET_S, OVER_S, END_S = 300.0, 600.0, 1800.0, 2700.0
"""The outage begins, the daemon is started anew on a clock that is right, it is over, we look."""


class Scene:
    """What is told of it, and what the journal says of the time since the restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.status = 200
        self.messages: list[Message] = []

    def handle(self, event: Event) -> None:
        if isinstance(event, Notified):
            self.messages.append(event.message)

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status)

    async def play(self, clock: Clock) -> None:
        ahead = Clock(now=lambda: clock.now() + AHEAD_S, monotonic=clock.monotonic)
        application = web.Application()
        application.router.add_route("*", "/{any}", self.answer)
        async with TestServer(application) as server:
            settings = self.settings(str(server.make_url("/")))
            async with running(Daemon(settings, ahead, reporters=(self,))):
                await asyncio.sleep(BEGUN_S)
                self.status = 500
                await asyncio.sleep(SET_S - BEGUN_S)
            async with running(Daemon(settings, clock, reporters=(self,))):
                await asyncio.sleep(START + OVER_S - clock.now())
                self.status = 200
                await asyncio.sleep(END_S - OVER_S)
        self.told = self.report(START + SET_S, clock.now())

    def settings(self, url: str) -> Settings:
        path = {
            "name": "api",
            "plane": "data",
            "interval": 30.0,
            "steps": [{"request": f"GET {url}a"}],
        }
        hook = {"name": "team", "webhook": f"{url}hook", "remind_every": "5m"}
        return Settings.model_validate(
            {
                "listen": "127.0.0.1:0",
                "journal": self.folder / "journal.db",
                "notifications": [hook],
                "services": [{"name": "acme", "quiet_after": "10m", "paths": [path]}],
            }
        )

    def report(self, since: float, until: float) -> Report:
        with contextlib.closing(ReportQueries.open(self.folder / "journal.db")) as journal:
            self.incidents: list[Incident] = journal.incidents()
            frame = Frame(title="", since=since, until=until, made_at=until)
            return report(journal, frame, None)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    played = Scene(tmp_path_factory.mktemp("stepped"))
    run_virtually(played.play, start=START)
    return played


def test_it_is_reminded_of_while_it_lasts(scene: Scene) -> None:
    reminders = [each.at for each in scene.messages if each.occasion is Occasion.REMINDER]
    after = [at - START for at in reminders if at < START + AHEAD_S]
    assert after == pytest.approx([SET_S + 300, SET_S + 600, SET_S + 900, SET_S + 1200], abs=30)


def test_it_has_the_length_that_was_seen_since_the_restart(scene: Scene) -> None:
    (incident,) = scene.incidents
    assert incident.closed_at is not None
    lasted = incident.closed_at - incident.opened_at
    assert lasted == pytest.approx(OVER_S - SET_S, abs=60)
    healthy, ended = scene.messages[-2:]
    assert ended.length_s == pytest.approx(lasted)
    assert healthy.length_s == pytest.approx(lasted, abs=120)
    assert all((wave.ended_at or 0) >= wave.started_at for wave in incident.waves)


def test_what_happens_after_the_restart_is_recorded_as_it_is(scene: Scene) -> None:
    (service,) = scene.told.services
    (api,) = service.paths
    assert api.seconds[State.DOWN] == pytest.approx(OVER_S - SET_S, abs=90)
    assert api.seconds[State.UP] == pytest.approx(END_S - OVER_S, abs=90)
    (incident,) = service.incidents
    assert incident.lengths.down_s == pytest.approx(OVER_S - SET_S, abs=90)
