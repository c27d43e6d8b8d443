"""The floor: requests at the daemon's pace by a loop of aiohttp on uvloop, and nothing else.

It runs as its own process: `python -m benchmarks.bare TARGETS`, with targets as JSON. Nothing is
checked, timed, judged or reported: its cost is that of aiohttp, the kernel and the machine.
"""

import asyncio
import json
import ssl
import sys
from itertools import count
from typing import Final

import aiohttp
import uvloop

IDLE_INTERVALS: Final = 2


async def main(urls: list[str], interval_s: float, connection: str, authority: str | None) -> None:
    """Request one after the other, each once in `interval_s`, for ever."""
    tls = ssl.create_default_context(cafile=authority)
    connector = (
        aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_INTERVALS * interval_s)
        if connection == "reuse"
        else aiohttp.TCPConnector(limit=0, force_close=True)
    )
    loop, under_way = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    async with aiohttp.ClientSession(connector=connector) as session:
        began = loop.time()
        for number in count():
            due = began + number * interval_s / len(urls)
            await asyncio.sleep(max(0.0, due - loop.time()))
            task = asyncio.create_task(_ask(session, urls[number % len(urls)], tls))
            under_way.add(task)
            task.add_done_callback(under_way.discard)


async def _ask(session: aiohttp.ClientSession, url: str, tls: ssl.SSLContext) -> None:
    async with session.get(url, ssl=tls) as response:
        await response.read()


if __name__ == "__main__":
    uvloop.run(main(**json.loads(sys.argv[1])))
