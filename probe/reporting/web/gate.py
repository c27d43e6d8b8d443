"""Asks for a name and a password before anything but the daemon's own health is shown.

bcrypt is slow on purpose. It runs in one thread, a few clients may wait for it, and a password that
was right is remembered as a keyed digest: a scrape costs no bcrypt, and hostile clients neither
block the loop nor fill the memory.
"""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import bcrypt
from aiohttp import web
from aiohttp.typedefs import Handler

from probe.model.secret import Secret, reveal

OPEN: Final = frozenset({"/-/healthy", "/-/ready"})
"""Orchestrators request these without credentials; neither answer names a target."""

MOST_WAITING: Final = 8
"""How many clients may have a password checked or wait for that."""

_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="splitprobe", charset="UTF-8"'}
_COMPARED_BYTES: Final = 72
"""bcrypt ignores later bytes; other implementations silently cut a longer password."""


class Gate:
    """Admits those whom the web configuration names, and everybody if it names nobody."""

    def __init__(self, users: Mapping[str, str | Secret]) -> None:
        self._digest_key = secrets.token_bytes(32)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bcrypt")
        self._waiting = 0
        self.admit(users)

    def admit(self, users: Mapping[str, str | Secret]) -> None:
        """Switch to `users`, names and bcrypt hashes; what was verified before is forgotten."""
        self._hashes = {name: reveal(hashed).encode() for name, hashed in users.items()}
        self._verified: dict[str, bytes] = {}

    def close(self) -> None:
        """Check no more passwords."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Pass `request` on, or raise 401, or 503 while too many wait to be checked."""
        if self._hashes and request.path not in OPEN:
            await self._authenticate(request.headers.get("Authorization", ""))
        return await handler(request)

    async def _authenticate(self, header: str) -> None:
        credentials = _credentials(header)
        if credentials is None or not await self._known(*credentials):
            raise web.HTTPUnauthorized(headers=_CHALLENGE)

    async def _known(self, name: str, password: bytes) -> bool:
        digest = hmac.digest(self._digest_key, password, "sha256")
        if hmac.compare_digest(self._verified.get(name, b""), digest):
            return True
        # An unknown name costs as much as a known one, so that timing does not reveal which it is.
        hashed = self._hashes.get(name, next(iter(self._hashes.values())))
        matches = await self._check(password, hashed)
        if not matches or self._hashes.get(name) != hashed:
            return False
        self._verified[name] = digest
        return True

    async def _check(self, password: bytes, hashed: bytes) -> bool:
        if self._waiting >= MOST_WAITING:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, bcrypt.checkpw, password, hashed)
        finally:
            self._waiting -= 1


def _credentials(header: str) -> tuple[str, bytes] | None:
    """The name and the password of an Authorization header; None if it has none."""
    scheme, _, encoded = header.partition(" ")
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
        if scheme.lower() == "basic" and colon:
            return name.decode(), password[:_COMPARED_BYTES]
    except (binascii.Error, ValueError):
        pass
    return None
