"""A time at which waiting ends, handed from a run down to its steps."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """A time on the event loop's own clock, which cannot be mixed with others."""

    at: float

    @staticmethod
    def after(seconds: float) -> "Deadline":
        """The deadline that many seconds from now."""
        return Deadline(asyncio.get_running_loop().time() + seconds)

    def at_least(self, seconds: float) -> "Deadline":
        """This deadline, or one that many seconds from now if that is later."""
        return max(self, Deadline.after(seconds))

    def at_most(self, seconds: float | None) -> "Deadline":
        """This deadline, or one that many seconds from now if that is sooner."""
        return self if seconds is None else min(self, Deadline.after(seconds))

    def timeout(self) -> asyncio.Timeout:
        """A context that raises TimeoutError at this deadline."""
        return asyncio.timeout_at(self.at)
