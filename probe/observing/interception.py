"""An intercepting proxy shows one certificate for every host; a broken target only for its own."""

import asyncio
import hashlib
import ssl
from typing import Final
from urllib.parse import urlsplit

from probe.model.clock import Clock
from probe.observing.connecting.dialling import dial, look_up
from probe.observing.owners import owner

TIMEOUT_S: Final = 3.0
REMEMBERED_S: Final = 900.0
_MOST_HOSTS: Final = 1000
_HTTPS_PORT: Final = 443


class InterceptionDetector:
    """Remembers the certificates that were refused, by host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, tuple[str, float]] = {}

    async def check(self, url: str) -> str:
        """Which other host shows the certificate that `url` was just refused for; or nothing."""
        where = urlsplit(url)
        host = where.hostname or ""
        shown = await fingerprint(host, where.port or _HTTPS_PORT)
        if not shown:
            return ""
        now = self._clock.now()
        fresh = {at: seen for at, seen in self._refused.items() if now - seen[1] < REMEMBERED_S}
        self._refused = dict(list(fresh.items())[-_MOST_HOSTS:]) | {host: (shown, now)}
        others = [
            at for at, (seen, _) in fresh.items() if seen == shown and owner(at) != owner(host)
        ]
        return f"{host} and {others[-1]} show the same wrong certificate" if others else ""


async def fingerprint(host: str, port: int) -> str:
    """A fingerprint of the certificate shown there; empty if none is."""
    # The default context would load all authorities, for tens of milliseconds, and use none.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reached = await dial(await look_up(host, port))
            _, writer = await asyncio.open_connection(
                sock=reached, ssl=context, server_hostname=host
            )
    except (OSError, ValueError):
        return ""
    writer.close()
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return hashlib.sha256(certificate).hexdigest() if certificate else ""
