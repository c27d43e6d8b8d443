"""JSON over HTTP, and what an answer means for another attempt."""

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import aiohttp

from probe.config.authorities import shared_context
from probe.model import http_date
from probe.reporting.notify.errors import RefusedError, UnreachedError

LATER: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
"""Client errors that pass with time; all others depend on what we send, not on when."""


class Poster:
    """The connections of one channel, opened when first used."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post `body` as JSON. A redirect is not followed: it could take the secret elsewhere.

        Raises:
            RefusedError, UnreachedError: it was not accepted.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        sent = {"Content-Type": "application/json", "User-Agent": "splitprobe", **headers}
        try:
            async with self._session.post(
                url, data=body, headers=sent, allow_redirects=False, ssl=shared_context()
            ) as answer:
                _judge(answer.status, answer.headers.get("Retry-After", ""))
        except aiohttp.InvalidURL as error:
            raise RefusedError("the address cannot be used") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UnreachedError(_named(error)) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def _judge(status: int, retry_after: str) -> None:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise UnreachedError(f"HTTP {status}", http_date.until(retry_after, time.time()))
    raise RefusedError(f"HTTP {status}")


def _named(error: Exception) -> str:
    """The kind of `error` alone: its text may contain the whole address."""
    if isinstance(error, asyncio.TimeoutError):
        return "timed out"
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or type(error).__name__
