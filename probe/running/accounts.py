"""How often an account may be refused, by whichever of its paths: providers lock one that is."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from probe.config.once import once_each
from probe.config.settings import ProbePath, Service
from probe.model.run import Run
from probe.model.secret import Secret, reveal
from probe.observing.credential import passwords_in
from probe.running.budgets import HourlyBudget, host_of
from probe.running.patience import LONGEST_BACKOFF_S, a_little_before

MOST_REFUSED_AN_HOUR: Final = 5
"""Refused sign-ins after which an account is left alone for so long, whatever came between."""

Key = tuple[str, str | Secret]
"""A service or a host, and a password that is told there; of a path that tells none, its names."""


@dataclass(slots=True)
class Account:
    """Whom one signs in as.

    `refusing` is whether the last that was heard of it is a refusal, `rests_until` the end of the
    rest that followed too many of them: once there was one, each refusal is followed by another.
    """

    refused: HourlyBudget = field(default_factory=lambda: HourlyBudget(MOST_REFUSED_AN_HOUR))
    refusing: bool = False
    under_way: int = 0
    rests_until: float = 0.0

    def objects(self, now: float, let_in_at: float) -> bool:
        """Whether one sign-in more might be one too many.

        A path that was let in last, at `let_in_at`, while another was refused already, goes on: the
        API must not be unseen because the login is down.
        """
        if not self.refusing or let_in_at > self.refused.oldest:
            return False
        at_once = 1 if self.rests_until else max(1, self.refused.left(now))
        return now < self.rests_until or self.under_way >= at_once

    def refuse(self, run: Run, interval: float) -> None:
        """Count a refusal; leave the account alone for long after too many."""
        self.refused.take(run.ended_at)
        self.refusing = True
        if self.rests_until or self.refused.left(run.ended_at) < 1:
            until = a_little_before(run.started_at + LONGEST_BACKOFF_S, interval)
            self.rests_until = max(self.rests_until, until)

    def admit(self) -> None:
        """It let us in."""
        self.refusing, self.rests_until = False, 0.0


class Accounts:
    """Every account that paths sign in to.

    One password within a service, or at a host, belongs to one account.
    """

    def __init__(self) -> None:
        self._known: dict[Key, Account] = {}

    def of(self, service: Service, path: ProbePath) -> list[Account]:
        """Those that the steps of `path` sign in to; of its own where they tell no password."""
        keys: set[Key] = {
            (place, password) for host, password in told_by(path) for place in (service.name, host)
        }
        keys = keys or {(service.name, path.name)}
        return [self._known.setdefault(key, Account()) for key in keys if key[0]]

    def admit(self, service: Service, path: ProbePath) -> None:
        """The steps of `path` were let in."""
        for account in self.of(service, path):
            account.admit()


@contextlib.contextmanager
def signing_in(accounts: list[Account]) -> Iterator[None]:
    """While a run signs in to `accounts`."""
    for account in accounts:
        account.under_way += 1
    try:
        yield
    finally:
        for account in accounts:
            account.under_way -= 1


@once_each
def told_by(path: ProbePath) -> frozenset[tuple[str, Secret]]:
    """The passwords that the steps of `path` tell, and the host of each, empty where unknown."""
    return frozenset(
        (host_of(reveal(step.request.url)), password)
        for step in path.steps
        for password in passwords_in(step)
    )
