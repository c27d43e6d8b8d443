"""Reads every configured status page on its own schedule, separately from the paths."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from probe.config.service import Service
from probe.config.settings import Settings
from probe.config.vendor import PAGE_PATH, POLITE_S, StatusPage
from probe.judging.freshness import stands_s
from probe.judging.page import PageMemory, begin, judge
from probe.model.claim import Claim, Post
from probe.model.clock import Clock
from probe.model.event import Announced, Claimed, Event, PageRead, Posted
from probe.model.run import Run
from probe.observing.vendor.page_history import Known, News
from probe.observing.vendor.reader import Reader

LOOKS_AGAIN_S: Final = 1.0
"""How soon a service looks again whether it is its turn, though the page may be asked."""

Past = tuple[Sequence[Run], Known]
"""The earlier readings of a page, oldest first, and what it said."""


class StatusPages:
    """One task per page. Services that share a page together ask no more often than one would.

    `past` returns what is remembered of the page of the service of that name.
    """

    def __init__(
        self,
        clock: Clock,
        report: Callable[[Event], None],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        past: Callable[[str], Awaitable[Past]],
    ) -> None:
        self._clock = clock
        self._report = report
        self._spawn = spawn
        self._past = past
        self._read: list[Service] = []
        self._not_before: dict[str, float] = {}
        self._lines: defaultdict[str, deque[Service]] = defaultdict(deque)
        self._adopted = asyncio.Event()

    def adopt(self, settings: Settings) -> None:
        """Read the pages of `settings`, and no others; a task waiting for a dropped page ends."""
        self._settings = settings
        self._adopted.set()
        self._adopted = asyncio.Event()
        for service in settings.services:
            if service.status_page is not None and service not in self._read:
                self._read.append(service)
                reading = self._keep_reading(service, service.status_page)
                self._spawn(reading, f"status page of {service.name}")

    async def _keep_reading(self, service: Service, page: StatusPage) -> None:
        """Read one page until the service is changed or removed."""
        runs, known = await self._past(service.name)
        settings = self._settings
        reader = Reader(service, page, settings, self._clock, known)
        memory = begin(service.name, PAGE_PATH, self._clock.now())
        for run in runs:
            memory = self._rest(service, memory, run, reader.learn(run))
        if runs:
            self._report(PageRead(run=runs[-1], status=memory.status, remembered=True))
        while await self._turn(service, page):
            if settings is not self._settings:
                settings = self._settings
                reader.adopt(settings)
            reading = await reader.read()
            memory = self._rest(service, memory, reading.run, reading.rest_s)
            self._report(PageRead(run=reading.run, status=memory.status))
            for news in reading.news:
                self._report(_told(news))
        self._read.remove(service)

    async def _turn(self, service: Service, page: StatusPage) -> bool:
        """Wait in line until the page may be asked again: the services that share it alternate.

        Returns False, and leaves the turn to others, if `service` is no longer configured.
        """
        line = self._lines[page.url]
        line.append(service)
        try:
            while self._knows(service):
                now = self._clock.now()
                wait = self._not_before.get(page.url, 0.0) - now
                if wait <= 0 and line[0] is service:
                    self._not_before[page.url] = now + POLITE_S
                    return True
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(wait, LOOKS_AGAIN_S)):
                        await self._adopted.wait()
            return False
        finally:
            line.remove(service)

    def _knows(self, service: Service) -> bool:
        return self._settings.service(service.name) == service

    def _rest(self, service: Service, memory: PageMemory, run: Run, rest_s: float) -> PageMemory:
        """Leave the page alone for `rest_s` after `run`; returns what is now known of it."""
        rests_until = run.ended_at + rest_s
        if service.status_page is not None:
            url = service.status_page.url
            self._not_before[url] = max(self._not_before.get(url, 0.0), rests_until)
        interval = self._settings.page_interval(service)
        return judge(memory, run, fresh_until=rests_until + stands_s(interval))


def _told(news: News) -> Event:
    """The event that carries `news` to the reporters."""
    match news:
        case Claim():
            return Claimed(claim=news)
        case Post():
            return Posted(post=news)
    return Announced(maintenance=news)
