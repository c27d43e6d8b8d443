"""Faults that make the client wait: before the headers, within the body, for ever."""

import asyncio
from datetime import datetime
from typing import Final, Literal

from aiohttp import web
from pydantic import Field

from probe.simulator.answers import Ending, NoAnswer, Piece, body_of, resent
from probe.simulator.exchange import Exchange, Proceed
from probe.simulator.faults.fault import Fault, Substitute
from probe.simulator.times import Moment, Seconds

FOR_EVER_S: Final = 600.0
"""Longer than any client waits; bounded, so that nothing is held for a client that never leaves."""


class Delay(Fault):
    """A pause before the headers."""

    kind: Literal["delay"]
    delay: Seconds

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Answer late."""
        await asyncio.sleep(self.delay)
        return await proceed()


class Ramp(Fault):
    """A pause before the headers that grows evenly from `from` to `until`."""

    kind: Literal["ramp"]
    start_delay: Seconds = 0.0
    end_delay: Seconds
    since: Moment = Field(alias="from")
    until: Moment

    async def answer(self, exchange: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Answer later and later."""
        await asyncio.sleep(self.delay_at(exchange.now))
        return await proceed()

    def delay_at(self, now: datetime) -> float:
        """The pause at that time, in seconds."""
        progress = (now - self.since) / (self.until - self.since)
        return self.start_delay + (self.end_delay - self.start_delay) * progress


class Stall(Fault):
    """Headers and half of the body, then a pause; without `delay` the rest never comes."""

    kind: Literal["stall"]
    delay: Seconds | None = None

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Stop in the middle of the answer."""
        whole = await proceed()
        body = body_of(whole)
        middle = len(body) // 2
        if self.delay is None:
            pieces = [Piece(data=body[:middle]), Piece(data=b"", pause_s=FOR_EVER_S)]
            return resent(whole, pieces, Ending.CLOSE)
        rest = Piece(data=body[middle:], pause_s=self.delay)
        return resent(whole, [Piece(data=body[:middle]), rest])


class Drip(Fault):
    """Headers at once, then the body byte by byte."""

    kind: Literal["drip"]
    pause: Seconds = 1.0

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Answer one byte after another."""
        whole = await proceed()
        drops = [Piece(data=bytes([byte]), pause_s=self.pause) for byte in body_of(whole)]
        return resent(whole, drops)


class Hang(Substitute):
    """A request that is accepted and never answered."""

    kind: Literal["hang"]

    async def substitute(self, _: Exchange) -> web.StreamResponse:
        """Send nothing."""
        await asyncio.sleep(FOR_EVER_S)
        return NoAnswer(Ending.CLOSE)
