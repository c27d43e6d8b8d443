"""One request on its way through the stand-in, and the types of what handles it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from probe.simulator.accounts import Accounts
from probe.simulator.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request with all that a handler or a fault needs to answer it."""

    route: Route
    request: web.Request
    request_id: str
    now: datetime
    accounts: Accounts


Handler = Callable[[Exchange], Awaitable[web.StreamResponse]]
"""Answers a route; the answer is a value of which nothing has been sent yet."""

Proceed = Callable[[], Awaitable[web.StreamResponse]]
"""Gives the answer that would be sent without the fault that calls it."""
