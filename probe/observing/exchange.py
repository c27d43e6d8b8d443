"""One request and its answer, kept even if it breaks off."""

from http import HTTPStatus
from ssl import SSLContext

import aiohttp
from aiohttp.connector import Connection

from probe.config.transaction.steps import Step
from probe.model.clock import Clock
from probe.model.outcome import Phase
from probe.model.run import Check, Evidence, Hop, StreamSeen
from probe.observing.answers.answer import Answer, charset_in
from probe.observing.answers.evidence import ERROR, excerpt_of, kept_headers
from probe.observing.answers.streaming import StreamWatch
from probe.observing.asking.request import Outgoing
from probe.observing.connecting.connections import middlewares
from probe.observing.connecting.content_coding import decoder
from probe.observing.connecting.timing import WATCH, Stopwatch
from probe.observing.masking import Masker


class Exchange:
    """The record of one request, filled as things happen: a fault must not erase what came first.

    `answer` is None until the headers came, at `answered_at`, and holds as much of the body as
    arrived. `overflowed` says that the body was longer than allowed, `struck_in` in which phase the
    exchange broke off; `withheld` is a fault of the body that aiohttp 3.14 did not report while we
    waited. A `step` may say that an accepted answer is a stream, to be followed as it arrives.
    """

    def __init__(self, outgoing: Outgoing, clock: Clock, step: Step | None = None) -> None:
        self.outgoing = outgoing
        self._step = step
        self.watch = Stopwatch(clock.monotonic)
        self.answered_at = 0.0
        self.stream: StreamWatch | None = None
        self.stream_seen: StreamSeen | None = None
        self.overflowed = False
        self.struck_in: Phase | None = None
        self.answer: Answer | None = None
        self.withheld: Exception | None = None
        self._clock = clock
        self._body = bytearray()

    @property
    def was_sent(self) -> bool:
        """Whether the target may have seen the request."""
        return Phase.PROCESSING in self.watch.phases

    @property
    def body_bytes(self) -> int | None:
        """The decoded length of the body, if it was read to its end."""
        broken = self.answer is None or self.overflowed or self.struck_in is not None
        return None if broken or self.stream is not None else len(self._body)

    def hop(self, masker: Masker) -> Hop:
        """This exchange as evidence."""
        return Hop(
            url=masker.show_url(self.outgoing.url, query=False),
            status=None if self.answer is None else self.answer.status,
            phases=dict(self.watch.phases),
            tls_version=self.watch.tls_version,
        )

    def evidence(
        self, masker: Masker, *, checks: tuple[Check, ...], error: str, excerpt: bool
    ) -> Evidence:
        """What is kept of its answer, with a part of the body if `excerpt` is set."""
        if self.answer is None:
            url = masker.show_url(self.outgoing.url)
            return Evidence(url=url, checks=checks, error=masker.show(error, ERROR))
        return Evidence(
            status=self.answer.status,
            url=masker.show_url(self.answer.url),
            http_version=self.answer.http_version,
            headers=tuple(kept_headers(self.answer, masker)),
            body_bytes=self.body_bytes,
            excerpt=excerpt_of(self.answer, masker) if excerpt else "",
            checks=checks,
            error=masker.show(error, ERROR),
        )

    async def run(
        self, session: aiohttp.ClientSession, max_body: int, tls: SSLContext | None
    ) -> None:
        """Send the request and read its answer; raises whatever goes wrong."""
        WATCH.set(self.watch)
        try:
            async with session.request(
                self.outgoing.method,
                self.outgoing.url,
                headers=self.outgoing.headers,
                data=self.outgoing.body,
                allow_redirects=False,
                skip_auto_headers=["Content-Type"],
                ssl=tls or True,
                middlewares=middlewares(self.outgoing.digest),
            ) as response:
                self.answered_at = self._clock.wall()
                self.stream = self._stream_of(response.status)
                connection = response.connection
                try:
                    await self._read(response, max_body)
                    self.watch.stop(self.watch.heard_at)
                finally:
                    self.answer = self._answer_of(response)
                    self.withheld = _withheld_by(connection)
        finally:
            self.struck_in = self.watch.stop()
            if self.stream is not None:
                self.stream_seen = self.stream.seen(self.watch.took_s)

    def _stream_of(self, status: int) -> StreamWatch | None:
        step = self._step
        if step is None or step.stream is None or status not in step.expect.status:
            return None
        return StreamWatch(step.stream)

    def _answer_of(self, response: aiohttp.ClientResponse) -> Answer:
        version, body = response.version, bytes(self._body)
        return Answer(
            status=response.status,
            url=self.outgoing.url,
            http_version=f"{version.major}.{version.minor}" if version else "",
            headers=response.headers,
            charset=charset_in(response.headers.get("Content-Type", ""), body),
            body=body,
        )

    async def _read(self, response: aiohttp.ClientResponse, max_body: int) -> None:
        """Read until the end, or until nothing further is worth waiting for."""
        decoding = decoder(response.headers.get("Content-Encoding", ""))
        async for data in response.content.iter_any():
            chunk = decoding.feed(data, max_body + 1 - len(self._body))
            self._body += chunk
            if len(self._body) > max_body:
                del self._body[max_body:]
                self.overflowed = True
                return
            if self.stream is not None:
                self.stream.feed(chunk, self.watch.heard_s())
                if self.stream.done:
                    return
        if response.status != HTTPStatus.PARTIAL_CONTENT:
            decoding.finish()


def _withheld_by(connection: Connection | None) -> Exception | None:
    """The fault the connection saw in a body that was no longer HTTP, and its reader did not."""
    protocol = connection.protocol if connection is not None else None
    fault = protocol.exception() if protocol is not None else None
    return fault if isinstance(fault, Exception) else None
