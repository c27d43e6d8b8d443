"""Faults of the identity system: lost sessions, lost histories, refused credentials."""

from datetime import datetime
from typing import ClassVar, Literal

from aiohttp import web

from probe.simulator.accounts import Accounts
from probe.simulator.answers import document, json_of
from probe.simulator.exchange import Exchange, Proceed
from probe.simulator.failures import failure
from probe.simulator.faults.fault import Fault, Substitute
from probe.simulator.routes import IN_SESSION, WITH_CREDENTIALS, Route
from probe.simulator.web_front import SESSION_COOKIE


class ExpireSessions(Fault):
    """All sessions end when the fault begins; while it acts, any session that is used ends too."""

    kind: Literal["expire_sessions"]
    meant_for: ClassVar[frozenset[Route]] = IN_SESSION

    def begin(self, accounts: Accounts, now: datetime) -> None:
        """End every session opened before the fault began."""
        accounts.end_sessions(before=self.since or now)

    async def answer(self, exchange: Exchange, proceed: Proceed) -> web.StreamResponse:
        """End the session that the request uses."""
        exchange.accounts.end_session(exchange.request.cookies.get(SESSION_COOKIE))
        return await proceed()


class LoseHistory(Fault):
    """An account that answers as usual, with an empty history."""

    kind: Literal["lose_history"]
    meant_for: ClassVar[frozenset[Route]] = frozenset({Route.ACCOUNT})

    async def answer(self, _: Exchange, proceed: Proceed) -> web.StreamResponse:
        """Empty the history."""
        whole = await proceed()
        account = json_of(whole)
        if isinstance(account, dict) and "history" in account:
            return document(account | {"history": []})
        return whole


class RefuseCredentials(Substitute):
    """Credentials are refused, correct ones too; routes that need none go on."""

    kind: Literal["refuse_credentials"]
    meant_for: ClassVar[frozenset[Route]] = WITH_CREDENTIALS
    status: Literal[401, 403, 409] = 401

    async def substitute(self, exchange: Exchange) -> web.StreamResponse:
        """Refuse."""
        return failure(exchange, self.status, "The credentials were not accepted")
