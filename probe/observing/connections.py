"""The client's side of connections: a pool per run, or per path where the path reuses its own."""

from typing import Final

import aiohttp
from yarl import URL

from probe.observing.failures import Unanswered
from probe.observing.timing import WATCH, Stopwatch, trace_config

LONGEST_HEADER: Final = 32_768
"""Bytes of one header: content security policies outgrow aiohttp's 8190."""


class Pool:
    """Connections, and the certificates that were seen on them."""

    def __init__(self) -> None:
        # A cached name would hide a resolver that fails.
        self._connector = aiohttp.TCPConnector(use_dns_cache=False)
        self._certificates: dict[tuple[str | None, int | None], float] = {}

    def session(self, jar: aiohttp.CookieJar) -> aiohttp.ClientSession:
        """A client on these connections; deadlines are the caller's."""
        return aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=False,
            cookie_jar=jar,
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[trace_config()],
            middlewares=[_once],
            max_field_size=LONGEST_HEADER,
        )

    def note_certificate(self, url: URL, watch: Stopwatch) -> None:
        """Remember what a handshake showed, for the exchanges that need none."""
        if watch.certificate_expires_at is not None:
            self._certificates[url.raw_host, url.port] = watch.certificate_expires_at

    def certificate_expires_at(self, url: URL) -> float | None:
        """When the certificate of that host ends, None where none was seen."""
        return self._certificates.get((url.raw_host, url.port))

    async def close(self) -> None:
        """Close every connection."""
        await self._connector.close()


def cookie_jar() -> aiohttp.CookieJar:
    """A jar that keeps what a browser keeps: cookies of IP addresses too, and unquoted."""
    return aiohttp.CookieJar(unsafe=True, quote_cookie=False)


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a request in silence: a fresh connection that dies is evidence.

    Only on a reused connection, which may have been stale, is a second try right.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if WATCH.get().reused or isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise Unanswered from error
