"""Starts stand-ins on free ports of the loopback, without any latency of their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
from faultless import SCENARIO
from visitor import PATIENCE, Hands, Start, Visitor

from probe.simulator.provider import Provider
from probe.simulator.scenario import read_scenario
from probe.simulator.serving import serving


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def started(timeline: str) -> Visitor:
            hands = Hands()
            provider = Provider(read_scenario(SCENARIO + timeline), now=hands)
            url = await stack.enter_async_context(serving(provider))
            http = aiohttp.ClientSession(
                url,
                cookie_jar=aiohttp.CookieJar(unsafe=True),
                timeout=PATIENCE,
            )
            await stack.enter_async_context(http)
            return Visitor(url=url, http=http, provider=provider, hands=hands)

        yield started


@pytest.fixture
async def visitor(start: Start) -> Visitor:
    return await start("")
