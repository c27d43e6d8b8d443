"""How long a path rests: it was asked to wait, was refused, or found its quota exhausted."""

from dataclasses import dataclass
from typing import Final

from probe.model.run import Run
from probe.model.state import SkipReason

LONGEST_BACKOFF_S: Final = 900.0
"""Refused logins slow down to one in 15 minutes: lock-outs come after about six in a row."""

TELLING_REFUSALS: Final = 4
TELLING_WAIT_S: Final = 240.0
"""This many refusals indicate an outage; until then no wait exceeds this, or the interval where
that is longer."""

SHORTEST_SPENT_S: Final = 3600.0
LONGEST_SPENT_S: Final = 4 * 3600.0
"""The first and the longest pause before an exhausted quota is tried again: whoever pays a bill
wants to see the effect the same morning."""

BACKOFF: Final = SkipReason.CREDENTIAL_BACKOFF


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRest:
    """A login asked a run of `path`, due every `interval`, to sign in no earlier than `until`."""

    path: str
    interval: float
    until: float

    def end(self, path: str, interval: float, until: float) -> float:
        """When `path` may sign in, if nobody may before `until`.

        The path that was asked comes first, unless another is due sooner: several answers to one
        path tell of trouble, one each to several tell nothing.
        """
        first = path == self.path or interval < self.interval
        return max(self.until, until) + (0.0 if first else self.interval)


@dataclass(slots=True)
class Patience:
    """How long a path rests, and why; `refusals` and `spent` count since its last success.

    `spent` counts runs that found the quota exhausted with no refill within an hour, and
    `spent_until` is the end of the pause for that; `let_in_at` is the time of the last success, as
    long as no refusal follows it; `sign_in_rest` is what a login asked of the paths that use its
    session.
    """

    not_before: float = 0.0
    reason: SkipReason = SkipReason.RETRY_AFTER
    refusals: int = 0
    spent: int = 0
    spent_until: float = 0.0
    let_in_at: float = 0.0
    sign_in_rest: SignInRest | None = None

    def rest(self, until: float, reason: SkipReason) -> None:
        """Wait until `until`, or longer if something else asked for that."""
        if until > self.not_before:
            self.not_before, self.reason = until, reason

    def spend(self, run: Run, cap: float) -> None:
        """Wait until our quota is refilled; twice as long each time while no refill is near."""
        wait = run.retry_after_s or SHORTEST_SPENT_S
        if wait >= SHORTEST_SPENT_S:
            self.spent += 1
            wait *= 2 ** min(self.spent - 1, 20)
        self.spent_until = run.ended_at + min(wait, max(cap, LONGEST_SPENT_S))
        self.rest(self.spent_until, SkipReason.RETRY_AFTER)

    def look_for_money(self) -> None:
        """Try an exhausted quota again: whoever changed the configuration may have paid."""
        if self.spent and self.not_before == self.spent_until:
            self.not_before = 0.0
        self.spent = 0

    def begin_anew(self) -> None:
        """Forget the refusals: they concerned another credential."""
        self.refusals = 0
        if self.reason is BACKOFF:
            self.not_before = 0.0

    def refuse(self, run: Run, interval: float) -> None:
        """Wait twice as long after every further refusal."""
        self.refusals += 1
        self.let_in_at = 0.0
        wait = min(interval * 2 ** min(self.refusals - 1, 20), LONGEST_BACKOFF_S)
        if self.refusals < TELLING_REFUSALS:
            wait = min(wait, TELLING_WAIT_S)
        if wait > interval:
            self.rest(a_little_before(run.started_at + wait, interval), BACKOFF)

    def succeed(self, run: Run) -> None:
        """End every wait and reset the counts."""
        self.not_before, self.sign_in_rest = 0.0, None
        self.refusals, self.spent = 0, 0
        self.let_in_at = run.ended_at


def a_little_before(moment: float, interval: float) -> float:
    """When a rest until `moment` ends, so that the run due at that moment still takes place."""
    return moment - interval / 10
