"""Is it me? Our loop, our clock and our network, and whether they explain a failed run."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

from probe.model.clock import Clock
from probe.model.event import Event, SelfObserved
from probe.model.http_status import REDIRECTION
from probe.model.outcome import Outcome, Phase
from probe.model.run import Run, StepResult
from probe.observing.connectivity import NO_NAMES, Reach
from probe.observing.interception import InterceptionDetector
from probe.running.clock_skew import ClockSkew

SAMPLE_S = 1.0
REPORT_EVERY = 5
ASK_EVERY = 30
"""Samples between two checks of the canaries while all is well: they are others' servers."""

LAG_EXCUSES_S = 0.5
"""A time-out during a stall of the loop longer than this says nothing about the target."""

SLOW_LASTS_S = 30.0
"""After a slow check: where every second packet is lost, every other check is quick by chance."""

NETWORK_COULD_EXPLAIN = frozenset(
    {
        Outcome.DNS_FAILURE,
        Outcome.CONNECT_FAILED,
        Outcome.TIMED_OUT,
        Outcome.CONNECTION_RESET,
        Outcome.TLS_FAILURE,
        Outcome.PROTOCOL_ERROR,
    }
)
SPOOFABLE = frozenset({Outcome.UNEXPECTED_STATUS, Outcome.BAD_CONTENT})
"""What something in between can answer in place of a target without TLS."""

WRONG_TIME = {"certificate has expired": 1, "certificate is not yet valid": -1}
"""OpenSSL's words about a certificate, and the sign of the skew that would explain them."""


class Canaries(Protocol):
    """The hosts that are asked whether our own network works."""

    async def check(self) -> Reach:
        """Ask them; the result says whether any answers as it should."""


class Vitals:
    """Watches the loop and the clock, and asks the canaries."""

    def __init__(
        self, connectivity: Canaries, clock: Clock, report: Callable[[Event], None]
    ) -> None:
        self._connectivity = connectivity
        self._clock = clock
        self._report = report
        self._lags: deque[tuple[float, float]] = deque(maxlen=120)
        self._reach = Reach(connected=None)
        self._blind_until = self._nameless_until = float("-inf")
        self._slow_until = float("-inf")
        self._was_blind_because = self._was_slow_because = ""
        self._skew = ClockSkew()
        self._interception = InterceptionDetector(clock)

    def use(self, connectivity: Canaries) -> None:
        """Use other canaries from now on."""
        self._connectivity = connectivity

    async def run(self) -> None:
        """Sample the lag and report it together with the connectivity, for ever."""
        loop = asyncio.get_running_loop()
        samples = 0
        while True:
            due = loop.time() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            self.note_lag(self._clock.now(), max(0.0, loop.time() - due))
            if samples % REPORT_EVERY == 0:
                if samples % ASK_EVERY == 0 or self._reach.connected is False:
                    await self._ask_canaries()
                self._report(self._self_observed())
            samples += 1

    def note_lag(self, at: float, seconds: float) -> None:
        """Remember that the loop was `seconds` late."""
        self._lags.append((at, seconds))

    async def excuse(self, run: Run) -> Run:
        """`run`, or an unobserved one if the fault may have been ours.

        A slow run has seen the target work: if its slowness may have been ours, it is a good one.
        """
        self._note_skew(run)
        why = self._own_fault(run) or await self._fault_between(run)
        if not why:
            return run
        outcome = Outcome.OK if run.outcome is Outcome.SLOW else Outcome.UNOBSERVED
        return replace(run, outcome=outcome, note=f"{why}; seen was {run.outcome}")

    def _own_fault(self, run: Run) -> str:
        if run.outcome is Outcome.TIMED_OUT and self._lag_since(run.started_at) > LAG_EXCUSES_S:
            return "the event loop stalled meanwhile"
        if run.outcome is Outcome.TLS_FAILURE:
            ourselves = self._self_observed()
            if ourselves.clock_is_off:
                return _wrong_time(run, ourselves.clock_skew_s or 0.0)
        return ""

    async def _fault_between(self, run: Run) -> str:
        if run.outcome is Outcome.SLOW:  # asks no canary by itself: it may be slow for hours
            return self._loss()
        if not _network_could_explain(run):
            return ""
        await self._ask_canaries()
        if self._reach.connected is False:
            self._report(self._self_observed())
            return self._reach.why
        if run.outcome is Outcome.TIMED_OUT and (loss := self._loss()):
            return loss
        if self._reach.resolves is False and _lacks_a_name(run):
            return NO_NAMES
        if run.started_at <= self._blind_until:
            return f"while it ran, {self._was_blind_because}"
        if run.started_at <= self._nameless_until and _lacks_a_name(run):
            return f"while it ran, {NO_NAMES}"
        if run.outcome is Outcome.TLS_FAILURE:
            return await self._interception.check(_url(run))
        return ""

    def _loss(self) -> str:
        """Why our own network makes runs take long; empty if it does not."""
        if self._clock.now() > self._slow_until:
            return ""
        return f"our own network is slow: {self._was_slow_because}"

    async def _ask_canaries(self) -> None:
        self._reach = await self._connectivity.check()
        if self._reach.connected is False:
            self._blind_until, self._was_blind_because = self._clock.now(), self._reach.why
        if self._reach.resolves is False:
            self._nameless_until = self._clock.now()
        if self._reach.slow:
            self._slow_until = self._clock.now() + SLOW_LASTS_S
            self._was_slow_because = self._reach.slow
        for host, skew_s in self._reach.skews.items():
            self._skew.note(host, skew_s, self._clock.now())

    def _note_skew(self, run: Run) -> None:
        for step in run.steps:
            if step.clock_skew_s is not None:
                self._skew.note(_host(step), step.clock_skew_s, self._clock.now())

    def _lag_since(self, moment: float) -> float:
        return max((lag for at, lag in self._lags if at >= moment), default=0.0)

    def _self_observed(self) -> SelfObserved:
        now = self._clock.now()
        return SelfObserved(
            at=now,
            connected=self._reach.connected,
            loop_lag_s=max((lag for _, lag in list(self._lags)[-REPORT_EVERY:]), default=0.0),
            blind_because=self._reach.why,
            clock_skew_s=self._skew.median(now),
        )


def _network_could_explain(run: Run) -> bool:
    """Whether something between us and the target could have caused this."""
    if run.outcome in NETWORK_COULD_EXPLAIN:
        return True
    if run.outcome not in SPOOFABLE or run.deciding_step is None:
        return False
    status = run.deciding_step.evidence.status
    return status in REDIRECTION or _url(run).startswith("http:")


def _lacks_a_name(run: Run) -> bool:
    """Whether a name was not found, or not in time: a name server that is dead does not say no."""
    waited = run.outcome is Outcome.TIMED_OUT and run.failed_phase is Phase.RESOLVE
    return waited or run.outcome is Outcome.DNS_FAILURE


def _wrong_time(run: Run, skew_s: float) -> str:
    error = run.deciding_step.evidence.error if run.deciding_step else ""
    for words, sign in WRONG_TIME.items():
        if words in error and skew_s * sign > 0:
            return f"our clock is off by {skew_s:+.0f} s"
    return ""


def _url(run: Run) -> str:
    return run.deciding_step.hops[-1].url if run.deciding_step and run.deciding_step.hops else ""


def _host(step: StepResult) -> str:
    return _host_in(step.hops[-1].url) if step.hops else ""


@lru_cache(maxsize=1024)
def _host_in(url: str) -> str:
    return urlsplit(url).hostname or ""
