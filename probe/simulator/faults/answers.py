"""Faults that answer at once, with something other than what was asked for."""

import re
from typing import Final, Literal

from aiohttp import web
from pydantic import Field, field_validator

from probe.simulator import pages
from probe.simulator.answers import document, page
from probe.simulator.exchange import Exchange
from probe.simulator.failures import OVERLOADED, failure
from probe.simulator.faults.fault import Substitute
from probe.simulator.routes import Route
from probe.simulator.times import Seconds

HTML_ROUTES: Final = frozenset(
    {Route.LOGIN_PAGE, Route.LOGIN_SUBMIT, Route.HOME, Route.LOGOUT, Route.CONSOLE}
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What no header may contain (RFC 9110, section 5.5)."""


class Status(Substitute):
    """Any status, in the service's own words unless `body` gives others."""

    kind: Literal["status"]
    status: int = Field(ge=200, le=599, strict=True)
    body: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if _CONTROL.search(name + value):
                raise ValueError(f"{name}: {value!r} has a character that no header may have")
        return headers

    async def substitute(self, exchange: Exchange) -> web.StreamResponse:
        """Answer with the status."""
        if self.body is not None:
            return web.Response(text=self.body, status=self.status, headers=self.headers)
        answer = failure(exchange, self.status)
        answer.headers.update(self.headers)
        return answer


class Throttle(Substitute):
    """429; `retry_after: null` leaves the header out."""

    kind: Literal["throttle"]
    retry_after: Seconds | None = 30.0

    async def substitute(self, exchange: Exchange) -> web.StreamResponse:
        """Ask to come back later."""
        wait = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:.0f}"}
        return failure(exchange, 429, "Rate exceeded", wait)


class Overload(Substitute):
    """529, the API's word for too many clients at once."""

    kind: Literal["overload"]

    async def substitute(self, exchange: Exchange) -> web.StreamResponse:
        """Report an overload."""
        return failure(exchange, OVERLOADED)


class EmptyShell(Substitute):
    """200 with an empty page, or with JSON that lacks its fields."""

    kind: Literal["empty_shell"]

    async def substitute(self, exchange: Exchange) -> web.StreamResponse:
        """Answer with something well-formed and empty."""
        if exchange.route in HTML_ROUTES:
            return page(pages.EMPTY_SHELL)
        if exchange.route is Route.STREAM:
            return web.Response(content_type="text/event-stream")
        return document({"usage": {}} if exchange.route is Route.USAGE else {})


class ErrorPage(Substitute):
    """200 with a page that apologises."""

    kind: Literal["error_page"]

    async def substitute(self, _: Exchange) -> web.StreamResponse:
        """Apologise with 200."""
        return page(pages.not_working_page())


class Challenge(Substitute):
    """A bot wall's page, with the header that marks it."""

    kind: Literal["challenge"]

    async def substitute(self, _: Exchange) -> web.StreamResponse:
        """Ask for a browser."""
        marks = {"cf-mitigated": "challenge", "Server": "cloudflare"}
        return page(pages.CHALLENGE, status=403, headers=marks)
