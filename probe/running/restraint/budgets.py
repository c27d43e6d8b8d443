"""Two kinds of limits per time: a bucket that refills, and so many in any hour."""

import math
from bisect import insort
from typing import Final

HOUR_S: Final = 3600.0


class TokenBucket:
    """At most `capacity` at once and `per_second` on average.

    The first caller that found too little is served before all others: they leave it what it waits
    for, or the last caller of every round would never be served.
    """

    def __init__(self, capacity: float, per_second: float, now: float) -> None:
        self.capacity = capacity
        self._per_second = per_second
        self._level = capacity
        self._at = now
        self._first: tuple[object, float] | None = None

    def level(self, now: float) -> float:
        """The amount available at `now`."""
        gained = (now - self._at) * self._per_second
        self._level = min(self.capacity, self._level + max(0.0, gained))
        self._at = max(now, self._at)
        return self._level

    def taken(self, now: float) -> float:
        """The part of the capacity that is missing at `now`."""
        return self.capacity - self.level(now)

    def take(self, amount: float, now: float, who: object = None) -> None:
        """Take `amount`, even if the level falls below zero."""
        self._level = self.level(now) - amount
        if self._first is not None and self._first[0] == who:
            self._first = None

    def affords(self, amount: float, now: float, who: object) -> bool:
        """Whether `who` may take `amount`; a full bucket always suffices."""
        first, kept = self._first or (who, 0.0)
        return self.level(now) >= min(amount + (kept if first != who else 0.0), self.capacity)

    def wait_in_line(self, amount: float, who: object) -> None:
        """Make `who` the next to take `amount`, unless another waits already."""
        self._first = self._first or (who, amount)


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

    @property
    def oldest(self) -> float:
        """When the oldest one that counts was taken."""
        return self.taken[0] if self.taken else math.inf

    @property
    def newest(self) -> float:
        """When the last one that counts was taken."""
        return self.taken[-1] if self.taken else -math.inf

    def take(self, at: float) -> None:
        """Take one; the journal's runs of several paths come unsorted."""
        insort(self.taken, at)
