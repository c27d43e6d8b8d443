"""Runs of paths that use a kept session: entered, renewed, doubted or dropped."""

from collections.abc import Collection, Sequence
from functools import partial
from http import HTTPStatus
from typing import Final

import aiohttp

from probe.config.path import ProbePath
from probe.config.reach import Totp
from probe.config.service import Service
from probe.config.transaction.steps import MADE
from probe.model.clock import Clock
from probe.model.http_status import CLIENT_ERROR
from probe.model.outcome import Outcome
from probe.model.run import Evidence, StepResult
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import asks_for_a_password
from probe.observing.asking.cookies import Jar
from probe.observing.deadline import Deadline
from probe.observing.failures import words_of
from probe.observing.journey import Journey
from probe.observing.journeys import Journeys
from probe.observing.signing_in.session import (
    DOUBTED_FROM_S,
    Entry,
    Kept,
    KeptSessions,
    Key,
    due_at,
)
from probe.observing.summary import TransactionResult, succeeded, took_s
from probe.observing.transaction import do_steps, renew, sign_in, steps_of

_ENDING: Final = frozenset({Outcome.UNAUTHORIZED, Outcome.UNEXPECTED_STATUS, Outcome.BAD_CONTENT})
"""How a renewal may fail when there is nothing left to renew."""

_OF_ONE_RUN: Final = MADE | {"totp"}


class SessionRuns:
    """Runs paths in the sessions that outlive a run, and signs in if there is none."""

    def __init__(self, journeys: Journeys, clock: Clock) -> None:
        self._journeys = journeys
        self._clock = clock
        self._sessions = KeptSessions()

    def has_session(self, service: Service, path: ProbePath) -> bool:
        """Whether a run of `path` that begins now finds its session, and need not sign in."""
        return path.session is not None and self._sessions.lives((service.name, path.session))

    def second_factor(self, service: Service, path: ProbePath) -> Totp | None:
        """The second factor of the login that a run of `path` begins with, if any."""
        login = service.path(path.session or "")
        return None if login is None or self.has_session(service, path) else login.totp

    def note_login(self, service: Service, login: ProbePath, *, let_in: bool) -> None:
        """Note how a run of the login path itself ended."""
        self._sessions.note_login((service.name, login.name), let_in=let_in)

    def keep(self, logins: Collection[Key]) -> None:
        """Drop every session except those of `logins`."""
        self._sessions.keep(logins)

    async def run(self, service: Service, path: ProbePath, deadline: Deadline) -> TransactionResult:
        """Do the steps of `path`, after those of its login if that is due."""
        login = _login_of(service, path)
        key = service.name, login.name
        establish = partial(self._establish, service, login, deadline)
        now, began = self._clock.now(), self._clock.monotonic()
        try:
            entry = await self._sessions.enter(key, establish, deadline, now)
        except TimeoutError as error:
            waited_s = self._clock.monotonic() - began
            return TransactionResult(steps=(_waited_in_vain(words_of(error)),), duration_s=waited_s)
        entered_s, kept = self._clock.monotonic() - began, entry.kept
        if kept is None:
            return TransactionResult(steps=entry.steps, duration_s=entered_s)
        age_s = now - kept.since
        steps, page = await self._inside(kept, service, path, deadline)
        duration_s = entered_s + took_s(steps)
        if any(step.outcome is Outcome.UNAUTHORIZED for step in steps):
            self._sessions.drop(key, kept)
        elif succeeded(steps):
            self._sessions.note_service(key, kept, path.name)
        elif _is_doubtful(steps, page, age_s) and self._can_sign_in_now(login):
            async with self._journeys.turn(login.totp):
                steps += await self._sessions.doubt(key, kept, path.name, establish)
        return TransactionResult(
            steps=entry.steps + steps,
            duration_s=duration_s,
            session_age_s=max(0.0, age_s),
        )

    async def _inside(
        self, kept: Kept, service: Service, path: ProbePath, deadline: Deadline
    ) -> tuple[tuple[StepResult, ...], Answer | None]:
        """The steps of `path`, done in the session `kept`, and the last page that they showed."""
        async with self._journeys.begin(service, path, kept.jar) as journey:
            _go_on(journey, kept)
            return await do_steps(steps_of(path), journey, deadline), journey.page

    def _can_sign_in_now(self, login: ProbePath) -> bool:
        """Whether `login` needs no one-time code, or one is free that no run waits for."""
        return login.totp is None or self._journeys.has_code(login.totp)

    async def _establish(
        self, service: Service, login: ProbePath, deadline: Deadline, due: Kept | None
    ) -> Entry:
        """Sign in by `login`; the session that is `due` is renewed instead, if that works."""
        renewed = await self._renew(service, login, deadline, due) if due else None
        return renewed or await self._sign_in(service, login, deadline)

    async def _sign_in(self, service: Service, login: ProbePath, deadline: Deadline) -> Entry:
        jar = Jar()
        async with self._journeys.begin(service, login, jar) as journey:
            journey.signing_in = True
            steps = await sign_in(journey, deadline.at_most(login.timeout))
            kept = self._kept(jar, journey, self._clock.now()) if succeeded(steps) else None
        return Entry(kept=kept, steps=steps)

    async def _renew(
        self, service: Service, login: ProbePath, deadline: Deadline, due: Kept
    ) -> Entry | None:
        """The renewed session, or how that failed; None if it must be signed into again."""
        async with self._journeys.begin(service, login, due.jar) as journey:
            _go_on(journey, due)
            steps = await renew(journey, deadline.at_most(login.timeout))
            if not steps or steps[-1].outcome in _ENDING:
                self._sessions.drop((service.name, login.name), due)
            if not steps or steps[-1].outcome is Outcome.UNAUTHORIZED:
                return None
            kept = self._kept(due.jar, journey, due.since) if succeeded(steps) else None
        return Entry(kept=kept, steps=steps)

    def _kept(self, jar: aiohttp.CookieJar, journey: Journey, since: float) -> Kept:
        known = journey.variables.items()
        variables = {name: value for name, value in known if name not in _OF_ONE_RUN}
        due = due_at(variables, self._clock.now())
        return Kept(
            jar=jar,
            variables=variables,
            public=frozenset(journey.public),
            login_pages=journey.login_pages,
            since=since,
            due_at=due,
        )


def _go_on(journey: Journey, kept: Kept) -> None:
    """Give `journey` what the login of `kept` found."""
    journey.learn(kept.variables, public=kept.public)
    journey.login_pages = kept.login_pages


def _login_of(service: Service, path: ProbePath) -> ProbePath:
    """The login of the session that `path` uses, connecting as the run does."""
    login = {each.name: each for each in service.paths}[str(path.session)]
    if login.connection == path.connection:
        return login
    return login.model_copy(update={"connection": path.connection})


def _is_doubtful(steps: Sequence[StepResult], page: Answer | None, age_s: float) -> bool:
    """Whether `steps` show what a stranger sees, in a session old enough to have ended.

    It is at any age where `page`, the last one, asks for a password.
    """
    plain = page is not None and asks_for_a_password(page)
    return (plain or age_s >= DOUBTED_FROM_S) and any(map(_is_for_a_stranger, steps))


def _is_for_a_stranger(step: StepResult) -> bool:
    """Whether `step` may show what a site says to strangers: a 200 with other content, or a 4xx.

    Some sites do not refuse an ended session: they answer 404, Laravel's 419 or Microsoft's 440. A
    lost canary speaks for itself, and a redirect led to a notice.
    """
    status, direct = step.evidence.status, not step.hops[1:]
    other = step.outcome is Outcome.BAD_CONTENT and status == HTTPStatus.OK
    nothing = step.outcome is Outcome.UNEXPECTED_STATUS and status in CLIENT_ERROR
    return (other or nothing) and direct and not step.canary


def _waited_in_vain(words: str) -> StepResult:
    return StepResult(
        name="session",
        outcome=Outcome.TIMED_OUT,
        duration_s=0.0,
        evidence=Evidence(error=f"{words} while another run was signing in"),
    )
