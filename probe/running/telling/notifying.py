"""Decides what channels are told of each event, so that it is stored with its cause."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.judging.after_restart import Start
from probe.judging.backoff import Backoff, backed_off, known_before
from probe.judging.listener import Listener
from probe.judging.notice import Turn, abandoned, ended, overdue, owed, turned
from probe.model.clock import Clock
from probe.model.event import (
    Attempted,
    Changed,
    ChannelRemoved,
    Event,
    IncidentUpdated,
    Notified,
    SelfObserved,
    StatusEvent,
    Undelivered,
)
from probe.model.notification import Message, Result
from probe.model.status import ServiceStatus

STOOD_STILL_S: Final = 3.0
"""A running process beats every second."""


class Notifying:
    """Knows what every channel was last told of every service, and the state of each service."""

    def __init__(self, settings: Settings, clock: Clock, told: Iterable[Message] = ()) -> None:
        self._settings = settings
        self._services = {service.name for service in settings.services}
        self._clock = clock
        self._heard_at = now = clock.now()
        self._start = Start(at=now)
        self._told = {
            (message.channel, message.service): replace(message, at=min(message.at, now))
            for message in told
        }
        self._backoffs: dict[tuple[str, str], Backoff] = {}
        self._statuses: dict[str, ServiceStatus] = {}
        self._turns = {
            message.service: Turn(
                verdict=message.told,
                at=min(message.turn, now),
                known_down=message.known_down,
            )
            for message in sorted(self._told.values(), key=lambda message: message.turn)
        }

    def adopt(self, settings: Settings) -> list[ChannelRemoved | Notified]:
        """Switch to `settings`; returns the removed channels and what the others are told.

        What was given up is retried at once: the change may have fixed it.
        """
        self._backoffs.clear()
        self._settings = settings
        self._services = services = {service.name for service in settings.services}
        channels = {channel.name for channel in settings.notifications}
        gone = sorted({channel for channel, _ in self._told} - channels)
        self._told = {key: told for key, told in self._told.items() if key[0] in channels}
        self._statuses = {name: held for name, held in self._statuses.items() if name in services}
        self._turns = {name: turn for name, turn in self._turns.items() if name in services}
        removed = (ChannelRemoved(channel=name) for name in gone)
        hear = partial(abandoned, now=self._clock.now())
        unwatched = sorted({service for _, service in self._told} - services)
        return [*removed, *(heard for each in unwatched for heard in self._heard(each, hear))]

    def consequences(self, event: Event) -> Iterator[Notified | Undelivered]:
        """What channels should be told because of `event`, or were not told."""
        self.beat()
        if isinstance(event, StatusEvent) and event.status.service in self._services:
            self._keep(event)
        match event:
            case Changed(status=status, transition=transition):
                hear = partial(owed, status=status, now=transition.at)
                yield from self._heard(status.service, hear)
            case IncidentUpdated(incident=incident, status=status) if not incident.open:
                hear = partial(ended, incident=incident, status=status, now=self._clock.now())
                yield from self._heard(incident.service, hear)
            case SelfObserved(at=now):
                for name, held in self._statuses.items():
                    yield from self._heard(name, partial(overdue, status=held, now=now))
            case Attempted(message=message, result=Result.GIVEN_UP):
                yield from self._take_back(message)

    def beat(self) -> None:
        """Note that the process runs; that it stood still, or its clock was set, is a new start.

        Nothing was observed meanwhile, so what went stale is no news.
        """
        now = self._clock.now()
        if abs(now - self._heard_at) > STOOD_STILL_S:
            paths = (path for status in self._statuses.values() for path in status.paths)
            self._start = self._start.anew(paths, self._heard_at, now)
        self._heard_at = now

    def _keep(self, event: StatusEvent) -> None:
        status = event.status
        now = event.transition.at if isinstance(event, Changed) else self._clock.now()
        self._statuses[status.service] = status
        self._turns[status.service] = turned(self._turns.get(status.service), status, now)

    def _heard(
        self, service: str, hear: Callable[[Listener], Message | None]
    ) -> Iterator[Notified]:
        """What `hear` returns for each channel; it counts as told from here on."""
        for channel in self._settings.notifications:
            message = hear(self._listener(channel, service))
            if message is not None:
                self._told[channel.name, service] = message
                yield Notified(message=message)

    def _take_back(self, lost: Message) -> Iterator[Undelivered]:
        """Return to what the channel knew before `lost`, unless a later message is under way."""
        key = lost.channel, lost.service
        told = self._told.get(key)
        if told is None or told.id != lost.id:
            return
        channels = {channel.name: channel for channel in self._settings.notifications}
        channel, before = channels[lost.channel], self._backoffs.get(key)
        self._backoffs[key] = backed_off(channel, lost, before, self._clock.now())
        known = known_before(channel, lost)
        if known is None:
            del self._told[key]
        else:
            self._told[key] = known
        yield Undelivered(message=lost, known=known)

    def _listener(self, channel: Channel, service: str) -> Listener:
        told = self._told.get((channel.name, service))
        turn = self._turns.get(service)
        turned_at = None if turn is None else turn.at
        return Listener(
            settings=self._settings,
            channel=channel,
            told=told,
            turned_at=turned_at,
            start=self._start,
            backoff=self._backoffs.get((channel.name, service)),
        )
