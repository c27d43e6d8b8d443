"""All metrics: events in, a text for Prometheus out."""

import asyncio
import re
from collections.abc import Callable, Iterable
from functools import singledispatchmethod
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model import event as events
from probe.model.claim import Claim
from probe.model.clock import Clock
from probe.model.event import Event
from probe.model.shard import WHOLE, Shard
from probe.model.status import PathStatus, ServiceStatus
from probe.reporting.metrics import blackbox
from probe.reporting.metrics.block import Encoder, head
from probe.reporting.metrics.catalogue import CATALOGUE, Family
from probe.reporting.metrics.channel import ChannelMetrics
from probe.reporting.metrics.own import OwnMetrics
from probe.reporting.metrics.path import PathMetrics
from probe.reporting.metrics.service import ServiceMetrics
from probe.reporting.metrics.vendor import VendorMetrics

_ESCAPING: Final = re.compile(r";\s*escaping=[^;,]*")


class Metrics:
    """The reporter whose audience is Prometheus. `in_flight` counts the runs under way."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        version: str,
        in_flight: Callable[[], int],
        shard: Shard = WHOLE,
    ) -> None:
        self._clock = clock
        self._in_flight = in_flight
        self._version = version
        self._shard = shard
        self._location = settings.location
        self._own = OwnMetrics(settings.location, version, clock, shard)
        self._services: dict[str, ServiceMetrics] = {}
        self._paths: dict[tuple[str, str], PathMetrics] = {}
        self._channels: dict[str, ChannelMetrics] = {}
        self._runtime = CollectorRegistry()
        ProcessCollector(registry=self._runtime)
        PlatformCollector(registry=self._runtime)
        GCCollector(registry=self._runtime)
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Follow a new configuration; series whose labels stay the same keep their counts."""
        if settings.location != self._location:
            self._location = settings.location
            self._own = OwnMetrics(settings.location, self._version, self._clock, self._shard)
            self._services, self._paths, self._channels = {}, {}, {}
        self._paths = {
            (service.name, path.name): self._path(service.name, path)
            for service in settings.services
            for path in service.paths
        }
        self._services = {service.name: self._service(service) for service in settings.services}
        names = [channel.name for channel in settings.notifications]
        old = self._channels
        self._channels = {
            name: old.get(name) or ChannelMetrics(self._location, name) for name in names
        }

    def seed(self, claims: Iterable[Claim]) -> None:
        """Show what the vendors last said, before their pages are read again."""
        for claim in claims:
            if vendor := self._page_of(claim.service):
                vendor.claim(claim)

    def handle(self, event: Event) -> None:
        """Handle `event`; one about something that is no longer configured is dropped."""
        if isinstance(event, events.StatusEvent):
            self._restate(event.status)
        self._note(event)

    def journal_failed(self) -> None:
        """Count a failed access to the journal."""
        self._own.journal_failed()

    def lost(self, events: int) -> None:
        """Count dropped events."""
        self._own.lose(events)

    def waiting(self, name: str, messages: int) -> None:
        """Show how many messages wait for a channel."""
        if channel := self._channels.get(name):
            channel.wait(messages)

    def blackbox(self, status: PathStatus) -> bytes:
        """A path's last run in blackbox_exporter's families, text format 0.0.4."""
        return blackbox.families(status)

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """The text of a scrape and its content type, as `accept` asks for.

        It yields to the event loop after each path and each family, and frees texts as it goes:
        with 1,000 paths the longest stall is the final join, a few milliseconds.
        """
        encode, content_type = _negotiated(accept)
        texts: dict[Family, list[str]] = {family: [] for family in CATALOGUE}
        self._own.show_in_flight(self._in_flight())
        self._own.block.write(texts)
        for channel in self._channels.values():
            channel.block.write(texts)
        for service in tuple(self._services.values()):
            service.block.write(texts)
            if service.vendor is not None:
                service.vendor.refresh()
                service.vendor.block.write(texts)
            await asyncio.sleep(0)
        for path in tuple(self._paths.values()):
            path.refresh()
            path.block.write(texts)
            await asyncio.sleep(0)
        parts = []
        for family in CATALOGUE:
            parts += [head(family, encode), "".join(texts.pop(family)).encode()]
            await asyncio.sleep(0)
        parts.append(encode(self._runtime))
        await asyncio.sleep(0)
        return b"".join(parts), content_type

    def _restate(self, status: ServiceStatus) -> None:
        service = self._services.get(status.service)
        if service is None:
            return
        service.restate(status)
        for of_path in status.paths:
            if path := self._paths.get((of_path.service, of_path.path)):
                path.restate(of_path)

    @singledispatchmethod
    def _note(self, event: Event) -> None:
        """Show what an event says besides a status."""

    @_note.register
    def _(self, event: events.Observed) -> None:
        if path := self._paths.get((event.run.service, event.run.path)):
            path.count(event.run)

    @_note.register
    def _(self, event: events.Skipped) -> None:
        if path := self._paths.get((event.service, event.path)):
            path.skip(event)

    @_note.register
    def _(self, event: events.Started) -> None:
        if service := self._services.get(event.service):
            service.start(event.lag_s)

    @_note.register
    def _(self, event: events.Changed) -> None:
        if service := self._services.get(event.status.service):
            service.turn(event.transition)

    @_note.register
    def _(self, event: events.IncidentUpdated) -> None:
        if service := self._services.get(event.status.service):
            service.follow(event.incident)

    @_note.register
    def _(self, event: events.Claimed) -> None:
        if vendor := self._page_of(event.claim.service):
            vendor.claim(event.claim)

    @_note.register
    def _(self, event: events.PageRead) -> None:
        if vendor := self._page_of(event.status.service):
            vendor.restate(event.status)

    @_note.register
    def _(self, event: events.Compared) -> None:
        if vendor := self._page_of(event.comparison.service):
            vendor.compare(event.comparison)

    @_note.register
    def _(self, event: events.Attempted) -> None:
        if channel := self._channels.get(event.message.channel):
            channel.attempt(event.result)

    @_note.register
    def _(self, event: events.Reloaded) -> None:
        self._own.reload(event)

    @_note.register
    def _(self, event: events.SelfObserved) -> None:
        self._own.observe_self(event)

    def _page_of(self, service: str) -> VendorMetrics | None:
        known = self._services.get(service)
        return None if known is None else known.vendor

    def _service(self, service: Service) -> ServiceMetrics:
        known = self._services.get(service.name)
        if known is None:
            return ServiceMetrics(self._location, service, self._clock)
        known.adopt(service)
        return known

    def _path(self, service: str, path: ProbePath) -> PathMetrics:
        known = self._paths.get((service, path.name))
        if known is None or known.block.place["plane"] != path.plane:
            return PathMetrics(self._location, service, path, self._clock)
        known.adopt(path)
        return known


def _negotiated(accept: str) -> tuple[Encoder, str]:
    """As prometheus_client chooses, but never with another escaping of names.

    None of ours needs any, and `escaping=dots` would double underscores, in the headers only.
    """
    try:
        return choose_encoder(_ESCAPING.sub("", accept))
    except (TypeError, ValueError):  # a version that is not a number
        return choose_encoder("")
