"""The series of one channel of notifications."""

from probe.model.notification import Result
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block


class ChannelMetrics:
    """What is exported about a channel: how deliveries went, and what waits for one."""

    def __init__(self, location: str, name: str) -> None:
        self.block = Block({"location": location, "channel": name})
        for result in Result:
            self.block.add(c.NOTIFICATIONS, 0, result)
        self.wait(0)

    def attempt(self, result: Result) -> None:
        """Count an attempt, or that it was given up."""
        self.block.add(c.NOTIFICATIONS, 1, result)

    def wait(self, messages: int) -> None:
        """Show how many messages wait."""
        self.block.set(c.WAITING, messages)
