"""Whether a run may start now: waits that were asked for, refused credentials, request budgets."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from probe.config.settings import ProbePath, Service, Settings
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.secret import reveal
from probe.model.state import SkipReason

LONGEST_BACKOFF_S = 900.0
"""Refused logins end up at one in 15 minutes: lock-outs come after about six in a row."""

PLANNED_SHARE = 1.2
"""Extra load on a failing target stays within a fifth of what is planned."""

ROUNDS_IN_A_BURST = 4


class TokenBucket:
    """At most `capacity` at once and `per_second` on average."""

    def __init__(self, capacity: float, per_second: float, now: float) -> None:
        self.capacity = capacity
        self._per_second = per_second
        self._level = capacity
        self._at = now

    def level(self, now: float) -> float:
        """What may be taken at `now`."""
        gained = (now - self._at) * self._per_second
        self._level = min(self.capacity, self._level + max(0.0, gained))
        self._at = now
        return self._level

    def take(self, amount: float, now: float) -> None:
        """Take `amount`; the level may fall below zero when somebody insists."""
        self._level = self.level(now) - amount


@dataclass(slots=True)
class _Patience:
    not_before: float = 0.0
    reason: SkipReason = SkipReason.RETRY_AFTER
    refusals: int = 0


class Politeness:
    """The limits of one configuration, and what has been used of them.

    A host budget that follows from the plan never stops a planned run: it is what confirmations
    may spend beside them. One that was set by hand stops both.
    """

    def __init__(self, settings: Settings, now: float) -> None:
        self._cap = settings.politeness.retry_after_cap
        self._patience: dict[tuple[str, str], _Patience] = {}
        self._hosts = _host_buckets(settings, now)
        self._budget_is_fixed = settings.politeness.host_requests_per_minute is not None
        self._confirmations = {
            service.name: _confirm_bucket(service, now) for service in settings.services
        }

    def objection(
        self, service: Service, path: ProbePath, now: float, *, confirmation: bool
    ) -> SkipReason | None:
        """Why `path` must not run now, or None; where None, the run is taken off the budgets."""
        patience = self._patience.get((service.name, path.name))
        if patience is not None and now < patience.not_before:
            return patience.reason
        if confirmation and patience is not None and patience.refusals:
            return SkipReason.CREDENTIAL_BACKOFF
        if confirmation and self._confirmations[service.name].level(now) < 1:
            return SkipReason.CONFIRM_BUDGET
        requests = requests_by_host(path)
        bounded = confirmation or self._budget_is_fixed
        if bounded and any(self._short(host, count, now) for host, count in requests.items()):
            return SkipReason.HOST_BUDGET
        for host, count in requests.items():
            self._hosts[host].take(count, now)
        if confirmation:
            self._confirmations[service.name].take(1, now)
        return None

    def _short(self, host: str, count: int, now: float) -> bool:
        bucket = self._hosts[host]
        return bucket.level(now) < min(count, bucket.capacity)

    def learn(self, run: Run, interval: float) -> float | None:
        """Note what `run` asks of us; until when its path must rest, None for no wait."""
        patience = self._patience.setdefault((run.service, run.path), _Patience())
        refused = run.outcome is Outcome.UNAUTHORIZED
        patience.refusals = patience.refusals + 1 if refused else 0
        patience.not_before, patience.reason = 0.0, SkipReason.RETRY_AFTER
        if run.retry_after_s is not None:
            patience.not_before = run.ended_at + min(run.retry_after_s, self._cap)
        elif patience.refusals > 1:
            wait = min(interval * 2 ** min(patience.refusals - 1, 20), LONGEST_BACKOFF_S)
            # A little early, so that the run which is due just then still takes place.
            patience.not_before = run.started_at + wait - interval / 10
            patience.reason = SkipReason.CREDENTIAL_BACKOFF
        return patience.not_before or None

    def retry_after_until(self, service: str, path: str) -> float | None:
        """Until when `path` rests because it was asked to."""
        patience = self._patience.get((service, path))
        return patience.not_before if patience is not None and patience.not_before else None


def requests_by_host(path: ProbePath) -> Counter[str]:
    """How many requests one run of `path` sends to each host, redirects aside."""
    hosts = (_host(reveal(step.request.url)) for step in path.steps)
    return Counter(host for host in hosts if host)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower() if "{{" not in url.split("?", maxsplit=1)[0] else ""
    except ValueError:
        return ""


def _host_buckets(settings: Settings, now: float) -> dict[str, TokenBucket]:
    per_second: defaultdict[str, float] = defaultdict(float)
    per_round: Counter[str] = Counter()
    for service in settings.services:
        for path in service.paths:
            requests = requests_by_host(path)
            per_round.update(requests)
            for host, count in requests.items():
                per_second[host] += count / path.interval
    fixed = settings.politeness.host_requests_per_minute
    if fixed is not None:
        return {host: TokenBucket(fixed, fixed / 60, now) for host in per_round}
    return {
        host: TokenBucket(count * ROUNDS_IN_A_BURST, per_second[host] * PLANNED_SHARE, now)
        for host, count in per_round.items()
    }


def _confirm_bucket(service: Service, now: float) -> TokenBucket:
    """`confirm_budget` extra runs an hour; unset, a fifth of the planned, a burst at least."""
    planned = sum(3600 / path.interval for path in service.paths)
    burst = len(service.paths) * (ROUNDS_IN_A_BURST - 1)
    hourly = max(planned * (PLANNED_SHARE - 1), burst)
    budget = float(service.confirm_budget if service.confirm_budget is not None else hourly)
    return TokenBucket(budget, budget / 3600, now)
