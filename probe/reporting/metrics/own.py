"""The series about the daemon itself."""

import platform

from probe.model.clock import Clock
from probe.model.event import Reloaded, SelfObserved
from probe.model.shard import Shard
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block


class OwnMetrics:
    """What is exported about the daemon."""

    def __init__(self, location: str, version: str, clock: Clock, shard: Shard) -> None:
        self.block = Block({"location": location})
        self.block.set(c.LOOP_LAG, 0)
        self.block.add(c.JOURNAL_ERRORS, 0)
        self.block.add(c.EVENTS_LOST, 0)
        self.block.set(c.RELOAD_SUCCESSFUL, 1)
        self.block.set(c.RELOAD_SUCCESS_AT, clock.now())
        self.block.set(c.SHARDS, shard.count, str(shard.index))
        self.block.set(c.BUILD_INFO, 1, version, platform.python_version())

    def observe_self(self, event: SelfObserved) -> None:
        """Show the daemon's own health."""
        self.block.set(c.LOOP_LAG, event.loop_lag_s)
        connected = None if event.connected is None else float(event.connected)
        self._show(c.CONNECTIVITY, connected)
        self._show(c.CLOCK_SKEW, event.clock_skew_s)

    def _show(self, family: c.Family, value: float | None) -> None:
        if value is None:
            self.block.hide(family)
        else:
            self.block.set(family, value)

    def show_in_flight(self, runs: int) -> None:
        """Show how many runs are under way."""
        self.block.set(c.IN_FLIGHT, runs)

    def reload(self, event: Reloaded) -> None:
        """Show how the last reload went."""
        self.block.set(c.RELOAD_SUCCESSFUL, float(event.successful))
        if event.successful:
            self.block.set(c.RELOAD_SUCCESS_AT, event.at)

    def journal_failed(self) -> None:
        """Count a failed access to the journal."""
        self.block.add(c.JOURNAL_ERRORS, 1)

    def lose(self, events: int) -> None:
        """Count dropped events."""
        self.block.add(c.EVENTS_LOST, events)
