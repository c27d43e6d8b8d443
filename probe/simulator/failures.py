"""How the stand-in reports a failure: pages to people, JSON to programs, as real ones do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from probe.simulator.answers import document, page
from probe.simulator.exchange import Exchange
from probe.simulator.pages import failure_page
from probe.simulator.routes import DATA, Route

OVERLOADED: Final = 529

API_ERROR_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    OVERLOADED: "overloaded_error",
}
OAUTH_ERRORS: Final = {
    400: "invalid_grant",
    401: "invalid_client",
    403: "access_denied",
    409: "invalid_grant",
    429: "slow_down",
    503: "temporarily_unavailable",
    OVERLOADED: "temporarily_unavailable",
}


def failure(
    exchange: Exchange,
    status: int,
    message: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """The failure of that status in the words and the format of the exchange's route."""
    words = message or reason(status)
    if exchange.route in DATA:
        return document(
            api_error(status, words, exchange.request_id), status=status, headers=headers
        )
    if exchange.route is Route.TOKEN:
        error = {"error": OAUTH_ERRORS.get(status, "server_error"), "error_description": words}
        return document(error, status=status, headers=headers)
    if exchange.route in {Route.ACCOUNT, Route.USAGE}:
        return document({"error": {"message": words}}, status=status, headers=headers)
    return page(failure_page(words), status=status, headers=headers)


def api_error(status: int, message: str, request_id: str) -> dict[str, object]:
    """The API's error document, which streams contain too."""
    error = {"type": API_ERROR_TYPES.get(status, "api_error"), "message": message}
    return {"type": "error", "error": error, "request_id": request_id}


def reason(status: int) -> str:
    """The usual words for a status, in the standard or not."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded" if status == OVERLOADED else f"Error {status}"
