"""The whole daemon at logins that say no in their own ways: told at once, asked rarely."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from probe.config.loading import read
from probe.model.clock import Clock
from probe.model.state import Verdict
from probe.rehearsing.recording import Recording
from probe.rehearsing.virtual import run_virtually
from probe.running.daemon import Daemon

pytestmark = pytest.mark.scenario

START = 1_790_000_000.0
HEALTHY_S = 120.0
WATCHED_S = 1000.0
CONFIG = """
listen: 127.0.0.1:0
services:
  - name: acme
    paths:
      - name: login
        plane: control
        interval: 30s
        steps:
          - {name: submit, request: POST URL/login, SUBMIT}
          - {name: home, request: GET URL/home, expect: {body: {contains: welcome}}}
      - name: kept
        plane: control
        critical: false
        interval: 30s
        session: login
        steps: [{name: home, request: GET URL/home}]
      - name: api
        plane: data
        interval: 30s
        steps: [{request: GET URL/models}]
"""
FORM = "form: {user: me, password: correct-horse}, expect: "
COOKIE = FORM + "{status: 302, headers: {Set-Cookie: {contains: 'session='}}}"
ANY_REDIRECT = FORM + "{status: 302}"
JSON = "json: {user: me, password: correct-horse}, expect: {json: {token: {is: string}}}"

No = Callable[[], web.Response]


def to_the_form() -> web.Response:
    return web.Response(status=302, headers={"Location": "/login?error=1"})


def a_sentence() -> web.Response:
    return web.Response(text="Wrong user or password.")


def an_error_in_json() -> web.Response:
    return web.json_response({"error": "invalid_credentials"})


def not_found() -> web.Response:
    return web.Response(status=404)


class Provider:
    """Lets everybody in for a while, then nobody, and remembers whom it refused."""

    def __init__(self, clock: Clock, no: No) -> None:
        self.refused_at: list[float] = []
        self._clock = clock
        self._no = no

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/login" and request.method == "POST":
            return self._sign_in(request)
        if request.path == "/home" and "session" not in request.cookies:
            return web.Response(status=302, headers={"Location": "/login"})
        return web.Response(text="welcome")

    def _sign_in(self, request: web.Request) -> web.Response:
        since = self._clock.now() - START - HEALTHY_S
        if since >= 0:
            self.refused_at.append(since)
            return self._no()
        answer = web.Response(status=302, headers={"Location": "/home"})
        if request.content_type == "application/json":
            answer = web.json_response({"token": "abc"})
        answer.set_cookie("session", "1")
        return answer


def watched(submit: str, no: No) -> tuple[list[float], dict[Verdict, float]]:
    """When the provider refused a sign-in, and how long after the first each verdict was told."""
    recording = Recording()

    async def main(clock: Clock) -> list[float]:
        provider = Provider(clock, no)
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", provider.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        text = CONFIG.replace("SUBMIT", submit).replace("URL", url)
        daemon = Daemon(read(text, Path("probe.yaml")), clock, reporters=(recording,))
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(HEALTHY_S + WATCHED_S, stop.set)
        await daemon.run(stop, lambda _: None)
        await runner.cleanup()
        return provider.refused_at

    refused_at = run_virtually(main, start=START)
    broke_at = START + HEALTHY_S
    return refused_at, {each.new: each.at - broke_at for each in recording.transitions}


@pytest.mark.parametrize(
    ("submit", "no"),
    [
        (COOKIE, to_the_form),
        (ANY_REDIRECT, to_the_form),
        (COOKIE, a_sentence),
        (COOKIE, not_found),
        (JSON, an_error_in_json),
    ],
)
def test_a_login_that_says_no_in_its_own_way_is_told_in_seconds_and_locks_no_account(
    submit: str, no: No
) -> None:
    refused_at, verdicts = watched(submit, no)
    assert verdicts[Verdict.CONTROL_PLANE_DOWN] - refused_at[0] < 10
    gaps = [later - earlier for earlier, later in pairwise(refused_at)]
    assert len(gaps) >= 5
    assert min(gaps[4:]) >= 890
