"""Everything the daemon needs for notifications: from events to delivered messages."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.event import Event, Notified, Undelivered
from probe.model.shard import WHOLE, Shard
from probe.reporting.journal.store import Journal
from probe.running.telling.delivery import Delivery
from probe.running.telling.notifying import Notifying


class Notifications:
    """Decides what is told and delivers it; what waited at the last stop is sent first.

    A service that now belongs to another `shard` is still watched: its end is not ours to tell.
    """

    def __init__(
        self, settings: Settings, clock: Clock, journal: Journal | None, shard: Shard = WHOLE
    ) -> None:
        told = [] if journal is None else journal.last_told()
        undelivered = [] if journal is None else journal.undelivered()
        self._undelivered = [each for each in undelivered if shard.keeps(each.service)]
        told = [each for each in told if shard.keeps(each.service)]
        self._notifying = Notifying(settings, clock, told)
        self._clock = clock
        self._delivery: Delivery | None = None

    def consequences(self, event: Event) -> Iterator[Notified | Undelivered]:
        """What channels should be told because of `event`, or were not, to be written with it."""
        return self._notifying.consequences(event)

    def beat(self) -> None:
        """Note that the process runs: to be called every second."""
        self._notifying.beat()

    def handle(self, event: Event) -> None:
        """Start the delivery of a message."""
        if self._delivery is not None:
            self._delivery.handle(event)

    async def start(
        self,
        settings: Settings,
        report: Callable[[Event], None],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        waiting: Callable[[str, int], None],
    ) -> None:
        """Begin to deliver, in tasks that `spawn` starts."""
        self._report = report
        self._delivery = Delivery(self._clock, report, spawn, waiting)
        await self._adopt(self._delivery, settings)

    async def adopt(self, settings: Settings) -> None:
        """Switch to the channels of `settings`; messages waiting for one that stays are kept."""
        if self._delivery is not None:  # else a reload came before the start, which adopts the same
            await self._adopt(self._delivery, settings)

    async def _adopt(self, delivery: Delivery, settings: Settings) -> None:
        for told in self._notifying.adopt(settings):
            self._report(told)
        undelivered, self._undelivered = self._undelivered, []
        await delivery.adopt(settings.notifications, undelivered)
