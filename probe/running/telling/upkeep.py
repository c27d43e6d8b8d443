"""Maintenance as it begins and ends: journaled, and applied to every reported status."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from probe.config.settings import Settings
from probe.judging.maintenance import overlaid
from probe.model.claim import Maintenance, Owner
from probe.model.clock import Clock
from probe.model.event import Announced, Event, Judged, MaintenanceTurned
from probe.model.maintenance import Window
from probe.model.status import ServiceStatus
from probe.running.telling.calendar import Calendar

Told = tuple[tuple[Window, ...], tuple[Window, ...]]
"""The windows in force, and those ahead."""


class Upkeep:
    """Stands between judging and reporting. Also a reporter: it hears vendors' announcements."""

    def __init__(self, settings: Settings, clock: Clock, report: Callable[[Event], None]) -> None:
        self._clock = clock
        self._report = report
        self._calendars: dict[str, Calendar] = {}
        self._turns: dict[str, Told] = {}
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Follow a new configuration; a plan that stays keeps the time since when it is known."""
        old, now = self._calendars, self._clock.now()
        names = [service.name for service in settings.services]
        self._calendars = {name: old.get(name) or Calendar(name) for name in names}
        self._turns = {name: self._turns.get(name, ((), ())) for name in names}
        for service in settings.services:
            self._calendars[service.name].adopt(service, now)

    def seed(self, service: str, told: Iterable[Maintenance]) -> None:
        """Take over what the journal remembers, unless more is known already."""
        calendar = self._calendars[service]
        if not calendar.said:
            calendar.hear(*told)

    def handle(self, event: Event) -> None:
        """Note what a vendor announces."""
        if isinstance(event, Announced) and event.maintenance.whose is Owner.VENDOR:
            calendar = self._calendars.get(event.maintenance.service)
            if calendar is not None:
                calendar.hear(event.maintenance)

    def tell(self, event: Event) -> None:
        """Report `event`, with the windows now in force applied to its status."""
        if isinstance(event, Judged):
            status = self._told(event.status)
            event = event if status is event.status else replace(event, status=status)
        self._report(event)

    def turn(self, statuses: Iterable[ServiceStatus]) -> None:
        """Begin and end what is due, and report it; `statuses` are the judged ones."""
        now = self._clock.now()
        for status in statuses:
            calendar = self._calendars.get(status.service)
            if calendar is None:
                continue
            for word in calendar.due(now):
                self._report(Announced(maintenance=word))
            held, ahead = calendar.holding(now), calendar.coming(now)
            if (held, ahead) != self._turns[status.service]:
                self._turns[status.service] = held, ahead
                event = MaintenanceTurned(status=self._told(status), held=held, ahead=ahead)
                self._report(event)

    def _told(self, status: ServiceStatus) -> ServiceStatus:
        calendar = self._calendars.get(status.service)
        held = () if calendar is None else calendar.holding(self._clock.now())
        return overlaid(status, held) if held else status
