"""A status page is asked once a minute at most and once an interval, whatever is reloaded when."""

import asyncio
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.event import Event, PageRead
from probe.rehearsing.virtual import run_virtually
from probe.running.remembering.vendor_pages import VendorPages
from probe.running.remembering.writer import Writer
from probe.running.status_pages import StatusPages

START = 1_772_452_170.0
SUMMARY = {"page": {}, "status": {"indicator": "none"}, "components": [], "incidents": []}


def configured(url: str, version: int, interval: str) -> Settings:
    """A service that is another one in each version, and its page."""
    path = {"name": "api", "plane": "data", "steps": [{"request": "GET http://localhost/"}]}
    page = {"url": url, "interval": interval}
    service = {
        "name": "acme",
        "paths": [path],
        "status_page": page,
        "quiet_after": f"{version + 1}m",
    }
    return Settings.model_validate({"services": [service]})


def asked_at(reloads: list[int], interval: str) -> list[float]:
    """When the page was asked in half an hour in which the service changed after those seconds."""
    return played(reloads, interval)[0]


def played(reloads: list[int], interval: str) -> tuple[list[float], int]:
    """When it was asked, and how many still read it or waited to, a second after the last one."""
    asked: list[float] = []
    readers: list[int] = []

    async def main(clock: Clock) -> None:
        async def answer(_: web.Request) -> web.Response:
            asked.append(clock.now() - START)
            return web.json_response(SUMMARY)

        application = web.Application()
        application.router.add_get("/api/v2/summary.json", answer)
        tasks: list[asyncio.Task[None]] = []

        def spawn(task: Coroutine[Any, Any, None], name: str) -> None:
            tasks.append(asyncio.create_task(task, name=name))

        async with TestServer(application) as server:
            url = str(server.make_url("")).rstrip("/")
            pages = StatusPages(clock, lambda _: None, spawn, VendorPages(None, Writer()).past)
            for version, seconds in enumerate([0, *reloads]):
                await asyncio.sleep(seconds)
                pages.adopt(configured(url, version, interval))
            await asyncio.sleep(1)
            readers.append(sum(not task.done() for task in tasks))
            await asyncio.sleep(1799)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    run_virtually(main, start=START)
    return asked, readers[0]


@tried(max_examples=30)
@given(st.lists(st.integers(0, 200), max_size=4), st.sampled_from(["60s", "2m"]))
def test_a_reload_costs_a_page_no_request_and_brings_none_forward(
    reloads: list[int], interval: str
) -> None:
    gaps = [round(later - earlier) for earlier, later in pairwise(asked_at(reloads, interval))]
    assert set(gaps) == {60 if interval == "60s" else 120}


def test_services_that_share_a_page_read_it_in_turn() -> None:
    read: list[str] = []

    async def main(clock: Clock) -> None:
        application = web.Application()

        async def answer(_: web.Request) -> web.Response:
            return web.json_response(SUMMARY)

        application.router.add_get("/api/v2/summary.json", answer)
        tasks: list[asyncio.Task[None]] = []

        def note(event: Event) -> None:
            if isinstance(event, PageRead):
                read.append(event.status.service)

        def spawn(task: Coroutine[Any, Any, None], name: str) -> None:
            tasks.append(asyncio.create_task(task, name=name))

        async with TestServer(application) as server:
            url = str(server.make_url("")).rstrip("/")
            (one,) = configured(url, 0, "60s").services
            names = ("one", "two", "three")
            services = tuple(one.model_copy(update={"name": name}) for name in names)
            pages = StatusPages(clock, note, spawn, VendorPages(None, Writer()).past)
            pages.adopt(Settings(services=services))
            await asyncio.sleep(1801)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    run_virtually(main, start=START)
    assert len(read) == 31
    assert all(len(set(read[at : at + 3])) == 3 for at in range(28))


def test_who_read_the_page_for_a_service_that_was_reloaded_away_is_gone_at_once() -> None:
    _, readers = played([10] * 50, "20m")
    assert readers == 1
