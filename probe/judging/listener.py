"""Who is to hear of a service, and what of it is known there."""

import math
from dataclasses import dataclass

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.judging.setback import Setback
from probe.model.notification import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A channel, what it was last told of one service, and since when there is what to tell.

    `told` is None for nothing yet, `turned_at` where that is since the verdict was reached;
    `started_at` is when the daemon began to look, `setback` what was given up last.
    """

    settings: Settings
    channel: Channel
    told: Message | None = None
    turned_at: float | None = None
    started_at: float = -math.inf
    setback: Setback | None = None

    def is_left(self, now: float) -> bool:
        """Whether what there is to tell was given up so lately that it is not tried again yet."""
        setback = self.setback
        return setback is not None and setback.turn == self.turned_at and now < setback.until
