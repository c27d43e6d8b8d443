"""A reload, whatever is under way: runs, other reloads, and who asked for it going away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from running_daemon import RunningDaemon
from structlog.testing import capture_logs

from probe.config.loading import load
from probe.model.clock import SYSTEM
from probe.running.daemon import Daemon

REFUSALS = 3


@dataclass
class Target:
    """A server that answers when it is let."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def held(self, _: web.Request) -> web.Response:
        self.asked.set()
        await self.let.wait()
        return web.Response(status=500)

    async def refuse(self, _: web.Request) -> web.Response:
        return web.Response(status=401)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    made = Target()
    application = web.Application()
    application.router.add_get("/held", made.held)
    application.router.add_get("/refuse", made.refuse)
    async with TestServer(application) as server:
        made.url = str(server.make_url("/"))
        yield made
        made.let.set()


@dataclass
class Stand(RunningDaemon):
    """A daemon, its file, and its end."""

    file: Path
    target: Target

    def write(self, *paths: str, interval: str = "30s", more: str = "") -> None:
        listed = "".join(
            f"      - {{name: {path}, plane: data, steps:"
            f' [{{request: "GET {self.target.url}{path}", basic: {{user: u, password: p}}}}]}}\n'
            for path in paths
        )
        self.file.write_text(
            f"{more}journal: {self.file.parent}/journal.db\nlisten: 127.0.0.1:0\n"
            f"defaults: {{interval: {interval}, timeout: 5s}}\n"
            f"services:\n  - name: acme\n    paths:\n{listed}"
        )

    async def __aenter__(self) -> Self:
        await self.begin(Daemon(load(self.file), SYSTEM, config=self.file))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.target.let.set()
        await self.end()

    @property
    def judged(self) -> list[str]:
        return [path.name for path in self.daemon.cycle.memories["acme"].service.paths]


@pytest.fixture
def stand(tmp_path: Path, target: Target) -> Stand:
    return Stand(file=tmp_path / "probe.yaml", target=target)


async def test_a_path_may_be_taken_away_while_it_runs(stand: Stand) -> None:
    stand.write("held", "refuse")
    async with stand:
        await stand.target.asked.wait()
        stand.write("refuse")
        assert (await stand.daemon.reload()).successful
        stand.target.let.set()
        await stand.daemon.cycle.drain(5.0)
        await asyncio.sleep(0)
        assert stand.judged == ["refuse"]
        assert not stand.running.done()


async def test_a_service_that_is_renamed_leaves_nothing_that_confirms_it(stand: Stand) -> None:
    stand.write("held")
    async with stand:
        await stand.target.asked.wait()
        assert stand.daemon._confirmations.keys() == {"acme"}
        stand.file.write_text(stand.file.read_text().replace("acme", "beta"))
        assert (await stand.daemon.reload()).successful
        assert "acme" not in stand.daemon._confirmations
        stand.target.let.set()
        await stand.daemon.cycle.drain(5.0)
        await asyncio.sleep(0)
        assert ("acme", "held") not in stand.daemon.cycle._in_flight


async def test_of_two_reloads_the_later_file_wins(stand: Stand) -> None:
    stand.write("held", "refuse")
    async with stand:
        stand.write("held")
        first = asyncio.create_task(stand.daemon.reload())
        await asyncio.sleep(0)
        stand.write("held", "refuse")
        both = await asyncio.gather(first, stand.daemon.reload())
        assert [each.successful for each in both] == [True, True]
        assert stand.judged == ["held", "refuse"]
        assert [path.name for path in stand.daemon.settings.services[0].paths] == stand.judged


async def test_a_reload_goes_on_when_its_asker_has_left(stand: Stand) -> None:
    stand.write("held", "refuse")
    async with stand:
        stand.write("refuse")
        asking = asyncio.create_task(stand.daemon.reload())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait({asking})
        await asyncio.sleep(0)
        async with stand.daemon._reloading.turn:
            assert stand.judged == ["refuse"]


async def test_a_reload_counts_no_refusal_again(stand: Stand) -> None:
    stand.write("refuse")
    async with stand:
        service = stand.daemon.settings.services[0]
        politeness = stand.daemon.cycle.politeness
        for _ in range(REFUSALS):
            politeness._patience["acme", "refuse"].not_before = 0.0
            await stand.daemon.cycle.run(service, service.paths[0])
        before = politeness._patience["acme", "refuse"].refusals
        rests_until = politeness.waited_until("acme", "refuse")
        stand.write("refuse", interval="31s")
        assert (await stand.daemon.reload()).successful
        assert politeness._patience["acme", "refuse"].refusals == before >= REFUSALS
        assert politeness.waited_until("acme", "refuse") == rests_until


async def test_each_reload_names_what_only_a_restart_takes_up_and_nothing_else(
    stand: Stand,
) -> None:
    stand.write("refuse")
    async with stand:
        waiting = []
        with capture_logs() as log:
            for more in ("enable_reload: true\nlocation: fra1\n",) * 2 + ("location: fra2\n",):
                stand.write("refuse", more=more)
                waiting += [(await stand.daemon.reload()).waiting]
    assert waiting == [("enable_reload",), ("enable_reload",), ()]
    assert [line["key"] for line in log if "key" in line] == ["enable_reload", "enable_reload"]
    assert stand.daemon.board.picture().location == "fra2"


async def test_who_asks_for_a_reload_is_told_what_waits_though_nothing_else_changed(
    stand: Stand,
) -> None:
    stand.write("refuse", more="enable_reload: true\n")
    async with stand, ClientSession() as asker:
        written = stand.file.read_text()
        stand.file.write_text(written.replace("listen: 127.0.0.1:0", "listen: 127.0.0.1:9"))
        told = []
        for _ in range(2):
            async with asker.post(f"{stand.page}/-/reload") as answer:
                told.append((answer.status, await answer.text()))
        stand.file.write_text(written)
        async with asker.post(f"{stand.page}/-/reload") as answer:
            told.append((answer.status, await answer.text()))
    waits = "The configuration was loaded. What changed of listen waits for the next start.\n"
    assert told == [(200, waits)] * 2 + [(200, "The configuration was loaded.\n")]
