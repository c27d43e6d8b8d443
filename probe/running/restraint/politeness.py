"""Whether a run may start now: requested waits, refused credentials, request budgets."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

from probe.config.path import ProbePath
from probe.config.plan import host_of, requests_by_host
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.http_status import REDIRECTION
from probe.model.outcome import Outcome
from probe.model.run import SIGNING_IN, Run
from probe.model.state import SkipReason
from probe.observing.asking.credential import credentials_of, tells_a_password
from probe.observing.transaction import steps_of
from probe.running.restraint.accounts import Accounts, signing_in, signs_in
from probe.running.restraint.budgets import (
    HourlyBudget,
    TokenBucket,
    confirm_budget,
    host_buckets,
)
from probe.running.restraint.patience import BACKOFF, Patience

HasSession = Callable[[Service, ProbePath], bool]
"""Whether a run of that path would find its kept session and need not sign in."""


class Politeness:
    """The limits of one configuration, and how much of them is used.

    A host budget derived from the plan never stops a planned run: it is what confirmations may
    spend beside them. A configured one stops both. What targets asked of us outlives a change of
    configuration; a rest for an exhausted quota ends with any change, a rest for a refused
    credential only if the credential changes.
    """

    def __init__(
        self,
        settings: Settings,
        now: float,
        has_session: HasSession = lambda _service, _path: False,
    ) -> None:
        self._has_session = has_session
        self._began_at = now
        self._patience: dict[tuple[str, str], Patience] = {}
        self._accounts = Accounts()
        self._credentials: dict[tuple[str, str], frozenset[str]] = {}
        self._confirmations: dict[str, HourlyBudget] = {}
        self._hosts: dict[str, TokenBucket] = {}
        self.adopt(settings, now)

    def adopt(self, settings: Settings, now: float) -> None:
        """Apply the limits of `settings`; what was used of the old ones stays used."""
        self._cap = settings.politeness.retry_after_cap
        old, self._hosts = self._hosts, host_buckets(settings, now)
        for host in old.keys() & self._hosts.keys():
            self._hosts[host].take(old[host].taken(now), now)
        self._budget_is_fixed = settings.politeness.host_requests_per_minute is not None
        for service in settings.services:
            budget = self._confirmations.setdefault(service.name, HourlyBudget(0))
            budget.limit = confirm_budget(service)
            for path in service.paths:
                self._trust_anew(service, path)
        for patience in self._patience.values():
            patience.look_for_money()
        self._forget(settings, now)

    def _forget(self, settings: Settings, now: float) -> None:
        """Forget what is no longer configured, unless it would still count if it came back.

        Services that come and go, and passwords that change hourly, would pile up.
        """
        services = {service.name for service in settings.services}
        paths = [(service, path) for service in settings.services for path in service.paths]
        names = {(service.name, path.name) for service, path in paths}
        self._patience = {
            key: patience
            for key, patience in self._patience.items()
            if key in names or now < patience.not_before
        }
        lasting = names | self._patience.keys()
        self._credentials = {key: it for key, it in self._credentials.items() if key in lasting}
        self._confirmations = {
            name: budget
            for name, budget in self._confirmations.items()
            if name in services or budget.left(now) < budget.limit
        }
        self._accounts.forget_others(paths, now)

    def _trust_anew(self, service: Service, path: ProbePath) -> None:
        key, credentials = (service.name, path.name), credentials_of(service, path)
        if self._credentials.get(key, credentials) != credentials:
            self._of(*key).begin_anew()
            self._accounts.admit(service, path)
        self._credentials[key] = credentials

    def spend(
        self, service: Service, path: ProbePath, now: float, *, confirmation: bool
    ) -> SkipReason | None:
        """Charge a run of `path` to the budgets; if it must not run now, return the reason."""
        waits = self._wait(service, path, now)
        if waits is not None:
            return waits
        if confirmation and self._of(service.name, path.name).refusals:
            return BACKOFF
        if confirmation and self._confirmations[service.name].left(now) < 1:
            return SkipReason.CONFIRM_BUDGET
        key, requests = (service.name, path.name), requests_by_host(path)
        if confirmation or self._budget_is_fixed:
            short = [h for h in requests if not self._hosts[h].affords(requests[h], now, key)]
            for host in () if confirmation else short:
                self._hosts[host].wait_in_line(requests[host], key)
            if short:
                return SkipReason.HOST_BUDGET
        for host, count in requests.items():
            self._hosts[host].take(count, now, key)
        if confirmation:
            self._confirmations[service.name].take(now)
        return None

    def flight(self, service: Service, path: ProbePath) -> AbstractContextManager[None]:
        """Held while a run of `path` lasts: until it ends, its sign-in may be refused."""
        asked = self._asked(service, path)
        return signing_in([each for one in asked for each in self._accounts.of(service, one)])

    def confirmable(self, service: Service, path: ProbePath, now: float, *, sparing: bool) -> bool:
        """Whether a confirmation could tell anything soon: no wait is in force.

        `sparing` keeps half of what may be spent for suspicions other than this one.
        """
        refused = self._of(service.name, path.name).refusals
        if refused or self._wait(service, path, now) is not None:
            return False
        return not sparing or self._half_is_left(service, path, now)

    def _half_is_left(self, service: Service, path: ProbePath, now: float) -> bool:
        budget = self._confirmations[service.name]
        buckets = (self._hosts[host] for host in requests_by_host(path))
        return budget.left(now) > budget.limit / 2 and all(
            bucket.level(now) > bucket.capacity / 2 for bucket in buckets
        )

    def learn(self, service: Service, path: ProbePath, run: Run) -> float | None:
        """Note what `run` asks; returns the end of its path's current or last wait, or None."""
        patience = self._of(service.name, path.name)
        self._charge(path, run)
        if run.outcome.succeeded:
            patience.succeed(run)
        if run.outcome is Outcome.QUOTA_EXHAUSTED:
            patience.spend(run, self._cap)
        elif run.retry_after_s is not None:
            until = run.ended_at + min(run.retry_after_s, self._cap)
            patience.rest(until, SkipReason.RETRY_AFTER)
        left_alone_until = self._heard(service, path, run)
        return max(patience.not_before, left_alone_until) or None

    def _charge(self, path: ProbePath, run: Run) -> None:
        """Charge a fixed budget for unplanned requests: redirects, discovery, a session's login."""
        if not self._budget_is_fixed or run.ended_at < self._began_at:
            return  # runs from the journal were charged in their time
        own = [step for step in run.steps if not step.shared]
        sent = Counter(host_of(hop.url) for step in own for hop in step.hops)
        for host, count in (sent - requests_by_host(path)).items():
            if host in self._hosts:
                self._hosts[host].take(count, run.ended_at)

    def _heard(self, service: Service, path: ProbePath, run: Run) -> float:
        """Note what `run` says of accounts; returns until when those of `path` are left alone."""
        login = _login(service, path)
        at_the_login = run.failed_signing_in
        asked = [path, login] if login is not None and at_the_login else [path]
        refused = run.outcome is Outcome.UNAUTHORIZED
        doubtful = self._is_doubtful(service, asked[-1], run)
        if login is not None and not _signed_in(run) and not signs_in(path):
            asked = []  # an ended session was refused, not a sign-in
        shared = any(step.shared for step in run.steps)  # counted by the run that took them
        for each in asked:
            if refused and (each is path or not shared):
                self._of(service.name, each.name).refuse(run, path.interval)
            if (refused or doubtful) and not shared:
                self._accounts.refuse(service, each, run, path.interval)
        if run.outcome.succeeded:
            self._accounts.admit(service, path)
        if login is not None and not at_the_login and _signed_in(run):
            self._note_login(service, login, run)
        return max((self._accounts.rest_until(service, each) for each in asked), default=0.0)

    def _is_doubtful(self, service: Service, path: ProbePath, run: Run) -> bool:
        """Whether the steps of `path` may have been refused in `run`.

        If they were let in before, different content behind the login more likely means an outage.
        """
        step = run.deciding_step
        if step is None or not run.perhaps_refused:
            return False
        name = step.name.removeprefix(SIGNING_IN)
        tells = any(each == name and tells_a_password(one) for each, one in steps_of(path))
        led_on = step.evidence.status in REDIRECTION
        return tells or led_on or not self._of(service.name, path.name).let_in_at

    def _note_login(self, service: Service, login: ProbePath, run: Run) -> None:
        """Note how the session login went that `run` began with or, in doubt, ended with."""
        steps = [step for step in run.steps if step.signs_in]
        if all(step.outcome is Outcome.OK for step in steps):
            self._accounts.admit(service, login)
        elif any(step.outcome is Outcome.UNAUTHORIZED or step.perhaps_refused for step in steps):
            self._accounts.refuse(service, login, run, login.interval)

    def waited_until(self, service: str, path: str) -> float | None:
        """The end of the last wait of `path`, possibly past; None if there was none."""
        return self._of(service, path).not_before or None

    def _of(self, service: str, path: str) -> Patience:
        key = service, path
        if key not in self._patience:
            self._patience[key] = Patience()
        return self._patience[key]

    def _wait(self, service: Service, path: ProbePath, now: float) -> SkipReason | None:
        own = self._of(service.name, path.name)
        if now < own.not_before:
            return own.reason
        if any(self._may_be_locked(service, each, now) for each in self._asked(service, path)):
            return BACKOFF
        login = self._login_first(service, path)
        if login is not None:
            refused = self._of(service.name, login.name)
            if refused.refusals and now < refused.not_before:
                return BACKOFF
        return None

    def _may_be_locked(self, service: Service, path: ProbePath, now: float) -> bool:
        key = service.name, path.name
        let_in_at = self._of(*key).let_in_at
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


def _login(service: Service, path: ProbePath) -> ProbePath | None:
    """The path whose session `path` uses, if it uses one."""
    return None if path.session is None else service.path(path.session)


def _signed_in(run: Run) -> bool:
    """Whether `run` began with a login for its session."""
    return any(step.signs_in for step in run.steps)
