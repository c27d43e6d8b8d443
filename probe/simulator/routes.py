"""What the stand-in serves: a stable name for each route, its address and its plane.

Faults, latencies and request counts refer to these names, in scenarios and over HTTP.
"""

from enum import StrEnum
from typing import Final


class Route(StrEnum):
    """One thing that a client can ask for, and that can fail on its own."""

    LOGIN_PAGE = "login_page"
    LOGIN_SUBMIT = "login_submit"
    HOME = "home"
    LOGOUT = "logout"
    ACCOUNT = "account"
    USAGE = "usage"
    CONSOLE = "console"
    TOKEN = "token"  # noqa: S105 (a name, not a secret)
    MODELS = "models"
    MESSAGES = "messages"
    STREAM = "stream"
    COUNT_TOKENS = "count_tokens"
    STATUS_SUMMARY = "status_summary"
    STATUS_INCIDENTS = "status_incidents"
    STATUS_COMPONENTS = "status_components"


ALL: Final = frozenset(Route)
DATA: Final = frozenset({Route.MODELS, Route.MESSAGES, Route.STREAM, Route.COUNT_TOKENS})
STATUS: Final = frozenset({Route.STATUS_SUMMARY, Route.STATUS_INCIDENTS, Route.STATUS_COMPONENTS})
CONTROL: Final = ALL - DATA - STATUS

GROUPS: Final = {"control": CONTROL, "data": DATA, "status": STATUS, "all": ALL}
NAMED: Final = GROUPS | {route.value: frozenset({route}) for route in Route}

IN_SESSION: Final = frozenset({Route.HOME, Route.LOGOUT, Route.ACCOUNT, Route.USAGE})
WITH_CREDENTIALS: Final = IN_SESSION | DATA | {Route.LOGIN_SUBMIT, Route.TOKEN}

ADDRESSES: Final = {
    Route.LOGIN_PAGE: ("GET", "/login"),
    Route.LOGIN_SUBMIT: ("POST", "/login"),
    Route.HOME: ("GET", "/home"),
    Route.LOGOUT: ("POST", "/logout"),
    Route.ACCOUNT: ("GET", "/api/account"),
    Route.USAGE: ("GET", "/api/usage"),
    Route.CONSOLE: ("GET", "/console"),
    Route.TOKEN: ("POST", "/oauth/token"),
    Route.MODELS: ("GET", "/v1/models"),
    Route.MESSAGES: ("POST", "/v1/messages"),
    Route.STREAM: ("POST", "/v1/messages"),
    Route.COUNT_TOKENS: ("POST", "/v1/messages/count_tokens"),
    Route.STATUS_SUMMARY: ("GET", "/api/v2/summary.json"),
    Route.STATUS_INCIDENTS: ("GET", "/api/v2/incidents.json"),
    Route.STATUS_COMPONENTS: ("GET", "/api/v2/components.json"),
}


def routes_named(names: object) -> frozenset[Route]:
    """The routes that a name, or a list of names, of routes and groups stands for."""
    listed = names if isinstance(names, (list, tuple, set, frozenset)) else [names]
    if not listed:
        raise ValueError("names no route")
    return frozenset().union(*(_routes_of(name) for name in listed))


def _routes_of(name: object) -> frozenset[Route]:
    if isinstance(name, str) and name in NAMED:
        return NAMED[name]
    raise ValueError(f"no route is called {name!r}; use one of {', '.join(NAMED)}")
