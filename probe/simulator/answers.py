"""The answers that routes and faults give, as values: whole, piece by piece, or cut off.

aiohttp sends an answer only after the handler has returned it, so a fault can take a route's answer
and send it in a worse way. `hang_up` is the one place that touches the connection.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NoReturn

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

_LINGER_NOT_AT_ALL: Final = struct.pack("ii", 1, 0)


class Ending(Enum):
    """How an answer ends."""

    WHOLE = "whole"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some bytes of a body, and the pause before they are sent."""

    data: bytes
    pause_s: float = 0.0


class PiecedAnswer(web.StreamResponse):
    """An answer whose body is sent piece by piece and may end badly."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        ending: Ending = Ending.WHOLE,
    ) -> None:
        """Announce no length unless `headers` do."""
        super().__init__(status=status, headers=headers)
        self.pieces = tuple(pieces)
        self._ending = ending
        self._asked_by: web.BaseRequest | None = None

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the headers."""
        self._asked_by = request
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Send the pieces, then end as configured."""
        for piece in self.pieces:
            await asyncio.sleep(piece.pause_s)
            await self.write(piece.data)
        if self._ending is Ending.WHOLE:
            await super().write_eof(data)
        elif self._asked_by is not None:
            hang_up(self._asked_by, self._ending)


class NoAnswer(web.StreamResponse):
    """The end of the connection in place of an answer, after `raw` bytes of anything."""

    def __init__(self, ending: Ending, *, raw: bytes = b"") -> None:
        """Prepare to send `raw` as it is."""
        super().__init__()
        self._raw = raw
        self._ending = ending

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the raw bytes and hang up."""
        if request.transport is not None:
            request.transport.write(self._raw)
        hang_up(request, self._ending)


def hang_up(request: web.BaseRequest, ending: Ending) -> NoReturn:
    """End the connection with a FIN, or with a RST that overtakes unsent data.

    Raises ConnectionResetError, aiohttp's sign that nothing more can be sent to this client.
    """
    transport = request.transport
    if transport is not None and ending is Ending.RESET:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT_AT_ALL)
        transport.abort()
    elif transport is not None:
        transport.close()
    raise ConnectionResetError(f"hung up on purpose: {ending.value}")


def page(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """An HTML answer."""
    return web.Response(text=text, status=status, headers=headers, content_type="text/html")


def document(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A JSON answer."""
    return web.json_response(value, status=status, headers=headers)


def see_other(place: str, *, status: int = 303, cookie: str | None = None) -> web.Response:
    """A redirect to `place` that may set a cookie."""
    headers = {"Location": place}
    if cookie is not None:
        headers["Set-Cookie"] = cookie
    return web.Response(text=f"Go to {place}\n", status=status, headers=headers)


def body_of(answer: web.StreamResponse) -> bytes:
    """All bytes that `answer` would send as its body."""
    if isinstance(answer, PiecedAnswer):
        return b"".join(piece.data for piece in answer.pieces)
    body = answer.body if isinstance(answer, web.Response) else None
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""


def json_of(answer: web.StreamResponse) -> object:
    """The JSON value that `answer` carries; None if it carries none."""
    try:
        return json.loads(body_of(answer))
    except ValueError:
        return None


def resent(
    answer: web.StreamResponse, pieces: Sequence[Piece], ending: Ending = Ending.WHOLE
) -> PiecedAnswer:
    """`answer` with its status, headers and announced length, but sent differently."""
    headers = answer.headers.copy()
    if isinstance(answer, web.Response):
        headers["Content-Length"] = str(len(body_of(answer)))
    return PiecedAnswer(pieces, status=answer.status, headers=headers, ending=ending)
