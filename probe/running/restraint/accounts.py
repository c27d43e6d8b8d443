"""How often an account may be refused, by any of its paths: providers lock accounts."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from probe.config.once import once_each
from probe.config.path import ProbePath
from probe.config.plan import requests_by_host
from probe.config.service import Service
from probe.model.run import Run
from probe.model.secret import Secret
from probe.observing.asking.credential import passwords_in, tells_a_password
from probe.running.restraint.budgets import HourlyBudget
from probe.running.restraint.patience import LONGEST_BACKOFF_S, a_little_before

MOST_REFUSED_AN_HOUR: Final = 5
"""Refused sign-ins in an hour after which an account is left alone, whatever came in between."""

FIRST_AGAIN_WITHIN_S: Final = 2 * LONGEST_BACKOFF_S
"""How long other refused paths wait for the first to ask again; a reload may have removed it."""

PathKey = tuple[str, str]
"""The names of a service and a path."""

Key = tuple[str, str | Secret]
"""A service or a host, and a password sent there; for a path that sends none, its names."""


@dataclass(slots=True)
class Account:
    """An account that paths sign in to.

    `refused_by` lists the paths refused since it last let one in, in order; `rests_until` is the
    end of the rest after too many refusals: from then on each refusal starts another, until it lets
    one in.
    """

    refused: HourlyBudget = field(default_factory=lambda: HourlyBudget(MOST_REFUSED_AN_HOUR))
    refused_by: list[PathKey] = field(default_factory=list)
    ever_let_in: bool = False
    under_way: int = 0
    rests_until: float = 0.0

    def objects(self, now: float, path: PathKey, let_in_at: float) -> bool:
        """Whether another sign-in by `path` risks locking the account.

        A path that was let in last, at `let_in_at`, after another was refused already, goes on: the
        API must be watched though the login is down. Of the refused paths only the first asks
        again: several refusals of one path tell of an outage, one each of several tell nothing.
        While no path was let in yet, one that was not refused waits for the first one's second
        refusal: Keycloak locks an account for a minute after two within a second.
        """
        if not self.refused_by or let_in_at > self.refused.oldest:
            return False
        second = path in self.refused_by[1:]
        only_one = not self.ever_let_in and self.refused.left(now) == self.refused.limit - 1
        waits = second or (only_one and path not in self.refused_by)
        if waits and now < self.refused.newest + FIRST_AGAIN_WITHIN_S:
            return True
        at_once = 1 if self.rests_until else self.refused.left(now)
        return now < self.rests_until or self.under_way >= at_once

    def refuse(self, path: PathKey, run: Run, interval: float) -> None:
        """Count a refusal of the steps of `path`; leave the account alone after too many."""
        self.refused.take(run.ended_at)
        if path not in self.refused_by:
            self.refused_by.append(path)
        if self.rests_until or self.refused.left(run.ended_at) < 1:
            until = a_little_before(run.started_at + LONGEST_BACKOFF_S, interval)
            self.rests_until = max(self.rests_until, until)

    def counts(self, now: float) -> bool:
        """Whether anything about it still counts: a refusal, which outlasts its rest, or a run."""
        return self.refused.left(now) < self.refused.limit or self.under_way > 0

    def admit(self) -> None:
        """It let us in."""
        self.ever_let_in = True
        self.refused_by.clear()
        self.rests_until = 0.0


class Accounts:
    """Every account that paths sign in to.

    One password within a service, or at a host, belongs to one account.
    """

    def __init__(self) -> None:
        self._known: dict[Key, Account] = {}

    def of(self, service: Service, path: ProbePath) -> list[Account]:
        """Those that the steps of `path` sign in to; one of its own where they send no password."""
        return [self._known.setdefault(key, Account()) for key in _keys(service, path)]

    def forget_others(self, paths: Iterable[tuple[Service, ProbePath]], now: float) -> None:
        """Forget accounts that `paths` do not use and of which nothing counts any more at `now`."""
        used = {key for service, path in paths for key in _keys(service, path)}
        self._known = {
            key: account
            for key, account in self._known.items()
            if key in used or account.counts(now)
        }

    def admit(self, service: Service, path: ProbePath) -> None:
        """Note that the steps of `path` were let in."""
        for account in self.of(service, path):
            account.admit()

    def refuse(self, service: Service, path: ProbePath, run: Run, interval: float) -> None:
        """Note that the steps of `path`, which is due every `interval`, were refused in `run`."""
        for account in self.of(service, path):
            account.refuse((service.name, path.name), run, interval)

    def rest_until(self, service: Service, path: ProbePath) -> float:
        """The end of the rest of the accounts of `path`; 0 if they never rested."""
        return max(account.rests_until for account in self.of(service, path))


def _keys(service: Service, path: ProbePath) -> set[Key]:
    keys: set[Key] = {
        (place, password) for host, password in told_by(path) for place in (service.name, host)
    }
    return {key for key in keys or {(service.name, path.name)} if key[0]}


def signs_in(path: ProbePath) -> bool:
    """Whether `path` has a login: a body with a password; basic authentication alone is none."""
    return any(tells_a_password(step) for step in path.steps)


@contextlib.contextmanager
def signing_in(accounts: list[Account]) -> Iterator[None]:
    """Count a run that signs in to `accounts` as under way."""
    for account in accounts:
        account.under_way += 1
    try:
        yield
    finally:
        for account in accounts:
            account.under_way -= 1


@once_each
def told_by(path: ProbePath) -> frozenset[tuple[str, Secret]]:
    """The passwords that the steps of `path` send, each at every host that they name.

    The host of a form that is filled in is named only by the page before it.
    """
    hosts = requests_by_host(path).keys() or {""}
    passwords = {password for step in path.steps for password in passwords_in(step)}
    return frozenset(product(hosts, passwords))
