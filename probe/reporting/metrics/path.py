"""The series of one path."""

from typing import Final

from probe.config.path import ProbePath
from probe.model.clock import Clock
from probe.model.event import Skipped
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import State
from probe.model.status import PathStatus
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block
from probe.reporting.metrics.last_run import LastRun

EXPECTED_OUTCOMES: Final = (
    Outcome.OK,
    Outcome.SERVER_ERROR,
    Outcome.BAD_CONTENT,
    Outcome.TIMED_OUT,
)
"""Counted from 0 at the start, as is `slow` if a path has a `slow_after`; see the package."""

MAINTENANCE: Final = "maintenance"
"""Replaces the state and every outcome during a window; exported from the first window on."""


class PathMetrics:
    """What is exported about one path."""

    def __init__(self, location: str, service: str, path: ProbePath, clock: Clock) -> None:
        place = {"location": location, "service": service, "path": path.name, "plane": path.plane}
        self.block = Block(place)
        self._clock = clock
        self._states: tuple[str, ...] = tuple(State)
        self._state: str = State.UNKNOWN
        self._held: PathStatus | None = None
        self._counted_until = clock.monotonic()
        self._last_run = LastRun(self.block, clock)
        for outcome in EXPECTED_OUTCOMES:
            self.block.add(c.RUNS, 0, outcome)
        for state in State:
            self.block.add(c.PATH_STATE_SECONDS, 0, state)
        self.block.choose(c.PATH_STATE, self._states, {self._state})
        self.block.begin(c.RUN_DURATION)
        self.adopt(path)

    def adopt(self, path: ProbePath) -> None:
        """Apply the configuration of the path."""
        self.block.set(c.INTERVAL, path.interval)
        self.block.set(c.CRITICAL, float(path.critical))
        if path.slow_after is not None:
            self.block.add(c.RUNS, 0, Outcome.SLOW)

    def count(self, run: Run) -> None:
        """Count a judged run; one in maintenance spends no budget and shows no latency."""
        if self._state == MAINTENANCE:
            self.block.add(c.RUNS, 1, MAINTENANCE)
            return
        self.block.add(c.RUNS, 1, run.outcome)
        if run.outcome.succeeded:
            self.block.observe(c.RUN_DURATION, run.duration_s)

    def skip(self, event: Skipped) -> None:
        """Count a run that did not happen."""
        self.block.add(c.SKIPPED, 1, event.reason)
        if event.retry_after_until is not None:
            self.block.set(c.RETRY_AFTER, event.retry_after_until)

    def restate(self, status: PathStatus) -> None:
        """Show the present status of the path."""
        if status is self._held:
            return  # as after a run of another path of its service
        state = status.state if status.maintenance is None else MAINTENANCE
        if state != self._state or self._lapsed_s():
            self._advance()  # by what was held until now
        self._held = status
        if state != self._state:
            self._state = state
            if state not in self._states:
                self._states = (*self._states, state)
            self.block.choose(c.PATH_STATE, self._states, {state})
        self._last_run.restate(status)

    def refresh(self) -> None:
        """Update everything that changes with time."""
        self._advance()
        self._last_run.refresh()

    def _advance(self) -> None:
        """Add the time since the last call to the state that held meanwhile.

        The monotonic clock measures it, so that corrections of the wall clock do not matter.
        """
        now = self._clock.monotonic()
        passed_s = now - self._counted_until
        lapsed_s = min(passed_s, self._lapsed_s())
        self.block.add(c.PATH_STATE_SECONDS, passed_s - lapsed_s, self._state)
        self.block.add(c.PATH_STATE_SECONDS, lapsed_s, State.UNKNOWN)
        self._counted_until = now

    def _lapsed_s(self) -> float:
        """Seconds since the evidence for the state ended: many if the process stood still."""
        if self._held is None or self._state in {State.UNKNOWN, MAINTENANCE}:
            return 0.0
        return max(0.0, self._clock.now() - self._held.fresh_until)
