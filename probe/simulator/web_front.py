"""The provider's web front: form login with CSRF, cookie session, logout, account and usage."""

import math
from typing import Final

from aiohttp import web

from probe.simulator import pages
from probe.simulator.answers import document, page, see_other
from probe.simulator.exchange import Exchange, Handler
from probe.simulator.failures import failure
from probe.simulator.routes import Route

FORM_COOKIE: Final = "login_form"
SESSION_COOKIE: Final = "session"
CANARY: Final = "canary-conversation"


async def login_page(exchange: Exchange) -> web.Response:
    """Show the form with a fresh token that is bound to a fresh cookie."""
    return _login_form(exchange)


async def login_submit(exchange: Exchange) -> web.Response:
    """Open a session for the right password, unless form or user are refused."""
    form = await exchange.request.post()
    cookie = exchange.request.cookies.get(FORM_COOKIE, "")
    if not cookie or form.get("csrf") != exchange.accounts.form_token(cookie):
        return failure(exchange, 403, "The form has expired")
    user = str(form.get("user", ""))
    locked_s = exchange.accounts.locked_for(user, exchange.now).total_seconds()
    if locked_s > 0:
        wait = {"Retry-After": str(math.ceil(locked_s))}
        return failure(exchange, 429, "Too many attempts", wait)
    session = exchange.accounts.sign_in(user, str(form.get("password", "")), exchange.now)
    if session is None:
        return _login_form(exchange, pages.WRONG_PASSWORD)
    return see_other("/home", cookie=f"{SESSION_COOKIE}={session}; HttpOnly; Path=/")


async def home(exchange: Exchange) -> web.Response:
    """Welcome a user who is signed in, redirect others to the form."""
    if not _is_signed_in(exchange):
        return see_other("/login", status=302)
    return page(pages.home_page(exchange.accounts.credentials.user))


async def logout(exchange: Exchange) -> web.Response:
    """End the session for good."""
    if not _is_signed_in(exchange):
        return failure(exchange, 401)
    exchange.accounts.end_session(exchange.request.cookies.get(SESSION_COOKIE))
    return see_other("/login", cookie=f"{SESSION_COOKIE}=; HttpOnly; Path=/; Max-Age=0")


async def account(exchange: Exchange) -> web.Response:
    """Show whose session this is, with a history that must not get lost."""
    if not _is_signed_in(exchange):
        return failure(exchange, 401)
    history = [{"id": "conv_0001", "title": CANARY}]
    return document({"email": exchange.accounts.credentials.user, "history": history})


async def usage(exchange: Exchange) -> web.Response:
    """Show how much the user has used."""
    if not _is_signed_in(exchange):
        return failure(exchange, 401)
    resets_at = exchange.now.replace(minute=0, second=0, microsecond=0).isoformat()
    return document({"usage": {"tokens": 41_250, "limit": 500_000, "resets_at": resets_at}})


async def console(_: Exchange) -> web.Response:
    """Show the developer console."""
    return page(pages.console_page())


HANDLERS: Final[dict[Route, Handler]] = {
    Route.LOGIN_PAGE: login_page,
    Route.LOGIN_SUBMIT: login_submit,
    Route.HOME: home,
    Route.LOGOUT: logout,
    Route.ACCOUNT: account,
    Route.USAGE: usage,
    Route.CONSOLE: console,
}


def _login_form(exchange: Exchange, notice: str = "") -> web.Response:
    cookie = exchange.accounts.nonce()
    form = pages.login_page(exchange.accounts.form_token(cookie), notice)
    return page(form, headers={"Set-Cookie": f"{FORM_COOKIE}={cookie}; HttpOnly; Path=/login"})


def _is_signed_in(exchange: Exchange) -> bool:
    return exchange.accounts.is_signed_in(exchange.request.cookies.get(SESSION_COOKIE))
