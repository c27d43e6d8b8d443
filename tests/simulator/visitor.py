"""A client that visits one running stand-in, and the clock that both use."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from probe.simulator.provider import Provider

STARTS = 1_772_449_200.0  # 2026-03-02T11:00:00Z
MESSAGE = {
    "model": "standin-small-1",
    "max_tokens": 8,
    "messages": [{"role": "user", "content": "?"}],
}
PATIENCE = aiohttp.ClientTimeout(total=2)
KEY = {"x-api-key": "sk-standin-0001"}


@dataclass(slots=True)
class Hands:
    """A clock that the test sets."""

    seconds: float = STARTS

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """An HTTP client with its own cookies."""

    url: str
    http: aiohttp.ClientSession
    provider: Provider
    hands: Hands

    async def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout = PATIENCE,  # noqa: ASYNC109 (aiohttp's signature)
    ) -> tuple[int, str]:
        asked = self.http.get(path, headers=headers, timeout=timeout, allow_redirects=False)
        async with asked as answer:
            return answer.status, await answer.text()

    async def post(
        self,
        path: str,
        *,
        data: Mapping[str, str] | bytes | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        asked = self.http.post(path, data=data, json=json, headers=headers, allow_redirects=False)
        async with asked as answer:
            return answer.status, await answer.text()

    async def json(self, path: str) -> dict[str, Any]:
        async with self.http.get(path, allow_redirects=False) as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def message(self, **fields: object) -> tuple[int, str]:
        return await self.post("/v1/messages", json=MESSAGE | fields, headers=KEY)

    async def csrf(self) -> str:
        _, page = await self.get("/login")
        found = re.search(r'name="csrf" value="(\w+)"', page)
        assert found is not None
        return found[1]

    async def sign_in(self, password: str = "correct-horse") -> tuple[int, str]:
        form = {"user": "probe@example.com", "password": password, "csrf": await self.csrf()}
        return await self.post("/login", data=form)

    async def inject(self, *faults: dict[str, Any]) -> None:
        async with self.http.put("/_simulator/faults", json=[*faults]) as answer:
            assert answer.status == 200, await answer.text()


Start = Callable[[str], Awaitable[Visitor]]
"""Starts a stand-in with more YAML after SCENARIO."""
