"""Tells open pages that the board changed: server-sent events without content."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from probe.reporting.board import Board

GAP_S: Final = 1.0
"""However fast runs arrive, a page is notified once in this many seconds."""

PULSE_S: Final = 10.0
"""A page is notified this often even if nothing changed: its ages grow, and a dead line shows."""

STALLED_S: Final = 30.0
"""A reader that accepts nothing for this long is dropped."""

STREAMS: Final = 200
"""With this many pages open, the next one has to poll."""


class Live:
    """The open streams. `close` ends them all."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._open: set[asyncio.Event] = set()
        self._closed = False
        board.watch(self._wake)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer with a `changed` event at once, after every change, and every PULSE_S or so."""
        if self._closed or len(self._open) >= STREAMS:
            raise web.HTTPServiceUnavailable(text="Too many live pages; poll instead.\n")
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        changed = asyncio.Event()
        self._open.add(changed)
        try:
            with suppress(ConnectionError):  # a page that was closed as soon as it asked
                await response.prepare(request)
                await self._tell(response, changed)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # to close it would wait until all was taken
        finally:
            self._open.discard(changed)
        return response

    def close(self) -> None:
        """End every stream at its next turn, and accept no new one."""
        self._closed = True
        self._wake()

    async def _tell(self, response: web.StreamResponse, changed: asyncio.Event) -> None:
        while not self._closed:
            changed.clear()
            message = f"retry: 3000\nevent: changed\ndata: {self._board.version}\n\n"
            async with asyncio.timeout(STALLED_S):
                await response.write(message.encode())
            await asyncio.sleep(GAP_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(PULSE_S):
                    await changed.wait()

    def _wake(self) -> None:
        for changed in self._open:
            changed.set()
