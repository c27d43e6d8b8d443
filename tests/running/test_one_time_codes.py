"""Runs that sign in with one-time codes: each has one of its own, confirmations too."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from configured import acme
from structlog.testing import capture_logs
from threaded import Quiet, answering

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.judging.service import begin
from probe.model.clock import Clock
from probe.model.event import Observed
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import State
from probe.observing.signing_in.one_time import CodeSpent, OneTimeCodes
from probe.rehearsing.virtual import run_virtually
from probe.running.confirmation import Confirmation
from probe.running.cycle import Cycle
from probe.running.restraint.politeness import Politeness
from probe.running.single_runs import run_once

START = 1_000_005.0
"""15 s after the period of a code began."""

TOTP = {"secret": "GEZDGNBVGY3TQOJQ"}


def settings() -> Settings:
    login = {"name": "login", "plane": "control", "totp": TOTP, "interval": 300.0}
    api = {"name": "api", "plane": "data", "interval": 300.0}
    return acme(login, api, {**login, "name": "second"})


class Account:
    """A login whose codes the server takes once, watched by the real cycle and confirmation."""

    def __init__(self, clock: Clock, codes: OneTimeCodes | None = None) -> None:
        self.clock = clock
        self.answer, self.before_the_code = Outcome.OK, False
        self.codes = codes or OneTimeCodes()
        self.all_runs: list[Run] = []
        whole = settings()
        self.service = whole.services[0]
        politeness = Politeness(whole, clock.now())
        memories = {"acme": begin(self.service, clock.now())}
        self.cycle = Cycle(memories, self.observe, politeness, self.note, clock)
        self.tasks: list[asyncio.Task[None]] = []
        self.confirmation = Confirmation(
            "acme",
            self.cycle,
            lambda coroutine, _: self.tasks.append(asyncio.create_task(coroutine)),
            self.wait_s,
            self.turn,
        )

    def note(self, event: object) -> None:
        if isinstance(event, Observed):
            self.all_runs.append(event.run)

    def wait_s(self, _: Service, path: ProbePath) -> float | None:
        return None if path.totp is None else self.codes.wait_s(path.totp, self.clock.wall())

    def turn(self, _: Service, path: ProbePath) -> AbstractAsyncContextManager[object]:
        return nullcontext() if path.totp is None else self.codes.turn(path.totp)

    async def observe(self, service: Service, path: ProbePath, confirmation: bool) -> Run:  # noqa: FBT001
        began, outcome = self.clock.now(), Outcome.OK
        await asyncio.sleep(0.5)
        if path.totp is not None:
            outcome = self.answer
            try:
                if not self.before_the_code:
                    self.codes.take(path.totp, self.clock.wall())
            except CodeSpent:
                outcome = Outcome.UNOBSERVED
        return Run(
            id=f"{path.name}@{began}",
            service=service.name,
            path=path.name,
            plane=path.plane,
            started_at=began,
            duration_s=0.5,
            outcome=outcome,
            confirmation=confirmation,
        )

    async def sign_in(self, name: str = "login") -> None:
        path = self.service.path(name)
        assert path is not None
        await self.confirmation.planned(self.service, path)

    @property
    def runs(self) -> list[Run]:
        """Those of the login."""
        return [run for run in self.all_runs if run.path == "login"]

    @property
    def began(self) -> list[float]:
        """When each run began, in seconds after the first one."""
        return [round(run.started_at - START, 1) for run in self.all_runs]

    @property
    def state(self) -> State:
        return self.cycle.memories["acme"].status.paths[0].state


def test_a_planned_run_waits_for_a_code_that_nobody_sent() -> None:
    async def main(clock: Clock) -> Account:
        account = Account(clock)
        await account.sign_in()
        await account.sign_in()
        await account.sign_in()
        return account

    account = run_virtually(main, start=START)
    assert [run.outcome for run in account.runs] == [Outcome.OK] * 3
    assert account.began == [0, 15, 45]


def test_planned_runs_that_fall_due_together_sign_in_one_after_the_other() -> None:
    async def main(clock: Clock) -> Account:
        account = Account(clock)
        await account.sign_in()
        await asyncio.gather(*(account.sign_in(path) for path in ("login", "second", "api")))
        return account

    account = run_virtually(main, start=START)
    assert [run.outcome for run in account.all_runs] == [Outcome.OK] * 4
    assert account.began == [0, 0.5, 15, 45], "the API waits for no code"


def test_planned_runs_of_two_services_that_share_a_secret_take_turns() -> None:
    async def main(clock: Clock) -> list[Account]:
        one = Account(clock)
        both = [one, Account(clock, one.codes)]
        await asyncio.gather(*(account.sign_in() for account in both * 2))
        return both

    one, other = run_virtually(main, start=START)
    runs = one.all_runs + other.all_runs
    assert [run.outcome for run in runs] == [Outcome.OK] * 4
    assert sorted(one.began + other.began) == [0, 15, 45, 75]


def watched_for(seconds: float, *, before_the_code: bool) -> Account:
    """A login that was well for three runs and then fails."""

    async def main(clock: Clock) -> Account:
        account = Account(clock)
        for _ in range(3):
            await account.sign_in()
            await asyncio.sleep(300)
        account.all_runs.clear()
        account.answer, account.before_the_code = Outcome.SERVER_ERROR, before_the_code
        await account.sign_in()
        await asyncio.sleep(seconds)
        return account

    return run_virtually(main, start=START)


def test_a_refused_code_is_confirmed_in_each_period_and_down_before_the_next_planned_run() -> None:
    account = watched_for(100, before_the_code=False)
    assert [run.outcome for run in account.runs] == [Outcome.SERVER_ERROR] * 4
    periods = [run.started_at // 30 for run in account.runs]
    assert periods == [periods[0] + n for n in range(4)]
    assert account.state is State.DOWN


def test_what_fails_before_the_code_is_confirmed_as_soon_as_anything() -> None:
    account = watched_for(10, before_the_code=True)
    assert {run.outcome for run in account.runs} == {Outcome.SERVER_ERROR}
    first = account.runs[0].started_at
    assert account.runs[-1].started_at - first < 7
    assert account.state is State.DOWN


@pytest.fixture
def sent() -> Iterator[tuple[str, list[bytes]]]:
    """A server, and the forms that it was sent."""
    forms: list[bytes] = []

    class Answer(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            forms.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with answering(HTTPServer(("127.0.0.1", 0), Answer)) as port:
        yield f"http://127.0.0.1:{port}/", forms


def test_single_runs_wait_for_codes_of_their_own_and_say_so(sent: tuple[str, list[bytes]]) -> None:
    url, forms = sent
    step = {"request": f"POST {url}", "form": {"code": "{{ totp }}"}}
    login = {
        "name": "login",
        "plane": "control",
        "totp": {**TOTP, "period": 1},
        "steps": [step],
    }
    kept = {
        "name": "kept",
        "plane": "control",
        "session": "login",
        "steps": [{"request": f"POST {url}", "body": ""}],
    }
    whole = Settings.model_validate({"services": [{"name": "acme", "paths": [login, kept]}]})
    service = whole.services[0]
    with capture_logs() as told:
        runs = run_once(whole, [(service, path) for path in service.paths])
    codes = [form for form in forms if form]
    assert [run.outcome for run in runs] == [Outcome.OK] * 2
    assert len(codes) == len(set(codes)) == 2
    assert {words["event"] for words in told} == {
        "waiting for a one-time code that was not sent yet"
    }
