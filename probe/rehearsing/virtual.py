"""An event loop on a virtual clock: real sockets, but waiting costs nothing.

Whenever no socket is ready, time jumps to the next timer; `speed` can hold it back. `time.time` and
`datetime.now` move along (time-machine), because APScheduler reads them. Both ends of every
connection must be on this loop, or a jump could overtake an answer.
"""

import asyncio
import math
import selectors
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

import time_machine

from probe.model.clock import Clock

T = TypeVar("T")
_LONGEST_JUMP_S = 3600.0


class _Time:
    """Virtual time, held back to `speed` virtual seconds per real one.

    It advances by whole microseconds: with fractions, which `datetime` cannot represent, a
    scheduler that waits for the rest of a microsecond would wait for ever.
    """

    def __init__(self, start: float, speed: float | None) -> None:
        self.start = start
        self._elapsed_us = 0
        self._speed = speed
        self._real_start = time.monotonic()
        self._travel = time_machine.travel(datetime.fromtimestamp(start, UTC), tick=False)

    def __enter__(self) -> Self:
        self._traveller = self._travel.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._travel.stop()

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return self._elapsed_us / 1e6

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass, rounded up."""
        microseconds = math.ceil(seconds * 1e6)
        self._elapsed_us += microseconds
        self._traveller.shift(timedelta(microseconds=microseconds))

    def real_wait(self, seconds: float) -> float:
        """Real seconds to wait before `seconds` of virtual time may have passed."""
        if self._speed is None:
            return 0.0
        due = self._real_start + (self.elapsed + seconds) / self._speed
        return max(0.0, due - time.monotonic())


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that lets time jump instead of waiting."""

    clock: _Time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if ready or timeout is not None else super().select(None)
        jump = min(timeout, _LONGEST_JUMP_S)
        wait = self.clock.real_wait(jump)
        if wait > 0 and (ready := super().select(wait)):
            return ready
        self.clock.advance(jump)
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: _Time) -> None:
        selector = _JumpingSelector()
        selector.clock = clock
        self._virtual = clock
        super().__init__(selector)

    def time(self) -> float:
        return self._virtual.elapsed

    def run_in_executor(  # type: ignore[override]
        self,
        executor: object,  # noqa: ARG002 - the signature is asyncio's
        func: Callable[..., T],
        *args: Any,  # noqa: ANN401 - likewise
    ) -> asyncio.Future[T]:
        """Run `func` at once: time must not jump while a thread works."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed to the awaiting side
            future.set_exception(error)
        return future


def run_virtually(
    main: Callable[[Clock], Coroutine[Any, Any, T]], *, start: float, speed: float | None = None
) -> T:
    """Run `main(clock)` from virtual time `start` (seconds since the epoch).

    `speed` is virtual seconds per real second; None is as fast as the machine can.
    """
    with _Time(start, speed) as virtual:
        clock = Clock(
            now=lambda: virtual.start + virtual.elapsed, monotonic=lambda: virtual.elapsed
        )
        with asyncio.Runner(loop_factory=lambda: _VirtualLoop(virtual)) as runner:
            return runner.run(main(clock))
