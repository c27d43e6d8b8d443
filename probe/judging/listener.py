"""A channel that listens to a service, and what it has been told."""

from dataclasses import dataclass, field

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.judging.after_restart import Start
from probe.judging.backoff import Backoff
from probe.model.notification import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A channel, the last message to it about one service, and what is new since.

    `told` is None if nothing was sent yet. `turned_at` is when the verdict last changed, None if
    that is unknown. `start` is when the daemon began to observe, `backoff` the pause after a
    message that was given up.
    """

    settings: Settings
    channel: Channel
    told: Message | None = None
    turned_at: float | None = None
    start: Start = field(default_factory=Start)
    backoff: Backoff | None = None

    def is_left(self, now: float) -> bool:
        """Whether the present news was given up so recently that it is not retried yet."""
        backoff = self.backoff
        return backoff is not None and backoff.turn == self.turned_at and now < backoff.until
