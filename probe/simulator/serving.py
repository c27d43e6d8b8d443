"""Serves a provider on a socket, and stops it even while requests hang."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from probe.simulator.control import Control
from probe.simulator.provider import Provider

GRACE_S: Final = 0.1
"""How long requests in flight get to end by themselves, twice: hanging is normal here."""


def application(provider: Provider) -> web.Application:
    """The web application: what the provider serves, and the controls."""
    app = web.Application()
    app.add_routes(provider.routes())
    app.add_routes(Control(provider).routes())
    return app


@asynccontextmanager
async def serving(provider: Provider, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve `provider` and yield its base URL; port 0 takes a free one. Raises OSError."""
    runner = web.AppRunner(
        application(provider),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=GRACE_S,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{_in_url(host)}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
