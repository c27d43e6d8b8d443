"""The two clocks that the daemon reads, as one value that a caller can replace."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`now` is seconds since the epoch; `monotonic` only ever grows, for measuring durations."""

    now: Callable[[], float]
    monotonic: Callable[[], float]


SYSTEM: Final = Clock(now=time.time, monotonic=time.perf_counter)
