"""A second factor: the code of the run's own clock, and none of them sent twice."""

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from lookout import always, anything, raw, settings, web_server

from probe.config.reach import Totp
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import SYSTEM, Clock
from probe.model.outcome import Outcome
from probe.model.secret import Secret
from probe.observing.observer import Observer
from probe.observing.signing_in.one_time import CodeSpent, OneTimeCodes

RFC_6238: Mapping[str, tuple[str, dict[int, str]]] = {
    "sha1": (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        {59: "94287082", 1111111109: "07081804", 20000000000: "65353130"},
    ),
    "sha256": (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA",
        {59: "46119246", 1111111109: "68084774", 20000000000: "77737706"},
    ),
}
"""The vectors of the RFC's appendix B."""


@pytest.mark.parametrize("algorithm", RFC_6238)
def test_the_codes_are_those_of_the_rfc(algorithm: str) -> None:
    assert algorithm in hashlib.algorithms_available
    secret, codes = RFC_6238[algorithm]
    totp = Totp.model_validate({"secret": secret, "digits": 8, "algorithm": algorithm})
    for at, code in codes.items():
        assert OneTimeCodes().take(totp, at) == code


def test_a_code_is_given_once_in_its_period_and_the_next_period_has_another() -> None:
    codes, totp = OneTimeCodes(), Totp(secret="GEZDGNBVGY3TQOJQ")
    first = codes.take(totp, 60)
    with pytest.raises(CodeSpent, match="wait 1 s"):
        codes.take(totp, 89)
    assert codes.take(totp, 90) != first
    assert codes.take(Totp(secret="MFRGGZDFMZTWQ2LK"), 90)


@pytest.mark.parametrize(
    "secret", ["gezd gnbv gy3t qojq", "GEZDGNBVGY3TQOJQ====", Secret("GEZDGNBVGY3TQOJQ")]
)
def test_a_secret_makes_each_code_once_however_it_is_written(secret: str | Secret) -> None:
    codes = OneTimeCodes()
    codes.take(Totp(secret="GEZDGNBVGY3TQOJQ"), 60)
    with pytest.raises(CodeSpent):
        codes.take(Totp(secret=secret), 61)
    assert codes.wait_s(Totp(secret=secret), 61) == 29


@pytest.mark.parametrize(
    "other",
    [
        {"secret": "MFRGGZDFMZTWQ2LK"},
        {"period": 60},
        {"digits": 8},
        {"algorithm": "sha256"},
    ],
)
def test_accounts_whose_codes_differ_do_not_wait_for_each_other(
    other: Mapping[str, object],
) -> None:
    codes, one = OneTimeCodes(), {"secret": "GEZDGNBVGY3TQOJQ"}
    first = codes.take(Totp.model_validate(one), 60)
    assert codes.take(Totp.model_validate({**one, **other}), 60) != first


def test_a_code_that_was_not_sent_serves_another_run_in_its_own_period_alone() -> None:
    codes, totp = OneTimeCodes(), Totp(secret="GEZDGNBVGY3TQOJQ")
    first = codes.take(totp, 60)
    codes.give_back(totp, first)
    assert codes.take(totp, 61) == first
    codes.take(totp, 90)
    codes.give_back(totp, first)
    assert codes.wait_s(totp, 91) == 29


@given(
    st.floats(0, 4e9),
    st.integers(1, 120),
    st.integers(6, 10),
    st.sampled_from(["sha1", "sha256", "sha512"]),
)
def test_any_second_factor_has_a_code_now_and_another_one_after_the_wait(
    now: float, period: int, digits: int, algorithm: str
) -> None:
    parts = {"period": period, "digits": digits, "algorithm": algorithm}
    totp = Totp.model_validate({"secret": "GEZDGNBVGY3TQOJQ", **parts})
    codes = OneTimeCodes()
    assert codes.wait_s(totp, now) == 0
    assert len(codes.take(totp, now)) == digits
    wait_s = codes.wait_s(totp, now)
    assert 0 < wait_s <= period
    later = now + wait_s
    while codes.wait_s(totp, later) > 0:  # a sum of floats may fall short
        later = math.nextafter(later, math.inf)
    codes.take(totp, later)


LOGIN = """
- name: login
  plane: control
  totp: {{secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, digits: 8}}
  steps:
    - request: GET {url}/
    - {{name: submit, request: POST {url}/, form: {{code: "{{{{ totp }}}}"}}}}
- name: kept
  plane: control
  session: login
  steps: [{{request: GET {url}/kept}}]
"""


@asynccontextmanager
async def taker() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that takes whatever is sent to it, and the values that were."""
    sent: list[str] = []

    async def note(request: web.Request) -> web.Response:
        sent.extend(str(value) for value in (await request.post()).values())
        return web.Response()

    async with web_server(anything(note)) as url:
        yield url, sent


async def test_two_runs_of_an_account_never_send_the_same_code() -> None:
    now = 29.0
    async with taker() as (url, sent):
        service = settings(LOGIN.format(url=url)).services[0]
        clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
        observer = Observer(Settings(services=(service,)), clock)
        now = 59.0
        login, kept = service.paths
        first = await observer.observe(service, login)
        second = await observer.observe(service, login)
        inside = await observer.observe(service, kept)
        now = 60.0
        third = await observer.observe(service, kept)
    assert sent[0] == "94287082"
    assert len(sent) == len(set(sent)) == 2
    assert [run.outcome for run in (first, third)] == [Outcome.OK] * 2
    assert [run.outcome for run in (second, inside)] == [Outcome.UNOBSERVED] * 2
    assert "one-time code was sent before; wait 1 s" in second.note
    assert "94287082" not in repr([first, second, inside, third])


@pytest.mark.parametrize("status", [400, 401, 422, 423])
async def test_a_code_that_is_refused_is_a_refused_credential(status: int) -> None:
    async def no(request: web.Request) -> web.Response:
        return web.Response(status=status if request.method == "POST" else 200)

    now = 29.0
    async with web_server(anything(no)) as url:
        service = settings(LOGIN.format(url=url)).services[0]
        clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
        observer = Observer(Settings(services=(service,)), clock)
        now = 59.0
        run = await observer.observe(service, service.paths[0])
    assert (run.outcome, run.failed_step) == (Outcome.UNAUTHORIZED, "submit")


async def test_two_services_that_share_a_secret_never_send_the_same_code() -> None:
    now = 29.0
    async with taker() as (url, sent):
        one = settings(LOGIN.format(url=url)).services[0]
        spelled = LOGIN.format(url=url).replace("GEZDGNBVGY3T", "gezd gnbv gy3t ", 1)
        other = settings(spelled).services[0].model_copy(update={"name": "other"})
        clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
        observer = Observer(Settings(services=(one, other)), clock)
        runs = []
        for now in (59.0, 60.0):  # noqa: B007 - the clock reads it
            runs += [await observer.observe(each, each.paths[0]) for each in (one, other)]
    assert len(sent) == len(set(sent)) == 2
    assert [run.outcome for run in runs] == [Outcome.OK, Outcome.UNOBSERVED] * 2


async def test_who_shares_a_secret_waits_for_the_turn_of_another_service() -> None:
    text = LOGIN.format(url="http://x.invalid")
    one = settings(text).services[0]
    other = one.model_copy(update={"name": "other"})
    observer = Observer(Settings(services=(one, other)), SYSTEM)
    entered: list[str] = []

    async def enter(service: Service) -> None:
        async with observer.turn(service, service.paths[0]):
            entered.append(service.name)

    async with observer.turn(one, one.paths[1]):
        waiting = asyncio.create_task(enter(other))
        await asyncio.sleep(0)
        assert not entered
    await waiting
    assert entered == ["other"]


async def test_who_must_wait_for_a_code_is_told_how_long() -> None:
    now = 20.0
    async with web_server(anything(always())) as url:
        service = settings(LOGIN.format(url=url)).services[0]
        clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
        observer = Observer(Settings(services=(service,)), clock)
        login, kept = service.paths
        waits = [observer.wait_s(service, path) for path in (login, kept)]
        assert waits == [10, 10], "a process before this one may have sent a code"
        now = 59.0
        assert [observer.wait_s(service, path) for path in (login, kept)] == [0, 0]
        await observer.observe(service, login)
        assert [observer.wait_s(service, path) for path in (login, kept)] == [1, 1]
        now = 60.0
        await observer.observe(service, kept)
        assert observer.wait_s(service, login) == 30
        assert observer.wait_s(service, kept) is None, "its session lives"


async def test_a_code_is_spent_once_it_may_have_arrived() -> None:
    now = 0.0
    clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
    waits: list[float | None] = []
    async with raw(ending="reset") as server:
        for port in (1, server.port):
            steps = LOGIN.replace("POST {url}/", f"POST http://127.0.0.1:{port}/")
            service = settings(steps.format(url=f"http://127.0.0.1:{port}")).services[0]
            path = service.paths[0]
            alone = path.model_copy(update={"written": path.written[1:]})
            now = 29.0
            observer = Observer(Settings(services=(service,)), clock)
            now = 59.0
            run = await observer.observe(service, alone)
            assert run.outcome in {Outcome.CONNECT_FAILED, Outcome.CONNECTION_RESET}
            waits.append(observer.wait_s(service, alone))
    assert waits == [0, 1]
