"""Whether our own network works: asked of canaries that have nothing to do with any target."""

import asyncio
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from probe.model.clock import Clock

TIMEOUT_S: Final = 3.0
FRESH_S: Final = 2.0
"""How long an answer serves everyone who asks."""


class Connectivity:
    """Tries a TCP connection to each canary at once; one that answers is enough."""

    def __init__(self, canaries: Sequence[str], clock: Clock) -> None:
        self._canaries = [urlsplit(canary) for canary in canaries]
        self._clock = clock
        self._asking = asyncio.Lock()
        self._known: bool | None = None
        self._known_at = float("-inf")

    async def check(self) -> bool | None:
        """Whether any canary answers; None where there is none to ask."""
        if not self._canaries:
            return None
        async with self._asking:
            if self._clock.monotonic() - self._known_at >= FRESH_S:
                self._known = await self._any_answers()
                self._known_at = self._clock.monotonic()
            return self._known

    async def _any_answers(self) -> bool:
        tries = [asyncio.ensure_future(_answers(c.hostname, c.port)) for c in self._canaries]
        try:
            for first in asyncio.as_completed(tries):
                if await first:
                    return True
            return False
        finally:
            for attempt in tries:
                attempt.cancel()
            await asyncio.gather(*tries, return_exceptions=True)


async def _answers(host: str | None, port: int | None) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
