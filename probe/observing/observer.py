"""One configured path in, one Run out: the way into this package."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final

import aiohttp

from probe.config.path import ProbePath
from probe.config.reach import Totp
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.model.run import Evidence, Run, StepResult
from probe.observing.asking.cookies import Jar
from probe.observing.asking.credential import fingerprint
from probe.observing.connecting.connections import Pools
from probe.observing.connecting.tls import Contexts
from probe.observing.deadline import Deadline
from probe.observing.failures import words_of
from probe.observing.journey import Journey
from probe.observing.masking import Masker, secrets_in
from probe.observing.signing_in.minting import OneTimeCodes, fresh_values
from probe.observing.signing_in.session import Entry, Kept, KeptSessions, Key, due_at
from probe.observing.summary import Summary, summarize
from probe.observing.transaction import renew, sign_in, steps_of, travel

_ENDING: Final = frozenset({Outcome.UNAUTHORIZED, Outcome.UNEXPECTED_STATUS, Outcome.BAD_CONTENT})
"""How a renewal fails where there may be nothing left to renew, said in whatever way."""

_NOTHING_HERE: Final = range(400, 500)
"""A stranger may be told that there is nothing: by 404, or Laravel's 419 and Microsoft's 440."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a run of a path saw, how long it looked, and how old the session was that it ran in.

    `duration_s` is what the steps took, and to enter the kept session before them. Making a
    client ready, judging an answer and closing connections is no part of it: that waits for other
    runs' turns of the event loop, and once took 25 ms in a run of a hundred.
    """

    steps: tuple[StepResult, ...]
    duration_s: float
    session_age_s: float | None = None


class Observer:
    """Runs paths. Keeps what outlives a run: sessions, reused connections, TLS contexts."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._settings = settings
        self._secrets = frozenset(secrets_in(settings))
        self._maskers: dict[str, tuple[Service, Masker]] = {}
        self._sessions = KeptSessions()
        self._pools = Pools()
        self._contexts = Contexts()
        self._codes = OneTimeCodes(clock.wall())

    async def observe(
        self, service: Service, path: ProbePath, *, confirmation: bool = False
    ) -> Run:
        """Run `path` once. Whatever goes wrong is in the Run; only a cancellation is raised.

        A confirmation never takes a kept connection: that may be what is broken.
        """
        if confirmation:
            path = path.model_copy(update={"connection": "fresh"})
        started_at, began = self._clock.now(), self._clock.monotonic()
        masker = self._masker(service)
        try:
            seen = await self._look(service, path, masker)
            summary = summarize(seen.steps, path.slow_after)
        except Exception as error:  # noqa: BLE001 - our own fault must not look like theirs
            seen = _Seen(steps=(), duration_s=self._clock.monotonic() - began)
            summary = Summary(outcome=Outcome.UNOBSERVED, note=masker.show(words_of(error)))
        return Run(
            id=secrets.token_hex(8),
            service=service.name,
            path=path.name,
            plane=path.plane,
            started_at=started_at,
            duration_s=seen.duration_s,
            outcome=summary.outcome,
            failed_step=summary.failed_step,
            failed_phase=summary.failed_phase,
            steps=seen.steps,
            confirmation=confirmation,
            credential=fingerprint(service, path),
            session_age_s=seen.session_age_s,
            note=summary.note,
        )

    def wait_s(self, service: Service, path: ProbePath) -> float | None:
        """Seconds until there is a one-time code for a run of `path`, None where it needs none.

        A run that begins before is `unobserved`, unless it fails on the way to that code.
        """
        totp = self._second_factor(service, path)
        return None if totp is None else self._codes.wait_s(totp, self._clock.wall())

    def inside(self, service: Service, path: ProbePath) -> bool:
        """Whether a run of `path` that begins now finds its kept session, and need not sign in."""
        return path.session is not None and self._sessions.lives((service.name, path.session))

    def turn(self, service: Service, path: ProbePath) -> AbstractAsyncContextManager[object]:
        """What a run of `path` holds so that no other takes the code that it waits for."""
        return self._turn_at(self._second_factor(service, path))

    def _turn_at(self, totp: Totp | None) -> AbstractAsyncContextManager[object]:
        return nullcontext() if totp is None else self._codes.turn(totp)

    def _second_factor(self, service: Service, path: ProbePath) -> Totp | None:
        """That of the login which a run of `path` begins with, if it begins with one."""
        if path.session is None:
            return path.totp
        login = service.path(path.session)
        return None if login is None or self.inside(service, path) else login.totp

    def adopt(self, settings: Settings) -> None:
        """Go over to `settings`: hide their secrets, give up sessions whose login is another."""
        self._sessions.keep(set(_same_logins(self._settings, settings)))
        self._settings = settings
        self._secrets = frozenset(secrets_in(settings))
        self._maskers.clear()

    async def close(self) -> None:
        """Close every connection that was kept."""
        await self._pools.close()

    async def _look(self, service: Service, path: ProbePath, masker: Masker) -> _Seen:
        deadline = Deadline.after(path.timeout)
        if path.session is None:
            async with self._journey(service, path, Jar(), masker) as journey:
                steps = await travel(steps_of(path), journey, deadline)
            self._sessions.note_login((service.name, path.name), let_in=_succeeded(steps))
            return _Seen(steps=steps, duration_s=_took_s(steps))
        return await self._look_inside(service, path, masker, deadline)

    async def _look_inside(
        self, service: Service, path: ProbePath, masker: Masker, deadline: Deadline
    ) -> _Seen:
        """Do the steps of a path that lives in a kept session."""
        login = _login_of(service, path)
        key = (service.name, login.name)

        async def establish(due: Kept | None) -> Entry:
            renewed = await self._renew(service, login, masker, deadline, due) if due else None
            return renewed or await self._establish(service, login, masker, deadline)

        now, began = self._clock.now(), self._clock.monotonic()
        try:
            entry = await self._sessions.enter(key, establish, deadline, now)
        except TimeoutError as error:
            waited_s = self._clock.monotonic() - began
            return _Seen(steps=(_waited_in_vain(words_of(error)),), duration_s=waited_s)
        entered_s = self._clock.monotonic() - began
        if entry.kept is None:
            return _Seen(steps=entry.steps, duration_s=entered_s)
        kept = entry.kept
        async with self._journey(service, path, kept.jar, masker) as journey:
            journey.learn(kept.variables)
            journey.doors = kept.doors
            steps = await travel(steps_of(path), journey, deadline)
        duration_s = entered_s + _took_s(steps)
        if any(step.outcome is Outcome.UNAUTHORIZED for step in steps):
            self._sessions.drop(key, kept)
        elif _succeeded(steps):
            self._sessions.note_service(key, kept, path.name)
        elif any(map(_is_for_a_stranger, steps)) and self._can_sign_in_now(login):
            async with self._turn_at(login.totp):
                steps += await self._sessions.doubt(key, kept, path.name, establish, now)
        return _Seen(
            steps=entry.steps + steps,
            duration_s=duration_s,
            session_age_s=max(0.0, now - kept.since),
        )

    def _can_sign_in_now(self, login: ProbePath) -> bool:
        """Whether `login` needs no one-time code, or there is one that nobody waits for."""
        totp = login.totp
        if totp is None:
            return True
        return not self._codes.turn(totp).locked() and not self._codes.wait_s(
            totp, self._clock.wall()
        )

    async def _establish(
        self, service: Service, login: ProbePath, masker: Masker, deadline: Deadline
    ) -> Entry:
        jar = Jar()
        async with self._journey(service, login, jar, masker) as journey:
            journey.signing_in = True
            steps = await sign_in(journey, deadline.at_most(login.timeout))
            kept = self._kept(jar, journey, self._clock.now()) if _succeeded(steps) else None
        return Entry(kept=kept, steps=steps)

    async def _renew(
        self,
        service: Service,
        login: ProbePath,
        masker: Masker,
        deadline: Deadline,
        due: Kept,
    ) -> Entry | None:
        """The session prolonged, or how that failed; None where it must be signed into anew."""
        async with self._journey(service, login, due.jar, masker) as journey:
            journey.learn(due.variables)
            journey.doors = due.doors
            steps = await renew(journey, deadline.at_most(login.timeout))
            if not steps or steps[-1].outcome in _ENDING:
                self._sessions.drop((service.name, login.name), due)
            if not steps or steps[-1].outcome is Outcome.UNAUTHORIZED:
                return None
            kept = self._kept(due.jar, journey, due.since) if _succeeded(steps) else None
        return Entry(kept=kept, steps=steps)

    def _kept(self, jar: aiohttp.CookieJar, journey: Journey, since: float) -> Kept:
        variables = dict(journey.variables)
        due = due_at(variables, self._clock.now())
        return Kept(jar=jar, variables=variables, doors=journey.doors, since=since, due_at=due)

    def _masker(self, service: Service) -> Masker:
        known, masker = self._maskers.get(service.name, (None, None))
        if known is not service or masker is None:
            used = [service, [path.steps for path in service.paths]]
            masker = Masker(self._secrets.union(secrets_in(used)))
            self._maskers[service.name] = service, masker
        return masker

    @asynccontextmanager
    async def _journey(
        self, service: Service, path: ProbePath, jar: aiohttp.CookieJar, masker: Masker
    ) -> AsyncIterator[Journey]:
        async with self._pools.lend(service.name, path) as pool, pool.session(jar) as http:
            journey = Journey(
                path=path,
                tls=partial(self._contexts.of, path.tls),
                pool=pool,
                http=http,
                clock=self._clock,
                masker=masker,
                codes=self._codes,
            )
            journey.learn(fresh_values(path))
            yield journey


def _login_of(service: Service, path: ProbePath) -> ProbePath:
    """The login of the session that `path` lives in, which connects as the run does."""
    login = {each.name: each for each in service.paths}[str(path.session)]
    if login.connection == path.connection:
        return login
    return login.model_copy(update={"connection": path.connection})


def _took_s(steps: tuple[StepResult, ...]) -> float:
    return sum(step.duration_s for step in steps)


def _succeeded(steps: tuple[StepResult, ...]) -> bool:
    return all(step.outcome is Outcome.OK for step in steps)


def _same_logins(old: Settings, new: Settings) -> Iterator[Key]:
    """The paths that ask in `new` what they did in `old`."""
    for service in new.services:
        before = old.service(service.name)
        for path in service.paths:
            known = before and before.path(path.name)
            if known and path.asks_as(known):
                yield service.name, path.name


def _is_for_a_stranger(step: StepResult) -> bool:
    """Whether `step` may show what a site says to everybody: a 200 with other content, or a 404.

    Some do not refuse whose session has ended. A canary that is lost speaks for itself, and who
    was redirected came upon a notice.
    """
    status, direct = step.evidence.status, not step.hops[1:]
    other = step.outcome is Outcome.BAD_CONTENT and status == HTTPStatus.OK
    nothing = step.outcome is Outcome.UNEXPECTED_STATUS and status in _NOTHING_HERE
    return (other or nothing) and direct and not step.canary


def _waited_in_vain(words: str) -> StepResult:
    return StepResult(
        name="session",
        outcome=Outcome.TIMED_OUT,
        duration_s=0.0,
        evidence=Evidence(error=f"{words} while another run was signing in"),
    )
