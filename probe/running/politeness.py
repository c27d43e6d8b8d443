"""Whether a run may start now: waits that were asked for, refused credentials, request budgets."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from probe.config.once import once_each
from probe.config.settings import ProbePath, Service, Settings
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.secret import reveal
from probe.model.state import SkipReason

LONGEST_BACKOFF_S = 900.0
"""Refused logins end up at one in 15 minutes: lock-outs come after about six in a row."""

MOST_REFUSED_AN_HOUR = 5
"""Refused sign-ins of one account after which it rests so long, whatever came between them."""

SHORTEST_SPENT_S = 3600.0
LONGEST_SPENT_S = 4 * 3600.0
"""Money that ran out is looked for no oftener at first, and at least this often: who pays a bill
wants that to be seen the same morning."""

PLANNED_SHARE = 1.2
"""Extra load on a failing target stays within a fifth of what is planned."""

ROUNDS_IN_A_BURST = 4
HOUR_S = 3600.0


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

    def taken(self, now: float) -> float:
        """What of the capacity is not there at `now`."""
        return self.capacity - self.level(now)

    def take(self, amount: float, now: float) -> None:
        """Take `amount`; the level may fall below zero when somebody insists."""
        self._level = self.level(now) - amount


class HourlyBudget:
    """At most `limit` in any hour."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken: list[float] = []  # a deque takes 0.7 kB, and most of these stay empty

    def left(self, now: float) -> int:
        """How many may still be taken at `now`."""
        while self.taken and self.taken[0] <= now - HOUR_S:
            del self.taken[0]
        return self.limit - len(self.taken)


@dataclass(slots=True)
class _Patience:
    """What a path was asked to wait for; `refusals` and `spent` count since its last success.

    `spent` are the runs that found no money left, `refused` the sign-ins by its steps that were
    refused within the hour.
    """

    not_before: float = 0.0
    reason: SkipReason = SkipReason.RETRY_AFTER
    refusals: int = 0
    spent: int = 0
    refused: HourlyBudget = field(default_factory=lambda: HourlyBudget(MOST_REFUSED_AN_HOUR))
    failing: bool = False

    def rest(self, until: float, reason: SkipReason) -> None:
        """Wait until `until`, or longer where something else asked for that."""
        if until > self.not_before:
            self.not_before, self.reason = until, reason

    def spend(self, run: Run, cap: float) -> None:
        """Wait until a budget of ours is refilled; twice as long where that was not in sight."""
        wait = run.retry_after_s or SHORTEST_SPENT_S
        if wait >= SHORTEST_SPENT_S:
            self.spent += 1
            wait *= 2 ** min(self.spent - 1, 20)
        self.rest(run.ended_at + min(wait, max(cap, LONGEST_SPENT_S)), SkipReason.RETRY_AFTER)

    def take_heart(self) -> None:
        """Look again for money: whoever has changed the configuration may have paid."""
        if self.spent:
            self.not_before, self.spent = 0.0, 0

    def refuse(self, run: Run, interval: float) -> None:
        """Wait twice as long after every further refusal, and longest after too many in an hour."""
        self.refusals += 1
        self.refused.taken.append(run.ended_at)
        wait = min(interval * 2 ** min(self.refusals - 1, 20), LONGEST_BACKOFF_S)
        if self.refused.left(run.ended_at) < 1:
            wait = LONGEST_BACKOFF_S
        if wait > interval:
            # A little early, so that the run which is due just then still takes place.
            self.rest(run.started_at + wait - interval / 10, SkipReason.CREDENTIAL_BACKOFF)


class Politeness:
    """The limits of one configuration, and what has been used of them.

    A host budget that follows from the plan never stops a planned run: it is what confirmations
    may spend beside them. One that was set by hand stops both. What targets asked of us outlives
    a change of configuration; a rest for want of money ends with one.
    """

    def __init__(self, settings: Settings, now: float) -> None:
        self._patience: dict[tuple[str, str], _Patience] = {}
        self._confirmations: dict[str, HourlyBudget] = {}
        self._hosts: dict[str, TokenBucket] = {}
        self.adopt(settings, now)

    def adopt(self, settings: Settings, now: float) -> None:
        """Take the limits of `settings`; what was used of the old ones stays used."""
        self._cap = settings.politeness.retry_after_cap
        old, self._hosts = self._hosts, _host_buckets(settings, now)
        for host in old.keys() & self._hosts.keys():
            self._hosts[host].take(old[host].taken(now), now)
        self._budget_is_fixed = settings.politeness.host_requests_per_minute is not None
        for service in settings.services:
            budget = self._confirmations.setdefault(service.name, HourlyBudget(0))
            budget.limit = _confirm_budget(service)
        for patience in self._patience.values():
            patience.take_heart()

    def objection(
        self, service: Service, path: ProbePath, now: float, *, confirmation: bool
    ) -> SkipReason | None:
        """Why `path` must not run now, or None; where None, the run is taken off the budgets."""
        waits = self._wait(service, path, now)
        if waits is not None:
            return waits
        if confirmation and self._of(service.name, path.name).refusals:
            return SkipReason.CREDENTIAL_BACKOFF
        if confirmation and self._confirmations[service.name].left(now) < 1:
            return SkipReason.CONFIRM_BUDGET
        requests = requests_by_host(path)
        bounded = confirmation or self._budget_is_fixed
        if bounded and any(self._short(host, count, now) for host, count in requests.items()):
            return SkipReason.HOST_BUDGET
        for host, count in requests.items():
            self._hosts[host].take(count, now)
        if confirmation:
            self._confirmations[service.name].taken.append(now)
        return None

    def confirmable(self, service: Service, path: ProbePath, now: float, *, sparing: bool) -> bool:
        """Whether a confirmation could tell anything soon: nobody asked us to wait.

        `sparing` keeps half of what may be spent for other suspicions than this one.
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

    def learn(self, run: Run, path: ProbePath) -> float | None:
        """Note what `run` asks of us; until when its path must rest, None for no wait."""
        patience = self._of(run.service, run.path)
        patience.failing = not run.outcome.succeeded
        if run.outcome.succeeded:
            patience.not_before, patience.refusals, patience.spent = 0.0, 0, 0
        if run.outcome is Outcome.QUOTA_EXHAUSTED:
            patience.spend(run, self._cap)
        elif run.retry_after_s is not None:
            until = run.ended_at + min(run.retry_after_s, self._cap)
            patience.rest(until, SkipReason.RETRY_AFTER)
        if run.outcome is Outcome.UNAUTHORIZED:
            patience.refuse(run, path.interval)
            if path.session is not None and (run.failed_step or "").startswith("session/"):
                self._of(run.service, path.session).refuse(run, path.interval)
        return patience.not_before or None

    def retry_after_until(self, service: str, path: str) -> float | None:
        """Until when `path` rests because it was asked to."""
        return self._of(service, path).not_before or None

    def _of(self, service: str, path: str) -> _Patience:
        key = service, path
        if key not in self._patience:
            self._patience[key] = _Patience()
        return self._patience[key]

    def _wait(self, service: Service, path: ProbePath, now: float) -> SkipReason | None:
        own = self._of(service.name, path.name)
        if now < own.not_before:
            return own.reason
        # Without a session that works, this path would sign in with the login's credential.
        login = self._of(service.name, path.session) if path.session and own.failing else None
        if login is not None and login.refusals and now < login.not_before:
            return SkipReason.CREDENTIAL_BACKOFF
        return None

    def _short(self, host: str, count: int, now: float) -> bool:
        bucket = self._hosts[host]
        return bucket.level(now) < min(count, bucket.capacity)


@once_each
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


def _confirm_budget(service: Service) -> int:
    """`confirm_budget`; unset, a fifth of the planned runs, but one whole confirmation at least."""
    if service.confirm_budget is not None:
        return service.confirm_budget
    planned = sum(HOUR_S / path.interval for path in service.paths)
    burst = len(service.paths) * (ROUNDS_IN_A_BURST - 1)
    return max(round(planned * (PLANNED_SHARE - 1)), burst)
