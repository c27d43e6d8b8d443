"""The client's side of connections: a pool per run, or per path if the path reuses its own."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final, Literal

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from probe.config.addresses import ip_version
from probe.config.path import ProbePath
from probe.config.reach import Proxy
from probe.model.outcome import Outcome
from probe.model.secret import reveal
from probe.observing.connecting.connector import IDLE_S, BoundedConnector, BoundedHandler
from probe.observing.connecting.content_coding import ACCEPTED
from probe.observing.connecting.digest import digest_authentication
from probe.observing.connecting.timing import TRACE, WATCH, Stopwatch, open_socket
from probe.observing.failures import StepFailed, Unanswered

LONGEST_HEADER: Final = 32_768
"""Bytes of one header: content security policies exceed aiohttp's 8190."""

MOST_HEADERS: Final = 256
"""Headers of one answer: twice aiohttp's default."""

IDLE_INTERVALS: Final = 2
"""How many intervals a reusable connection waits for the next run."""

LONGEST_KEPT_S: Final = 600.0
"""Connections are reused for this long: a provider that moves to other addresses is followed."""

FAMILIES: Final[Mapping[int | None, socket.AddressFamily]] = MappingProxyType(
    {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}
)
_VERSIONS: Final[Mapping[int, int]] = {socket.AF_INET: 4, socket.AF_INET6: 6}

_BROKEN: Final = (
    aiohttp.ClientOSError,
    aiohttp.ClientConnectionResetError,
    aiohttp.ServerDisconnectedError,
)
"""aiohttp's exceptions when a connection ends before the request or its answer."""


class _Connector(BoundedConnector):
    """Reports a fault if an address is not of the wanted IP version.

    Each connection notifies the exchange that it serves when data arrives.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> Connection:
        """Get or make a connection. For such an address aiohttp 3.14 fails a bare assertion."""
        wanted = _VERSIONS.get(self.family)
        host = (req.proxy or req.url).host or ""
        if wanted is not None and ip_version(host) not in {None, wanted}:
            outcome = Outcome.UNOBSERVED if req.proxy else Outcome.CONNECT_FAILED
            words = f"an address of IPv{wanted}"
            raise StepFailed("ip", expected=words, actual=host, outcome=outcome)
        if req.connection_key in self._conns:
            await _take_note()
        connection = await super().connect(req, traces, timeout)
        if isinstance(connection.protocol, BoundedHandler):
            connection.protocol.watch = WATCH.get()
        return connection


async def _take_note() -> None:
    """Let the loop process what has arrived, above all the end of a kept connection.

    asyncio reads it in its next turn and reports it in the one after; uvloop does both in one.
    """
    for _ in range(2):
        await asyncio.sleep(0)


def _met(loop: asyncio.AbstractEventLoop) -> BoundedHandler:
    """The protocol of a new connection; its exchange is told that the connection stands."""
    WATCH.get().meet()
    return BoundedHandler(loop)


class Pool:
    """Connections, and the certificates that were seen on them.

    One that is unused for `idle_s` is closed. `runs` is how many runs hold the pool right now, and
    `made_at` is by the monotonic clock.
    """

    def __init__(
        self,
        ip: Literal[4, 6] | None = None,
        proxy: Proxy | None = None,
        *,
        idle_s: float = IDLE_S,
        made_at: float = 0.0,
    ) -> None:
        self._connector = _Connector(FAMILIES[ip], idle_s, open_socket, _met)
        self._proxy = proxy
        self._certificates: dict[tuple[str | None, int | None], float] = {}
        self.made_at = made_at
        self.runs = 0

    def session(self, jar: aiohttp.CookieJar) -> aiohttp.ClientSession:
        """A client on these connections; deadlines and body decoding are up to the caller."""
        return aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=False,
            cookie_jar=jar,
            headers={"Accept-Encoding": ACCEPTED},
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[TRACE],
            proxy=None if self._proxy is None else _with_credentials(self._proxy),
            max_field_size=LONGEST_HEADER,
            max_headers=MOST_HEADERS,
        )

    def note_certificate(self, url: URL, watch: Stopwatch) -> None:
        """Remember what a handshake showed, for the exchanges that need none."""
        if watch.certificate_expires_at is not None:
            self._certificates[url.raw_host, url.port] = watch.certificate_expires_at

    def certificate_expires_at(self, url: URL) -> float | None:
        """When the certificate of that host ends; None if none was seen."""
        return self._certificates.get((url.raw_host, url.port))

    async def close(self) -> None:
        """Close every connection."""
        await self._connector.close()


class Pools:
    """The pools of paths that reuse their connections; a run of any other path has its own.

    One made useless by a reload or its age may still be in use: a later run closes it.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._kept: dict[tuple[object, ...], Pool] = {}
        self._useless: list[Pool] = []

    @asynccontextmanager
    async def lend(self, service: str, path: ProbePath) -> AsyncIterator[Pool]:
        """The pool for a run of a path of `service`."""
        if path.connection == "reuse":
            pool = self._kept_for(service, path)
            await self._close_useless()
            pool.runs += 1
            try:
                yield pool
            finally:
                pool.runs -= 1
            return
        pool = Pool(path.ip, path.proxy)
        try:
            yield pool
        finally:
            await pool.close()

    def keep(self, paths: Iterable[tuple[str, ProbePath]]) -> None:
        """Drop the pools of all but these `paths`, each given as service name and path."""
        keys = {_key(*path) for path in paths}
        self._useless += [self._kept.pop(key) for key in self._kept.keys() - keys]

    async def close(self) -> None:
        """Close every connection that was kept."""
        for pool in (*self._kept.values(), *self._useless):
            await pool.close()
        self._kept.clear()
        self._useless.clear()

    async def _close_useless(self) -> None:
        idle = [pool for pool in self._useless if not pool.runs]
        self._useless = [pool for pool in self._useless if pool.runs]
        for pool in idle:
            await pool.close()

    def _kept_for(self, service: str, path: ProbePath) -> Pool:
        key, now = _key(service, path), self._monotonic()
        kept = self._kept.get(key)
        if kept is not None and now - kept.made_at < LONGEST_KEPT_S:
            return kept
        if kept is not None:
            self._useless.append(kept)
        idle_s = IDLE_INTERVALS * path.interval
        self._kept[key] = made = Pool(path.ip, path.proxy, idle_s=idle_s, made_at=now)
        return made


def _key(service: str, path: ProbePath) -> tuple[object, ...]:
    """What identifies a kept pool: the path, and everything it depends on."""
    return (service, path.name, path.ip, path.proxy, path.interval)


def middlewares(digest: tuple[str, str] | None) -> list[aiohttp.ClientMiddlewareType]:
    """The middlewares of one request; digest authentication answers its first refusal."""
    return [_once] if digest is None else [digest_authentication(*digest), _once]


def _with_credentials(proxy: Proxy) -> URL:
    """The proxy's URL with credentials; aiohttp sends those to the proxy alone."""
    url = URL(proxy.url)
    if proxy.basic is None:
        return url
    return url.with_user(reveal(proxy.basic.user)).with_password(reveal(proxy.basic.password))


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from silently repeating a request: a fresh connection that dies is evidence.

    Only on a reused connection, which may have been stale, is a second try right.
    """
    try:
        return await handler(request)
    except _BROKEN as error:
        if WATCH.get().reused or isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise Unanswered from await _alert() or error


async def _alert() -> ssl.SSLError | None:
    """The TLS error that ended the connection: uvloop reports it after refusing to write."""
    await _take_note()
    lost_by = WATCH.get().lost_by
    return lost_by if isinstance(lost_by, ssl.SSLError) else None
