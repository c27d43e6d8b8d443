"""Whether a run may sign in, and what a run says of the accounts that it signed in to."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.model.http_status import REDIRECTION
from probe.model.outcome import Outcome
from probe.model.run import SIGNING_IN, Run
from probe.model.state import SkipReason
from probe.observing.asking.credential import credentials_of, tells_a_password
from probe.observing.transaction import steps_of
from probe.running.restraint.accounts import Accounts, PathKey, signing_in, signs_in
from probe.running.restraint.patience import BACKOFF, Patience, SignInRest

HasSession = Callable[[Service, ProbePath], bool]
"""Whether a run of that path would find its kept session and need not sign in."""


class SignIns:
    """The credentials of each path, and what became of them: refusals, and accounts at rest.

    `patience` is that of each path. A run inside a kept session concerns two paths: its own, and
    the login of that session if the run begins with it.
    """

    def __init__(self, patience: defaultdict[PathKey, Patience], has_session: HasSession) -> None:
        self._patience = patience
        self._has_session = has_session
        self._accounts = Accounts()
        self._credentials: dict[PathKey, frozenset[str]] = {}

    def adopt(self, paths: Sequence[tuple[Service, ProbePath]], now: float) -> None:
        """Forget refusals of changed credentials, and of other paths all that no longer counts."""
        for service, path in paths:
            key, credentials = (service.name, path.name), credentials_of(service, path)
            if self._credentials.get(key, credentials) != credentials:
                self._patience[key].begin_anew()
                self._accounts.admit(service, path)
            self._credentials[key] = credentials
        lasting = {(service.name, path.name) for service, path in paths} | self._patience.keys()
        self._credentials = {key: it for key, it in self._credentials.items() if key in lasting}
        self._accounts.forget_others(paths, now)

    def flight(self, service: Service, path: ProbePath) -> AbstractContextManager[None]:
        """Held while a run of `path` lasts: until it ends, its sign-in may be refused."""
        asked = self._asked(service, path)
        return signing_in([each for one in asked for each in self._accounts.of(service, one)])

    def wait(self, service: Service, path: ProbePath, now: float) -> SkipReason | None:
        """Why a run of `path` must not sign in now; None if it may, or signs in to nothing.

        A login that asked us to wait, or was refused, is asked by no other path meanwhile.
        """
        if any(self._may_be_locked(service, each, now) for each in self._asked(service, path)):
            return BACKOFF
        login = self._login_first(service, path)
        if login is None:
            return None
        patience = self._patience[service.name, login.name]
        if now < patience.not_before:
            return patience.reason
        rest = patience.sign_in_rest
        waits = rest and now < rest.end(path.name, path.interval, patience.not_before)
        return SkipReason.RETRY_AFTER if waits else None

    def rest(self, service: Service, path: ProbePath, run: Run, until: float) -> None:
        """If the login of its session asked `run` to wait, let no path sign in before `until`.

        The login's own runs go on: short intervals of others must not keep it from being watched.
        """
        login = _login(service, path)
        step = run.deciding_step
        if login is None or step is None or not step.signs_in or step.shared:
            return
        rest = SignInRest(path=path.name, interval=path.interval, until=until)
        self._patience[service.name, login.name].sign_in_rest = rest

    def learn(self, service: Service, path: ProbePath, run: Run) -> float:
        """Note what `run` says of accounts; returns until when those of `path` are left alone."""
        concerned = _concerned(service, path, run)
        if concerned and self._may_be_refused(service, concerned[-1], run):
            self._count_refusal(service, path, run, concerned)
        if run.outcome.succeeded:
            self._accounts.admit(service, path)
        login = _login(service, path)
        if login is not None and _signed_in(run) and not run.failed_signing_in:
            self._note_login(service, login, run)
        return max((self._accounts.rest_until(service, each) for each in concerned), default=0.0)

    def _may_be_refused(self, service: Service, path: ProbePath, run: Run) -> bool:
        """Whether the steps of `path` were refused in `run`, or look as if they were.

        If they were let in before, different content behind the login more likely means an outage.
        """
        if run.outcome is Outcome.UNAUTHORIZED:
            return True
        step = run.deciding_step
        if step is None or not run.perhaps_refused:
            return False
        name = step.name.removeprefix(SIGNING_IN)
        tells = any(each == name and tells_a_password(one) for each, one in steps_of(path))
        led_on = step.evidence.status in REDIRECTION
        return tells or led_on or not self._patience[service.name, path.name].let_in_at

    def _count_refusal(
        self, service: Service, path: ProbePath, run: Run, concerned: list[ProbePath]
    ) -> None:
        """Count a refusal in a run of `path`; a shared one is counted by the run that took it."""
        shared = run.deciding_step is not None and run.deciding_step.shared
        if run.outcome is Outcome.UNAUTHORIZED:
            for each in [path] if shared else concerned:
                self._patience[service.name, each.name].refuse(run, path.interval)
        for each in [] if shared else concerned:
            self._accounts.refuse(service, each, run, path.interval)

    def _note_login(self, service: Service, login: ProbePath, run: Run) -> None:
        """Note how the session login went that `run` began with or, in doubt, ended with."""
        steps = [step for step in run.steps if step.signs_in]
        if all(step.outcome is Outcome.OK for step in steps):
            self._accounts.admit(service, login)
        elif any(step.outcome is Outcome.UNAUTHORIZED or step.perhaps_refused for step in steps):
            self._accounts.refuse(service, login, run, login.interval)

    def _may_be_locked(self, service: Service, path: ProbePath, now: float) -> bool:
        key = service.name, path.name
        let_in_at = self._patience[key].let_in_at
        if let_in_at and not signs_in(path):
            return False  # an API that accepted the account's password last is not the login
        accounts = self._accounts.of(service, path)
        return any(account.objects(now, key, let_in_at) for account in accounts)

    def _asked(self, service: Service, path: ProbePath) -> list[ProbePath]:
        """The paths whose steps may be refused in a run of `path` that begins now."""
        login = self._login_first(service, path)
        return [path] if login is None else [path, login]

    def _login_first(self, service: Service, path: ProbePath) -> ProbePath | None:
        """The login that a run of `path` begins with, because its kept session is gone."""
        login = _login(service, path)
        return None if login is None or self._has_session(service, path) else login


def _concerned(service: Service, path: ProbePath, run: Run) -> list[ProbePath]:
    """The paths of whose credentials the outcome of `run` says something."""
    login = _login(service, path)
    if login is None:
        return [path]
    if not _signed_in(run) and not signs_in(path):
        return []  # an ended session was refused, not a sign-in
    return [path, login] if run.failed_signing_in else [path]


def _login(service: Service, path: ProbePath) -> ProbePath | None:
    """The path whose session `path` uses, if it uses one."""
    return None if path.session is None else service.path(path.session)


def _signed_in(run: Run) -> bool:
    """Whether `run` began with a login for its session."""
    return any(step.signs_in for step in run.steps)
