"""Who is to hear of a service, and what of it is known there."""

import math
from dataclasses import dataclass

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.judging.backoff import Backoff
from probe.model.notification import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A channel, the last message to it about one service, and what is new since.

    `told` is None where it was sent nothing yet. `turned_at` is when the verdict last changed, None
    where that is not known. `started_at` is when the daemon began to look, `backoff` the pause
    after a message that was given up.
    """

    settings: Settings
    channel: Channel
    told: Message | None = None
    turned_at: float | None = None
    started_at: float = -math.inf
    backoff: Backoff | None = None

    def is_left(self, now: float) -> bool:
        """Whether what there is to tell was given up so lately that it is not tried again yet."""
        backoff = self.backoff
        return backoff is not None and backoff.turn == self.turned_at and now < backoff.until
