"""Faults that end the connection, or the answer, before its end."""

import gzip
from typing import ClassVar, Final, Literal

from aiohttp import web

from probe.simulator.answers import Ending, NoAnswer, Piece, PiecedAnswer, body_of, resent
from probe.simulator.api import event
from probe.simulator.exchange import Exchange, Proceed
from probe.simulator.failures import OVERLOADED, api_error
from probe.simulator.faults.fault import Fault, Substitute
from probe.simulator.routes import Route

BEFORE_THE_CUT_S: Final = 0.02
"""Lets the client read what came before a RST, which would otherwise overtake it."""

GARBAGE: Final = b"\x00\xff\x13this is not HTTP\r\n\r\n"


class Reset(Substitute):
    """A RST in place of an answer."""

    kind: Literal["reset"]

    async def substitute(self, _: Exchange) -> web.StreamResponse:
        """Reset the connection."""
        return NoAnswer(Ending.RESET)


class Close(Substitute):
    """A FIN in place of an answer."""

    kind: Literal["close"]

    async def substitute(self, _: Exchange) -> web.StreamResponse:
        """Close the connection."""
        return NoAnswer(Ending.CLOSE)


class Garbage(Substitute):
    """Bytes that are not HTTP in place of an answer."""

    kind: Literal["garbage"]

    async def substitute(self, _: Exchange) -> web.StreamResponse:
        """Send noise and close."""
        return NoAnswer(Ending.CLOSE, raw=GARBAGE)


class ResetBody(Fault):
    """Headers and half of the body, then a RST."""

    kind: Literal["reset_body"]

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Reset in the middle of the answer."""
        return _half_of(await proceed(), Ending.RESET)


class Truncate(Fault):
    """Headers and half of the announced body, then a FIN."""

    kind: Literal["truncate"]

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Close in the middle of the answer."""
        return _half_of(await proceed(), Ending.CLOSE)


class CutPacked(Fault):
    """Half of the gzipped body, announced as the whole: HTTP sees nothing wrong."""

    kind: Literal["cut_packed"]

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Leave out the second half of the compressed data."""
        whole = await proceed()
        packed = gzip.compress(body_of(whole))
        half = packed[: len(packed) // 2]
        cut = resent(whole, [Piece(data=half)])
        cut.headers["Content-Encoding"] = "gzip"
        cut.headers["Content-Length"] = str(len(half))
        return cut


class CutStream(Fault):
    """A stream that ends properly for HTTP, but without its last event."""

    kind: Literal["cut_stream"]
    meant_for: ClassVar[frozenset[Route]] = frozenset({Route.STREAM})

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Leave out the second half of the events."""
        whole = await proceed()
        return resent(whole, _first_events(whole)) if isinstance(whole, PiecedAnswer) else whole


class OverloadedEvent(Fault):
    """A stream that began well with 200 and then carries an overload."""

    kind: Literal["overloaded_event"]
    meant_for: ClassVar[frozenset[Route]] = frozenset({Route.STREAM})

    async def answer(self, exchange: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Put an error event in place of the second half."""
        whole = await proceed()
        if not isinstance(whole, PiecedAnswer):
            return whole
        error = event("error", **api_error(OVERLOADED, "Overloaded", exchange.request_id))
        return resent(whole, [*_first_events(whole), Piece(data=error)])


def _half_of(whole: web.StreamResponse, ending: Ending) -> PiecedAnswer:
    body = body_of(whole)
    half = Piece(data=body[: len(body) // 2])
    return resent(whole, [half, Piece(data=b"", pause_s=BEFORE_THE_CUT_S)], ending)


def _first_events(stream: PiecedAnswer) -> tuple[Piece, ...]:
    return stream.pieces[: len(stream.pieces) // 2]
