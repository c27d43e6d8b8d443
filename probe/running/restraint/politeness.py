"""Whether a run may start now: requested waits, refused credentials, request budgets."""

from collections import defaultdict
from contextlib import AbstractContextManager

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import SkipReason
from probe.running.restraint.accounts import PathKey
from probe.running.restraint.allowance import Allowance
from probe.running.restraint.patience import BACKOFF, Patience
from probe.running.restraint.sign_ins import HasSession, SignIns


class Politeness:
    """The limits of one configuration, and how much of them is used.

    What targets asked of us outlives a change of configuration; a rest for an exhausted quota ends
    with any change, a rest for a refused credential only if the credential changes.
    """

    def __init__(
        self,
        settings: Settings,
        now: float,
        has_session: HasSession = lambda _service, _path: False,
    ) -> None:
        self._patience: defaultdict[PathKey, Patience] = defaultdict(Patience)
        self._allowance = Allowance(now)
        self._sign_ins = SignIns(self._patience, has_session)
        self.adopt(settings, now)

    def adopt(self, settings: Settings, now: float) -> None:
        """Apply the limits of `settings`.

        What is no longer configured is forgotten, unless it would still count if it came back:
        services that come and go, and passwords that change hourly, would pile up.
        """
        paths = [(service, path) for service in settings.services for path in service.paths]
        configured = {(service.name, path.name) for service, path in paths}
        self._cap = settings.politeness.retry_after_cap
        for key, patience in list(self._patience.items()):
            patience.look_for_money()
            if key not in configured and now >= patience.not_before:
                del self._patience[key]
        self._allowance.adopt(settings, now)
        self._sign_ins.adopt(paths, now)

    def spend(
        self, service: Service, path: ProbePath, now: float, *, confirmation: bool
    ) -> SkipReason | None:
        """Charge a run of `path` to the budgets; if it must not run now, return the reason."""
        waits = self._wait(service, path, now)
        if waits is not None:
            return waits
        if confirmation and self._of(service, path).refusals:
            return BACKOFF
        return self._allowance.charge(service, path, now, confirmation=confirmation)

    def flight(self, service: Service, path: ProbePath) -> AbstractContextManager[None]:
        """Held while a run of `path` lasts: until it ends, its sign-in may be refused."""
        return self._sign_ins.flight(service, path)

    def confirmable(self, service: Service, path: ProbePath, now: float, *, sparing: bool) -> bool:
        """Whether a confirmation could tell anything soon: no wait is in force.

        `sparing` keeps half of what may be spent for suspicions other than this one.
        """
        refused = self._of(service, path).refusals
        if refused or self._wait(service, path, now) is not None:
            return False
        return not sparing or self._allowance.half_is_left(service, path, now)

    def learn(self, service: Service, path: ProbePath, run: Run) -> float | None:
        """Note what `run` asks; returns the end of its path's current or last wait, or None."""
        patience = self._of(service, path)
        self._allowance.charge_unplanned(path, run)
        if run.outcome.succeeded:
            patience.succeed(run)
        if run.outcome is Outcome.QUOTA_EXHAUSTED:
            patience.spend(run, self._cap)
        elif run.retry_after_s is not None:
            until = run.ended_at + min(run.retry_after_s, self._cap)
            patience.rest(until, SkipReason.RETRY_AFTER)
            self._sign_ins.rest(service, path, run, until)
        left_alone_until = self._sign_ins.learn(service, path, run)
        return max(patience.not_before, left_alone_until) or None

    def waited_until(self, service: str, path: str) -> float | None:
        """The end of the last wait of `path`, possibly past; None if there was none."""
        return self._patience[service, path].not_before or None

    def _wait(self, service: Service, path: ProbePath, now: float) -> SkipReason | None:
        own = self._of(service, path)
        if now < own.not_before:
            return own.reason
        return self._sign_ins.wait(service, path, now)

    def _of(self, service: Service, path: ProbePath) -> Patience:
        return self._patience[service.name, path.name]
