"""One configured path in, one Run out: the entry point of this package."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

from probe.config.path import ProbePath
from probe.config.reach import Totp
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.model.run import Run, new_run_id
from probe.observing.asking.cookies import Jar
from probe.observing.asking.credential import fingerprint
from probe.observing.deadline import Deadline
from probe.observing.failures import words_of
from probe.observing.journeys import Journeys
from probe.observing.session_runs import SessionRuns
from probe.observing.signing_in.session import Key
from probe.observing.summary import Summary, TransactionResult, succeeded, summarize, took_s
from probe.observing.transaction import do_steps, steps_of


class Observer:
    """Runs paths, each by itself or inside a kept session."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._settings = settings
        self._journeys = Journeys(settings, clock)
        self._sessions = SessionRuns(self._journeys, clock)

    async def observe(
        self, service: Service, path: ProbePath, *, confirmation: bool = False
    ) -> Run:
        """Run `path` once. Whatever goes wrong is in the Run; only a cancellation is raised.

        A confirmation never uses a kept connection: that may be what is broken.
        """
        if confirmation:
            path = path.model_copy(update={"connection": "fresh"})
        started_at, began = self._clock.now(), self._clock.monotonic()
        try:
            result = await self._look(service, path)
            summary = summarize(result.steps, path.slow_after)
        except Exception as error:  # noqa: BLE001 - our own fault must not look like theirs
            result = TransactionResult(steps=(), duration_s=self._clock.monotonic() - began)
            note = self._journeys.masker(service).show(words_of(error))
            summary = Summary(outcome=Outcome.UNOBSERVED, note=note)
        return Run(
            id=new_run_id(),
            service=service.name,
            path=path.name,
            plane=path.plane,
            started_at=started_at,
            duration_s=result.duration_s,
            outcome=summary.outcome,
            failed_step=summary.failed_step,
            failed_phase=summary.failed_phase,
            steps=result.steps,
            confirmation=confirmation,
            credential=fingerprint(service, path),
            session_age_s=result.session_age_s,
            note=summary.note,
        )

    def wait_s(self, service: Service, path: ProbePath) -> float | None:
        """Seconds until there is a one-time code for a run of `path`; None if it needs none.

        A run that begins earlier is `unobserved`, unless it fails before it needs that code.
        """
        totp = self._second_factor(service, path)
        return None if totp is None else self._journeys.wait_s(totp)

    def has_session(self, service: Service, path: ProbePath) -> bool:
        """Whether a run of `path` that begins now finds its kept session, and need not sign in."""
        return self._sessions.has_session(service, path)

    def turn(self, service: Service, path: ProbePath) -> AbstractAsyncContextManager[object]:
        """Held by a run of `path` so that no other takes the code that it waits for."""
        return self._journeys.turn(self._second_factor(service, path))

    def adopt(self, settings: Settings) -> None:
        """Switch to `settings`: hide their secrets, drop sessions whose login changed."""
        self._sessions.keep(set(_same_logins(self._settings, settings)))
        self._journeys.adopt(settings)
        self._settings = settings

    async def close(self) -> None:
        """Close every connection that was kept."""
        await self._journeys.close()

    async def _look(self, service: Service, path: ProbePath) -> TransactionResult:
        deadline = Deadline.after(path.timeout)
        if path.session is not None:
            return await self._sessions.run(service, path, deadline)
        async with self._journeys.begin(service, path, Jar()) as journey:
            steps = await do_steps(steps_of(path), journey, deadline)
        self._sessions.note_login(service, path, let_in=succeeded(steps))
        return TransactionResult(steps=steps, duration_s=took_s(steps))

    def _second_factor(self, service: Service, path: ProbePath) -> Totp | None:
        """The second factor of the login that a run of `path` begins with, if any."""
        return path.totp if path.session is None else self._sessions.second_factor(service, path)


def _same_logins(old: Settings, new: Settings) -> Iterator[Key]:
    """The paths that ask the same in `new` as in `old`."""
    for service in new.services:
        before = old.service(service.name)
        for path in service.paths:
            known = before and before.path(path.name)
            if known and path.asks_as(known):
                yield service.name, path.name
