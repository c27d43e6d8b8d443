"""What may be requested: of each host, and for the confirmations of each service."""

from collections import Counter
from typing import Final

from probe.config.path import ProbePath
from probe.config.plan import host_of, planned_by_host, requests_by_host
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.run import Run
from probe.model.state import SkipReason
from probe.running.restraint.budgets import HOUR_S, HourlyBudget, TokenBucket

PLANNED_SHARE: Final = 1.2
"""Extra load on a failing target stays within a fifth of the planned load."""

ROUNDS_IN_A_BURST: Final = 4


class Allowance:
    """The budgets of one configuration, and how much of them is used.

    A host budget derived from the plan never stops a planned run: it is what confirmations may
    spend beside them. A configured one stops both.
    """

    def __init__(self, now: float) -> None:
        self._began_at = now
        self._hosts: dict[str, TokenBucket] = {}
        self._confirmations: dict[str, HourlyBudget] = {}
        self._is_fixed = False

    def adopt(self, settings: Settings, now: float) -> None:
        """Apply the budgets of `settings`; what was used of the old ones stays used."""
        old, self._hosts = self._hosts, host_buckets(settings, now)
        for host in old.keys() & self._hosts.keys():
            self._hosts[host].take(old[host].taken(now), now)
        self._is_fixed = settings.politeness.host_requests_per_minute is not None
        for service in settings.services:
            budget = self._confirmations.setdefault(service.name, HourlyBudget(0))
            budget.limit = confirm_budget(service)
        configured = {service.name for service in settings.services}
        self._confirmations = {
            name: budget
            for name, budget in self._confirmations.items()
            if name in configured or budget.left(now) < budget.limit
        }

    def charge(
        self, service: Service, path: ProbePath, now: float, *, confirmation: bool
    ) -> SkipReason | None:
        """Charge a run of `path`; if it must not run now, return the reason instead."""
        if confirmation and self._confirmations[service.name].left(now) < 1:
            return SkipReason.CONFIRM_BUDGET
        who, requests = (service.name, path.name), requests_by_host(path)
        if confirmation or self._is_fixed:
            short = [h for h in requests if not self._hosts[h].affords(requests[h], now, who)]
            for host in () if confirmation else short:
                self._hosts[host].wait_in_line(requests[host], who)
            if short:
                return SkipReason.HOST_BUDGET
        for host, count in requests.items():
            self._hosts[host].take(count, now, who)
        if confirmation:
            self._confirmations[service.name].take(now)
        return None

    def half_is_left(self, service: Service, path: ProbePath, now: float) -> bool:
        """Whether more than half of what confirmations of `path` may spend is left."""
        budget = self._confirmations[service.name]
        buckets = (self._hosts[host] for host in requests_by_host(path))
        return budget.left(now) > budget.limit / 2 and all(
            bucket.level(now) > bucket.capacity / 2 for bucket in buckets
        )

    def charge_unplanned(self, path: ProbePath, run: Run) -> None:
        """Charge a fixed budget for unplanned requests: redirects, discovery, a session's login."""
        if not self._is_fixed or run.ended_at < self._began_at:
            return  # runs from the journal were charged in their time
        own = [step for step in run.steps if not step.shared]
        sent = Counter(host_of(hop.url) for step in own for hop in step.hops)
        for host, count in (sent - requests_by_host(path)).items():
            if host in self._hosts:
                self._hosts[host].take(count, run.ended_at)


def host_buckets(settings: Settings, now: float) -> dict[str, TokenBucket]:
    """One bucket per host; unless configured, it follows from what is planned for that host."""
    per_round: Counter[str] = Counter()
    for service in settings.services:
        for path in service.paths:
            per_round.update(requests_by_host(path))
    fixed = settings.politeness.host_requests_per_minute
    if fixed is not None:
        return {host: TokenBucket(fixed, fixed / 60, now) for host in per_round}
    planned = planned_by_host(settings)
    return {
        host: TokenBucket(count * ROUNDS_IN_A_BURST, planned[host] * PLANNED_SHARE, now)
        for host, count in per_round.items()
    }


def confirm_budget(service: Service) -> int:
    """`confirm_budget`; by default a fifth of the planned runs, at least one whole confirmation."""
    if service.confirm_budget is not None:
        return service.confirm_budget
    planned = sum(HOUR_S / path.interval for path in service.paths)
    burst = len(service.paths) * (ROUNDS_IN_A_BURST - 1)
    return max(round(planned * (PLANNED_SHARE - 1)), burst)
