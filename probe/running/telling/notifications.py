"""All that the daemon needs of notifications: from events to delivered messages."""

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
    """Decides what is told and brings it there; what waited at the last stop is told first.

    A service that belongs to another `shard` by now is watched on, and its end not ours to tell.
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
        """What channels are to hear because of `event`, or did not, to be written with it."""
        return self._notifying.consequences(event)

    def handle(self, event: Event) -> None:
        """Bring a message on its way."""
        if self._delivery is not None:
            self._delivery.handle(event)

    async def start(
        self,
        settings: Settings,
        report: Callable[[Event], None],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        waiting: Callable[[str, int], None],
    ) -> None:
        """Begin to deliver, in tasks that `spawn` looks after."""
        self._report = report
        self._delivery = Delivery(self._clock, report, spawn, waiting)
        await self._adopt(self._delivery, settings)

    async def adopt(self, settings: Settings) -> None:
        """Go over to the channels of `settings`; what waits for one that stays goes on waiting."""
        if self._delivery is not None:  # else a reload before the start, which adopts the same
            await self._adopt(self._delivery, settings)

    async def _adopt(self, delivery: Delivery, settings: Settings) -> None:
        for told in self._notifying.adopt(settings):
            self._report(told)
        undelivered, self._undelivered = self._undelivered, []
        await delivery.adopt(settings.notifications, undelivered)
