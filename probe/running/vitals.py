"""Is it me? Event-loop lag and our own connectivity, and what they make of a failed run."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from probe.model.clock import Clock
from probe.model.event import Event, SelfObserved
from probe.model.outcome import Outcome
from probe.model.run import Run

SAMPLE_S = 1.0
REPORT_EVERY = 5
LAG_EXCUSES_S = 0.5
"""A time-out that fell into a stall of the loop this long says nothing about the target."""

NETWORK_COULD_EXPLAIN = frozenset(
    {
        Outcome.DNS_FAILURE,
        Outcome.CONNECT_FAILED,
        Outcome.TIMED_OUT,
        Outcome.CONNECTION_RESET,
    }
)


class Canaries(Protocol):
    """Who is asked whether our own network works."""

    async def check(self) -> bool | None:
        """Whether any answers; None where none is configured."""


class Vitals:
    """Watches the loop and asks the canaries."""

    def __init__(
        self, connectivity: Canaries, clock: Clock, report: Callable[[Event], None]
    ) -> None:
        self._connectivity = connectivity
        self._clock = clock
        self._report = report
        self._lags: deque[tuple[float, float]] = deque(maxlen=120)
        self._connected: bool | None = None

    def ask(self, connectivity: Canaries) -> None:
        """Ask other canaries from now on."""
        self._connectivity = connectivity

    async def run(self) -> None:
        """Sample the lag and report it with the connectivity, for ever."""
        loop = asyncio.get_running_loop()
        samples = 0
        while True:
            due = loop.time() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            self.note_lag(self._clock.now(), max(0.0, loop.time() - due))
            if samples % REPORT_EVERY == 0:
                self._connected = await self._connectivity.check()
                self._tell()
            samples += 1

    def note_lag(self, at: float, seconds: float) -> None:
        """Remember that the loop was `seconds` late."""
        self._lags.append((at, seconds))

    async def excuse(self, run: Run) -> Run:
        """`run`, or an unobserved one if the fault may as well have been ours."""
        if run.outcome is Outcome.TIMED_OUT and self._lag_since(run.started_at) > LAG_EXCUSES_S:
            return _unobserved(run, "the event loop stalled meanwhile")
        if run.outcome not in NETWORK_COULD_EXPLAIN:
            return run
        self._connected = await self._connectivity.check()
        if self._connected is False:
            self._tell()
            return _unobserved(run, "no canary answered either")
        return run

    def _lag_since(self, moment: float) -> float:
        return max((lag for at, lag in self._lags if at >= moment), default=0.0)

    def _tell(self) -> None:
        lag = max((lag for _, lag in list(self._lags)[-REPORT_EVERY:]), default=0.0)
        self._report(SelfObserved(at=self._clock.now(), connected=self._connected, loop_lag_s=lag))


def _unobserved(run: Run, why: str) -> Run:
    return replace(run, outcome=Outcome.UNOBSERVED, note=f"{why}; seen was {run.outcome}")
