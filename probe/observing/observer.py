"""One configured path in, one Run out: the way into this package."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from ssl import SSLContext

import aiohttp

from probe.config.settings import ProbePath, Service, Settings
from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.model.run import Evidence, Run, StepResult
from probe.observing.connections import Pool, cookie_jar
from probe.observing.credential import fingerprint
from probe.observing.deadline import Deadline
from probe.observing.failures import words_of
from probe.observing.masking import Masker, secrets_in
from probe.observing.session import Entry, Kept, KeptSessions
from probe.observing.step import Journey
from probe.observing.summary import Summary, summarize
from probe.observing.tls import client_context
from probe.observing.transaction import sign_in, steps_of, travel


class Observer:
    """Runs paths. Keeps what outlives a run: sessions, reused connections, TLS contexts."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._secrets = frozenset(secrets_in(settings))
        self._maskers: dict[str, tuple[Service, Masker]] = {}
        self._sessions = KeptSessions()
        self._pools: dict[tuple[str, str], Pool] = {}
        self._contexts: dict[Path | None, SSLContext] = {}

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
            steps = await self._steps(service, path, masker)
            summary = summarize(steps, path.slow_after)
        except Exception as error:  # noqa: BLE001 - our own fault must not look like theirs
            steps = ()
            summary = Summary(outcome=Outcome.UNOBSERVED, note=masker.show(words_of(error)))
        return Run(
            id=secrets.token_hex(8),
            service=service.name,
            path=path.name,
            plane=path.plane,
            started_at=started_at,
            duration_s=self._clock.monotonic() - began,
            outcome=summary.outcome,
            failed_step=summary.failed_step,
            failed_phase=summary.failed_phase,
            steps=steps,
            confirmation=confirmation,
            credential=fingerprint(service, path),
            note=summary.note,
        )

    def forget(self, service: str) -> None:
        """Drop the kept sessions of a service: its configuration changed."""
        self._sessions.forget(service)

    async def close(self) -> None:
        """Close every connection that was kept."""
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()

    async def _steps(
        self, service: Service, path: ProbePath, masker: Masker
    ) -> tuple[StepResult, ...]:
        deadline = Deadline.after(path.timeout)
        if path.session is None:
            async with self._journey(service, path, cookie_jar(), masker) as journey:
                return await travel(steps_of(path), journey, deadline)
        return await self._steps_inside(service, path, masker, deadline)

    async def _steps_inside(
        self, service: Service, path: ProbePath, masker: Masker, deadline: Deadline
    ) -> tuple[StepResult, ...]:
        """Do the steps of a path that lives in a kept session."""
        login = {each.name: each for each in service.paths}[str(path.session)]
        key = (service.name, login.name)

        async def establish() -> Entry:
            return await self._establish(service, login, masker, deadline)

        try:
            entry = await self._sessions.enter(key, establish, deadline)
        except TimeoutError as error:
            return (_waited_in_vain(words_of(error)),)
        if entry.kept is None:
            return entry.steps
        kept = entry.kept
        async with self._journey(service, path, kept.jar, masker) as journey:
            journey.learn(kept.variables)
            steps = await travel(steps_of(path), journey, deadline)
        if any(step.outcome is Outcome.UNAUTHORIZED for step in steps):
            self._sessions.drop(key, kept)
        return entry.steps + steps

    async def _establish(
        self, service: Service, login: ProbePath, masker: Masker, deadline: Deadline
    ) -> Entry:
        jar = cookie_jar()
        async with self._journey(service, login, jar, masker) as journey:
            steps = await sign_in(journey, deadline.at_most(login.timeout))
            entered = all(step.outcome is Outcome.OK for step in steps)
            kept = Kept(jar=jar, variables=dict(journey.variables)) if entered else None
        return Entry(kept=kept, steps=steps)

    def _masker(self, service: Service) -> Masker:
        known, masker = self._maskers.get(service.name, (None, None))
        if known is not service or masker is None:
            masker = Masker(self._secrets.union(secrets_in(service)))
            self._maskers[service.name] = service, masker
        return masker

    @asynccontextmanager
    async def _journey(
        self, service: Service, path: ProbePath, jar: aiohttp.CookieJar, masker: Masker
    ) -> AsyncIterator[Journey]:
        key = (service.name, path.name)
        reuse = path.connection == "reuse"
        pool = self._pools.setdefault(key, Pool()) if reuse else Pool()
        try:
            async with pool.session(jar) as http:
                yield Journey(
                    path=path,
                    tls=partial(self._context, path.tls.ca_file),
                    pool=pool,
                    http=http,
                    clock=self._clock,
                    masker=masker,
                )
        finally:
            if not reuse:
                await pool.close()

    def _context(self, ca_file: Path | None) -> SSLContext:
        if ca_file not in self._contexts:
            self._contexts[ca_file] = client_context(ca_file)
        return self._contexts[ca_file]


def _waited_in_vain(words: str) -> StepResult:
    return StepResult(
        name="session",
        outcome=Outcome.TIMED_OUT,
        duration_s=0.0,
        evidence=Evidence(error=f"{words} while another run was signing in"),
    )
