"""The series of one path."""

from typing import Final

from probe.config.settings import ProbePath
from probe.model.clock import Clock
from probe.model.event import Skipped
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import State
from probe.model.status import PathStatus
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block
from probe.reporting.metrics.last_run import (
    certificate_expiry,
    least_quota_left,
    phases,
    status_code,
    stream,
)

EXPECTED_OUTCOMES: Final = (
    Outcome.OK,
    Outcome.SERVER_ERROR,
    Outcome.BAD_CONTENT,
    Outcome.CONNECT_FAILED,
    Outcome.TIMED_OUT,
)
"""Counted from 0 at the start, and `slow` where a path has a `slow_after`; see the package."""


class PathMetrics:
    """What is exported of one path."""

    def __init__(self, location: str, service: str, path: ProbePath, clock: Clock) -> None:
        place = {"location": location, "service": service, "path": path.name, "plane": path.plane}
        self.block = Block(place)
        self._clock = clock
        self._state = State.UNKNOWN
        self._counted_until = clock.monotonic()
        self._shown: Run | None = None
        self._fresh_until = 0.0
        for outcome in EXPECTED_OUTCOMES:
            self.block.add(c.RUNS, 0, outcome)
        for state in State:
            self.block.add(c.PATH_STATE_SECONDS, 0, state)
        self.block.choose(c.PATH_STATE, State, {self._state})
        self.block.begin(c.RUN_DURATION)
        self.configure(path)

    def configure(self, path: ProbePath) -> None:
        """Take over what the configuration says of the path."""
        self.block.set(c.INTERVAL, path.interval)
        if path.slow_after is not None:
            self.block.add(c.RUNS, 0, Outcome.SLOW)

    def count(self, run: Run) -> None:
        """Count a run that was judged."""
        self.block.add(c.RUNS, 1, run.outcome)
        if run.outcome.succeeded:
            self.block.observe(c.RUN_DURATION, run.duration_s)

    def skip(self, event: Skipped) -> None:
        """Count a run that did not happen."""
        self.block.add(c.SKIPPED, 1, event.reason)
        if event.retry_after_until is not None:
            self.block.set(c.RETRY_AFTER, event.retry_after_until)

    def restate(self, status: PathStatus) -> None:
        """Show what is held true of the path now."""
        self._fresh_until = status.fresh_until
        if status.state is not self._state:
            self._advance()
            self._state = status.state
            self.block.choose(c.PATH_STATE, State, {status.state})
        if status.last_run is not None and status.last_run is not self._shown:
            self._show(status.last_run)

    def refresh(self) -> None:
        """Bring everything that moves with time up to now."""
        self._advance()
        if self._clock.now() > self._fresh_until:
            self._hide()

    def _advance(self) -> None:
        """Give the time since the last call to the state that held meanwhile.

        The monotonic clock counts it, so that no correction of the wall clock can.
        """
        now = self._clock.monotonic()
        self.block.add(c.PATH_STATE_SECONDS, now - self._counted_until, self._state)
        self._counted_until = now

    def _hide(self) -> None:
        for family in c.OF_LAST_RUN:
            self.block.hide(family)

    def _show(self, run: Run) -> None:
        self._shown = run
        self._hide()
        self.block.set(c.LAST_RUN, run.ended_at)
        if run.outcome is Outcome.UNOBSERVED:
            return  # could not look is never saw it fail: no success of 0
        self.block.set(c.SUCCESS, float(run.outcome.succeeded))
        self.block.set(c.DURATION, run.duration_s)
        self.block.set(c.STATUS_CODE, status_code(run))
        for phase, seconds in phases(run).items():
            self.block.set(c.PHASE_DURATION, seconds, phase)
        for step in run.steps:
            self.block.set(c.STEP_SUCCESS, float(step.outcome.succeeded), step.name)
            self.block.set(c.STEP_DURATION, step.duration_s, step.name)
        self._set_known(c.CERTIFICATE, certificate_expiry(run))
        self._set_known(c.FIRST_TOKEN, stream(run).first_token_s)
        self._set_known(c.STREAM_GAP, stream(run).longest_gap_s)
        self._set_known(c.QUOTA_LEFT, least_quota_left(run))

    def _set_known(self, family: c.Family, value: float | None) -> None:
        if value is not None:
            self.block.set(family, value)
