"""The OAuth token endpoint: an access token for a refresh token or for a client's secret."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from probe.simulator.accounts import TOKEN_LIFE, Credentials
from probe.simulator.answers import document
from probe.simulator.exchange import Exchange, Handler
from probe.simulator.failures import failure
from probe.simulator.routes import Route


async def token(exchange: Exchange) -> web.Response:
    """Issue an access token that the API accepts, or refuse as `invalid_grant`."""
    form = await exchange.request.post()
    if not _is_granted(form, exchange.accounts.credentials):
        return failure(exchange, 400, "The grant is not valid")
    answer = {
        "access_token": exchange.accounts.issue_token(exchange.now),
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFE.total_seconds()),
    }
    return document(answer, headers={"Cache-Control": "no-store"})


HANDLERS: Final[dict[Route, Handler]] = {Route.TOKEN: token}


def _is_granted(form: Mapping[str, object], accepted: Credentials) -> bool:
    match form.get("grant_type"):
        case "refresh_token":
            return form.get("refresh_token") == accepted.refresh_token
        case "client_credentials":
            client = (form.get("client_id"), form.get("client_secret"))
            return client == (accepted.client_id, accepted.client_secret)
        case _:
            return False
