"""Reads every configured status page on its own schedule, separately from the paths."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
"""How soon a task looks again whether it is its turn, though the page may be asked."""

Past = tuple[Sequence[Run], Known]
"""The earlier readings of a page, oldest first, and what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A page, and the services that ask it in the same way."""

    page: StatusPage
    services: tuple[Service, ...]

    @property
    def name(self) -> str:
        """The name of its first service: no other page has that."""
        return self.services[0].name


@dataclass(slots=True)
class _Followed:
    """A service, who reads its page, and what is known of that page."""

    service: Service
    reader: Reader
    memory: PageMemory


class StatusPages:
    """One task per page, for all services that share it.

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
        self._shared: dict[str, Sharing] = {}
        self._read: list[Sharing] = []
        self._followed: dict[str, _Followed] = {}
        self._not_before: dict[str, float] = {}
        self._lines: defaultdict[str, deque[Sharing]] = defaultdict(deque)
        self._adopted = asyncio.Event()

    def adopt(self, settings: Settings) -> None:
        """Read the pages of `settings`, and no others; a task waiting for a dropped page ends."""
        self._settings = settings
        before, self._shared = self._shared, {each.name: each for each in _sharing(settings)}
        names = {service.name for service in settings.services}
        self._followed = {name: each for name, each in self._followed.items() if name in names}
        self._adopted.set()
        self._adopted = asyncio.Event()
        for name, sharing in self._shared.items():
            if sharing != before.get(name) and sharing not in self._read:
                self._read.append(sharing)
                self._spawn(self._keep_reading(sharing), f"status page {sharing.page.url}")

    async def _keep_reading(self, sharing: Sharing) -> None:
        """Read a page until one of its services is changed or removed, or another shares it."""
        pasts = {each.name: await self._past(each.name) for each in sharing.services}
        settings = self._settings
        known = {name: known for name, (_, known) in pasts.items()}
        reader = Reader(sharing.page, sharing.services, settings, self._clock, known)
        followed = {
            each.name: self._follow(sharing.page, reader, each, pasts[each.name][0])
            for each in sharing.services
        }
        while await self._turn(sharing):
            if settings is not self._settings:
                settings = self._settings
                reader.adopt(settings)
            for reading in await reader.read():
                run, one = reading.run, followed[reading.run.service]
                one.memory = self._learn(sharing.page, reader, one.memory, run)
                self._report(PageRead(run=run, status=one.memory.status))
                for news in reading.news:
                    self._report(_told(news))
        self._read.remove(sharing)

    def _follow(
        self, page: StatusPage, reader: Reader, service: Service, runs: Sequence[Run]
    ) -> _Followed:
        """What is known of the page for `service`; of an unchanged one, nothing is told again."""
        before = self._followed.get(service.name)
        if before is not None and before.service == service:
            reader.take_over(before.reader, service.name)
            before.reader = reader
            return before
        memory = self._recalled(page, reader, service.name, runs)
        followed = self._followed[service.name] = _Followed(service, reader, memory)
        return followed

    def _recalled(
        self, page: StatusPage, reader: Reader, service: str, runs: Sequence[Run]
    ) -> PageMemory:
        """What earlier readings say of the page; the last of them is reported once more."""
        memory = begin(service, PAGE_PATH, self._clock.now())
        for run in runs:
            memory = self._learn(page, reader, memory, run)
        if runs:
            self._report(PageRead(run=runs[-1], status=memory.status, remembered=True))
        return memory

    def _learn(self, page: StatusPage, reader: Reader, memory: PageMemory, run: Run) -> PageMemory:
        """Leave the page alone as `run` asks for; returns what is now known of it."""
        until = run.ended_at + reader.learn(run)
        self._not_before[page.url] = max(self._not_before.get(page.url, 0.0), until)
        return judge(memory, run, fresh_until=until + stands_s(reader.interval))

    async def _turn(self, sharing: Sharing) -> bool:
        """Wait in line until the page may be asked again: who asks it in different ways alternate.

        Returns False, and leaves the turn to others, if that is no longer configured.
        """
        url = sharing.page.url
        line = self._lines[url]
        line.append(sharing)
        try:
            while self._shared.get(sharing.name) == sharing:
                now = self._clock.now()
                wait = self._not_before.get(url, 0.0) - now
                if wait <= 0 and line[0] is sharing:
                    self._not_before[url] = now + POLITE_S
                    return True
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(wait, LOOKS_AGAIN_S)):
                        await self._adopted.wait()
            return False
        finally:
            line.remove(sharing)


def _sharing(settings: Settings) -> Iterator[Sharing]:
    """The pages of `settings`; a page that is asked in two ways is two."""
    ways: defaultdict[object, list[Service]] = defaultdict(list)
    for service in settings.services:
        if page := service.status_page:
            ways[page.url, page.format, settings.page_defaults(service)].append(service)
    for services in ways.values():
        if page := services[0].status_page:
            yield Sharing(page=page, services=tuple(services))


def _told(news: News) -> Event:
    """The event that carries `news` to the reporters."""
    match news:
        case Claim():
            return Claimed(claim=news)
        case Post():
            return Posted(post=news)
    return Announced(maintenance=news)
