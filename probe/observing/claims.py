"""What a vendor's status page says, read from Statuspage v2's summary.json.

A page that cannot be read says nothing: every component is `unknown` then, never all clear.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import aiohttp

from probe.config.settings import Service
from probe.model.claim import Claim, ClaimState
from probe.model.clock import Clock
from probe.observing.document import Unreadable, parse
from probe.observing.statuspage import PAGE, Statement, statements

TIMEOUT_S: Final = 10.0
LARGEST: Final = 2**20
_OK, _NOT_MODIFIED = 200, 304


class ClaimReader:
    """Reads one service's status page and tells what changed since it was last read."""

    def __init__(self, service: Service, clock: Clock, user_agent: str) -> None:
        self._service = service
        self._components = {key: one.name for key, one in service.components.items()}
        self._clock = clock
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        self._etag = ""
        self._said: dict[str, Statement] = {}

    async def read(self) -> tuple[Claim, ...]:
        """The claims that are new; raises nothing but a cancellation."""
        if self._service.status_page is None:
            return ()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                said = await self._fetch(f"{self._service.status_page.url}/api/v2/summary.json")
        except (aiohttp.ClientError, OSError, ValueError, Unreadable):
            self._etag = ""
            said = self._nothing()
        return tuple(self._changes(said))

    async def _fetch(self, url: str) -> Mapping[str, Statement]:
        """What the page says. Raises Unreadable, or whatever the network raises."""
        unchanged = {"If-None-Match": self._etag} if self._etag else {}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http,
            http.get(url, headers=self._headers | unchanged, allow_redirects=False) as answer,
        ):
            if answer.status == _NOT_MODIFIED and self._etag:
                return self._said
            if answer.status != _OK:
                raise Unreadable(f"status {answer.status}")
            body = await _read(answer.content)
            said = statements(parse(body.decode(errors="replace")), self._components)
            self._etag = answer.headers.get("ETag", "")
            return said

    def _nothing(self) -> Mapping[str, Statement]:
        names = {*self._components.values(), *self._said, PAGE}
        return dict.fromkeys(sorted(names), Statement(state=ClaimState.UNKNOWN))

    def _changes(self, said: Mapping[str, Statement]) -> Iterator[Claim]:
        gone = {name: Statement(state=ClaimState.UNKNOWN) for name in self._said.keys() - said}
        for name, statement in {**said, **gone}.items():
            before = self._said.get(name)
            self._said[name] = statement
            # The page touches its times without saying anything new.
            if before is None or statement != replace(before, bears_at=statement.bears_at):
                yield Claim(
                    service=self._service.name,
                    component=name,
                    state=statement.state,
                    seen_at=self._clock.now(),
                    bears_at=statement.bears_at,
                    words=statement.words,
                )


async def _read(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise Unreadable(f"more than {LARGEST} bytes")
    return bytes(body)
