"""aiohttp's connections: how many answers one request may get, when they came, how they ended.

aiohttp skips interim answers (1xx) without end and without yielding: a target that sends nothing
else would block the event loop, and with it the probes of every other service.
"""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial
from socket import AddressFamily
from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import HttpProcessingError

from probe.observing.connecting.timing import Stopwatch

MOST_SURPLUS: Final = 8
"""Answers beside the requested one. A browser is sent a hint or two."""

_INTERIM: Final = range(100, 200)
_END_OF_HEAD: Final = b"\r\n\r\n"

IDLE_S: Final = 15.0
"""How long a connection waits for the next step of a run."""


class BoundedHandler(ResponseHandler):
    """One connection. It breaks off if a request gets too many answers.

    `watch`, the stopwatch of the exchange that it serves, is notified of what arrives.
    """

    watch: Stopwatch | None = None
    _answers = 0
    _is_answered = False

    def set_response_params(self, **params: Any) -> None:  # noqa: ANN401 - aiohttp's, passed on
        """Prepare for the answer to the next request."""
        self._answers = 0
        self._is_answered = False
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Read what came; without data, what came earlier and had to wait.

        Head by head: aiohttp discards an answer if the same bytes contain more than belongs to it.
        If that comes later, it has the answer by then.
        """
        if data and self.watch is not None:
            self.watch.hear()
        for _ in range(MOST_SURPLUS + 1):  # each copies the rest, and blank lines end no head
            if self._is_answered or self.exception() is not None:
                break
            head, end, rest = data.partition(_END_OF_HEAD)
            if not rest:
                break
            super().data_received(head + end)
            data = rest
        super().data_received(data)

    def feed_data(
        self, data: tuple[RawResponseMessage, aiohttp.StreamReader], size: int = 0
    ) -> None:
        """Take in one answer, as long as there are not too many."""
        self._answers += 1
        self._is_answered = data[0].code not in _INTERIM
        if self._answers <= MOST_SURPLUS + 1:
            super().feed_data(data, size)
        elif self.exception() is None:
            words = f"more than {MOST_SURPLUS} answers, interim ones (1xx) included,"
            self.set_exception(HttpProcessingError(message=f"{words} beside the one asked for"))
            if self.transport is not None:
                self.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note that the connection ended.

        aiohttp takes a body that ends with its connection for complete even if that was reset.
        """
        if self.watch is not None:
            self.watch.hear()
            self.watch.lost_by = exc
        body = self._payload
        if isinstance(exc, Exception) and body is not None and not body.is_eof():
            words = f"Response payload is not completed: {exc!r}"
            body.set_exception(aiohttp.ClientPayloadError(words), exc)
        super().connection_lost(exc)

    def close(self) -> None:
        """End the connection. A TLS shutdown, which may take 30 s, is not awaited."""
        if self.transport is not None and self.transport.get_extra_info("sslcontext") is not None:
            self.abort()
        else:
            super().close()


class BoundedConnector(aiohttp.TCPConnector):
    """Makes such connections, resolving each name again: a cache would hide a failing resolver.

    They are kept for `idle_s` while unused. `speaker` makes the protocol of a connection that now
    stands. It must be created inside a running event loop.
    """

    def __init__(
        self,
        family: AddressFamily = AddressFamily.AF_UNSPEC,
        idle_s: float = IDLE_S,
        socket_factory: aiohttp.SocketFactoryType | None = None,
        speaker: Callable[[AbstractEventLoop], ResponseHandler] = BoundedHandler,
    ) -> None:
        super().__init__(
            use_dns_cache=False,
            family=family,
            keepalive_timeout=idle_s,
            socket_factory=socket_factory,
        )
        # aiohttp cannot be given a protocol; a test holds that this one is used. Not referring to
        # this connector avoids a reference cycle: a collection of what 600 runs left stopped the
        # event loop for 20 to 40 ms.
        self._factory = partial(speaker, self._loop)
