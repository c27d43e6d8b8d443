"""An event loop on a virtual clock: real sockets, but waiting costs nothing.

Whenever no socket is ready, time jumps to the next timer; `pace` holds it back to a chosen
speed. `time.time` and `datetime.now` move along (time-machine), because APScheduler reads them.
Both ends of every connection must live on this loop, or a jump could overtake an answer.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import time_machine

from probe.model.clock import Clock

T = TypeVar("T")
_LONGEST_JUMP_S = 3600.0


class _Time:
    """Virtual seconds since the epoch, held back to `speed` virtual seconds a real one."""

    def __init__(self, start: float, speed: float | None) -> None:
        self.start = start
        self.now = start
        self._speed = speed
        self._real_start = time.monotonic()
        self._travel = time_machine.travel(_moment(start), tick=False)

    def __enter__(self) -> Self:
        self._traveller = self._travel.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._travel.stop()

    def move_to(self, moment: float) -> None:
        self.now = max(moment, self.now)
        self._traveller.move_to(_moment(self.now), tick=False)

    def real_wait(self, until: float) -> float:
        """Real seconds to wait before virtual time may reach `until`."""
        if self._speed is None:
            return 0.0
        due = self._real_start + (until - self.start) / self._speed
        return max(0.0, due - time.monotonic())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that lets time jump where others would wait."""

    clock: _Time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if ready or timeout is not None else super().select(None)
        target = self.clock.now + min(timeout, _LONGEST_JUMP_S)
        wait = self.clock.real_wait(target)
        if wait > 0 and (ready := super().select(wait)):
            return ready
        self.clock.move_to(target)
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: _Time) -> None:
        selector = _JumpingSelector()
        selector.clock = clock
        self._virtual = clock
        super().__init__(selector)

    def time(self) -> float:
        return self._virtual.now - self._virtual.start

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

    `speed` is virtual seconds a real second; None is as fast as the machine can.
    """
    with _Time(start, speed) as virtual:
        clock = Clock(now=lambda: virtual.now, monotonic=lambda: virtual.now)
        with asyncio.Runner(loop_factory=lambda: _VirtualLoop(virtual)) as runner:
            return runner.run(main(clock))
