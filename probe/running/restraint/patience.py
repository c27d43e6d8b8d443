"""How long a path rests: it was asked to wait, was refused, or found no money left."""

from dataclasses import dataclass
from typing import Final

from probe.model.run import Run
from probe.model.state import SkipReason

LONGEST_BACKOFF_S: Final = 900.0
"""Refused logins end up at one in 15 minutes: lock-outs come after about six in a row."""

TELLING_REFUSALS: Final = 4
TELLING_WAIT_S: Final = 240.0
"""So many refusals tell of an outage; until then none is waited for longer than this, or than the
plan has it."""

SHORTEST_SPENT_S: Final = 3600.0
LONGEST_SPENT_S: Final = 4 * 3600.0
"""Money that ran out is looked for no oftener at first, and at least this often: who pays a bill
wants that to be seen the same morning."""

BACKOFF: Final = SkipReason.CREDENTIAL_BACKOFF


@dataclass(slots=True)
class Patience:
    """How long a path rests, and why; `refusals` and `spent` count since its last success.

    `spent` are the runs that found no money left, `let_in_at` is the time of the last success, as
    long as no refusal follows it.
    """

    not_before: float = 0.0
    reason: SkipReason = SkipReason.RETRY_AFTER
    refusals: int = 0
    spent: int = 0
    let_in_at: float = 0.0

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

    def look_for_money(self) -> None:
        """Look again for money: whoever has changed the configuration may have paid."""
        if self.spent:
            self.not_before, self.spent = 0.0, 0

    def begin_anew(self) -> None:
        """Forget the refusals: they were of another credential."""
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
        """Nothing is left to wait for."""
        self.not_before, self.refusals, self.spent = 0.0, 0, 0
        self.let_in_at = run.ended_at


def a_little_before(moment: float, interval: float) -> float:
    """When a rest until `moment` ends, so that the run which is due just then still takes place."""
    return moment - interval / 10
