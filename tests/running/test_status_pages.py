"""A status page is asked once a minute at most and once an interval, whatever is reloaded when."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from made_runs import a_run

from probe.config.settings import Politeness, Settings
from probe.config.vendor import PAGE_PATH, StatusPage
from probe.model.claim import ClaimState
from probe.model.clock import Clock
from probe.model.event import Announced, Claimed, Event, PageRead, Posted
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult
from probe.model.state import Plane, State
from probe.observing.vendor.page_history import Known
from probe.rehearsing.virtual import run_virtually
from probe.running.status_pages import Past, StatusPages

START = 1_772_452_170.0
INCIDENT = {
    "id": "v1",
    "name": "Login errors",
    "status": "investigating",
    "created_at": "2026-03-02T11:49:00Z",
    "incident_updates": [{"id": "u1", "status": "investigating", "body": "We look into it."}],
}
WORK = {
    "id": "m1",
    "name": "Move",
    "status": "scheduled",
    "scheduled_for": "2026-03-03T12:00:00Z",
    "scheduled_until": "2026-03-03T13:00:00Z",
}
SUMMARY = {
    "page": {},
    "status": {"indicator": "major"},
    "components": [],
    "incidents": [INCIDENT],
    "scheduled_maintenances": [WORK],
}


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


@dataclass
class Stage:
    """A page that tells when it was asked, and who reads it."""

    clock: Clock
    url: str = ""
    asked: list[float] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    read: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    told: list[Event] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @asynccontextmanager
    async def pages(self) -> AsyncIterator[StatusPages]:
        application = web.Application()
        application.router.add_get("/api/v2/summary.json", self._answer)
        async with TestServer(application) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield StatusPages(self.clock, self._note, self._spawn, self._past)
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _past(self, _: str) -> Past:
        return self.runs, Known()

    async def _answer(self, _: web.Request) -> web.Response:
        self.asked.append(self.clock.now() - START)
        self.is_asked.set()
        return web.json_response(SUMMARY)

    def _note(self, event: Event) -> None:
        self.told.append(event)
        if isinstance(event, PageRead):
            self.read[event.status.service].append(event.run.started_at - START)

    def _spawn(self, task: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.create_task(task, name=name))


def played(reloads: list[int], interval: str) -> tuple[list[float], int]:
    """When it was asked, and how many still read it or waited to, a second after the last one."""

    async def main(clock: Clock) -> tuple[list[float], int]:
        stage = Stage(clock)
        async with stage.pages() as pages:
            for version, seconds in enumerate([0, *reloads]):
                await asyncio.sleep(seconds)
                pages.adopt(configured(stage.url, version, interval))
            await asyncio.sleep(1)
            readers = sum(not task.done() for task in stage.tasks)
            await asyncio.sleep(1799)
        return stage.asked, readers

    return run_virtually(main, start=START)


@tried(max_examples=30)
@given(st.lists(st.integers(0, 200), max_size=4), st.sampled_from(["60s", "2m"]))
def test_a_reload_costs_a_page_no_request_and_brings_none_forward(
    reloads: list[int], interval: str
) -> None:
    gaps = [round(later - earlier) for earlier, later in pairwise(asked_at(reloads, interval))]
    assert set(gaps) == {60 if interval == "60s" else 120}


def shared(*ways: dict[str, Any]) -> tuple[list[int], dict[str, list[int]]]:
    """When a page was asked in half an hour, and when it was read for each of its services."""

    async def main(clock: Clock) -> Stage:
        stage = Stage(clock)
        async with stage.pages() as pages:
            (one,) = configured(stage.url, 0, "60s").services
            services = []
            for name, way in zip(("one", "two", "three"), ways, strict=True):
                page = StatusPage.model_validate({"url": stage.url, **way})
                services.append(one.model_copy(update={"name": name, "status_page": page}))
            pages.adopt(Settings(services=tuple(services)))
            await asyncio.sleep(1801)
        return stage

    stage = run_virtually(main, start=START)
    read = {service: [round(at) for at in moments] for service, moments in stage.read.items()}
    return [round(at) for at in stage.asked], read


EACH_MINUTE = [*range(0, 1801, 60)]


def test_services_that_share_a_page_see_every_reading_of_it() -> None:
    asked, read = shared({}, {"interval": 300.0}, {"maintenance": False})
    assert asked == EACH_MINUTE
    assert read == dict.fromkeys(("one", "two", "three"), EACH_MINUTE)


def test_who_asks_the_same_page_in_another_way_asks_in_turn() -> None:
    asked, read = shared({}, {"ip": 4}, {})
    assert asked == EACH_MINUTE
    assert read["one"] == read["three"]
    assert sorted([*read["one"], *read["two"]]) == EACH_MINUTE
    assert len(read["two"]) == 15


def test_who_read_the_page_for_a_service_that_was_reloaded_away_is_gone_at_once() -> None:
    _, readers = played([10] * 50, "20m")
    assert readers == 1


def test_all_that_a_page_says_is_told() -> None:
    async def main(clock: Clock) -> list[Event]:
        stage = Stage(clock)
        async with stage.pages() as pages:
            pages.adopt(configured(stage.url, 0, "60s"))
            await asyncio.sleep(1)
        return stage.told

    told = run_virtually(main, start=START)
    assert [e.claim.state for e in told if isinstance(e, Claimed)] == [ClaimState.PARTIAL_OUTAGE]
    assert [e.post.words for e in told if isinstance(e, Posted)] == ["We look into it."]
    assert [e.maintenance.title for e in told if isinstance(e, Announced)] == ["Move"]


def test_a_restart_tells_what_is_known_of_a_page_and_asks_it_no_sooner() -> None:
    async def main(clock: Clock) -> Stage:
        stage = Stage(clock)
        step = StepResult(name="page", outcome=Outcome.OK, duration_s=0.5)
        of_page = {"path": PAGE_PATH, "plane": Plane.VENDOR, "steps": (step,)}
        for ago in (150, 30):
            stage.runs.append(a_run(id=f"r{ago}", started_at=START - ago, **of_page))
        async with stage.pages() as pages:
            pages.adopt(configured(stage.url, 0, "60s"))
            await asyncio.sleep(60)
        return stage

    stage = run_virtually(main, start=START)
    first = stage.told[0]
    assert isinstance(first, PageRead)
    assert (first.run.id, first.status.state, first.remembered) == ("r30", State.UP, True)
    assert [round(at) for at in stage.asked] == [30]


def test_a_page_that_stays_is_read_on_and_one_that_comes_back_is_read_again() -> None:
    async def main(clock: Clock) -> list[float]:
        stage = Stage(clock)
        async with stage.pages() as pages:
            with_page = configured(stage.url, 0, "60s")
            without = with_page.model_copy(update={"services": ()})
            for settings in (with_page, with_page, without, with_page):
                pages.adopt(settings)
                await asyncio.sleep(80)
                running = sum(not task.done() for task in stage.tasks)
                assert running == len(settings.services)
        return stage.asked

    asked = run_virtually(main, start=START)
    assert [round(at) for at in asked] == [0, 60, 120, 240, 300]


def test_a_page_is_read_as_often_as_a_new_configuration_says() -> None:
    async def main(clock: Clock) -> list[float]:
        stage = Stage(clock)
        async with stage.pages() as pages:
            page = StatusPage(url=stage.url)
            (service,) = configured(stage.url, 0, "60s").services
            services = (service.model_copy(update={"status_page": page}),)
            for often in ("60s", "5m"):
                politeness = Politeness.model_validate({"status_page_interval": often})
                pages.adopt(Settings(services=services, politeness=politeness))
                await asyncio.sleep(90)
            await asyncio.sleep(400)
        return stage.asked

    assert [round(at) for at in run_virtually(main, start=START)] == [0, 60, 120, 420]


OF_THE_PAGE = (PageRead, Claimed, Posted, Announced)


def told_over_a_reload(wait: Callable[[Stage], Awaitable[object]]) -> list[Event]:
    """What is told of `stays`, which shares its page with a service that changes after `wait`."""

    async def main(clock: Clock) -> list[Event]:
        stage = Stage(clock)
        async with stage.pages() as pages:
            (service,) = configured(stage.url, 0, "60s").services
            (other,) = configured(stage.url, 1, "60s").services
            stays = service.model_copy(update={"name": "stays"})
            pages.adopt(Settings(services=(service, stays)))
            await wait(stage)
            pages.adopt(Settings(services=(other, stays)))
            await asyncio.sleep(90)
        return stage.told

    told = run_virtually(main, start=START)
    return [event for event in told if isinstance(event, OF_THE_PAGE) and of(event) == "stays"]


def test_a_reload_of_one_service_tells_nothing_again_to_another_that_shares_its_page() -> None:
    told = told_over_a_reload(lambda _: asyncio.sleep(90))
    readings = [event for event in told if isinstance(event, PageRead)]
    assert [round(reading.status.since - START) for reading in readings] == [0, 0, 0]
    news = [type(event) for event in told if not isinstance(event, PageRead)]
    assert news == [Claimed, Posted, Announced]


def test_what_is_read_while_a_service_is_reloaded_is_told_once_to_others_that_share_the_page() -> (
    None
):
    told = told_over_a_reload(lambda stage: stage.is_asked.wait())
    news = [type(event) for event in told if not isinstance(event, PageRead)]
    assert news == [Claimed, Posted, Announced]
    assert len(told) - len(news) == 2


def of(event: PageRead | Claimed | Posted | Announced) -> str:
    """The service that `event` is about."""
    match event:
        case PageRead(status=status):
            return status.service
        case Claimed(claim=told):
            return told.service
        case Posted(post=written):
            return written.service
        case Announced(maintenance=planned):
            return planned.service
