"""The daemon: its parts, started and stopped in one fixed order."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from probe.config.loading import load_web
from probe.config.settings import Settings
from probe.config.web import WebConfig
from probe.judging.service import ServiceMemory
from probe.model.clock import Clock
from probe.model.event import Reloaded, Reviewed, Started
from probe.observing.connectivity import Connectivity
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.web.gate import Gate
from probe.reporting.web.server import WebServer
from probe.running.confirmation import Confirmation
from probe.running.core import assemble
from probe.running.reloading import Reloading, what_stays
from probe.running.remembering.beginning import begin_with, keep_missing
from probe.running.remembering.pruning import keep_pruning
from probe.running.remembering.rebuilding import carried
from probe.running.remembering.recollection import Recollection
from probe.running.remembering.vendor_pages import VendorPages
from probe.running.restraint.politeness import Politeness
from probe.running.schedule import Schedule
from probe.running.sharding import EVERYTHING, Share
from probe.running.status_pages import StatusPages
from probe.running.supervision import Supervisor
from probe.running.telling.dispatch import Reporter

REVIEW_EVERY_S = 1.0
STUCK_AFTER_S = 30.0
CUT_SHORT_S = 0.5
DRAIN_S = 2.5
"""Runs in flight get this long at a stop. With everything hanging at once, SIGTERM ended the daemon
in 4.9 s when this was 3; it must end within 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A configuration that can be switched to at once.

    `states` are those of its changed services, as the journal has them, and `shown` is what the
    page and the metrics show of the past.
    """

    settings: Settings
    web: WebConfig
    states: Sequence[ServiceMemory]
    shown: Sequence[Recollection | None]


class Daemon:
    """One configuration, running.

    Raises:
        ConfigError: the web configuration file changed since it was checked.
        JournalError: the journal cannot be opened for a reason other than its disk.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        config: Path | None = None,
        share: Share = EVERYTHING,
        reporters: tuple[Reporter, ...] = (),
    ) -> None:
        self.settings = self._begun = settings
        self._clock = clock
        self._config = config
        self._share = share
        self._web_config = load_web(settings.web_config_file)
        self._gate = Gate(self._web_config.basic_auth_users)
        make = partial(assemble, settings, share, reporters, clock)
        core, self._lacking = begin_with(settings.journal, make, clock.now())
        self._journal, self._memory, self._orphans = core.journal, core.memory, core.orphans
        self._audience, self._dispatch = core.audience, core.audience.dispatch
        self.board, self.metrics = core.audience.board, core.audience.metrics
        self._observer, self._vitals, self.cycle = core.observer, core.vitals, core.cycle
        self._schedule = Schedule(self._due, self.cycle.skip, self._broke, clock)
        self._confirmations: dict[str, Confirmation] = {}
        self._reloading = Reloading(self._adopt, self._dispatch.report, clock)
        self._started = False
        self._reviewed_at = clock.monotonic()

    async def run(self, stop: asyncio.Event, started: Callable[[str], None]) -> None:
        """Run until `stop` is set; `started` gets the page's address once everything is up.

        Raises:
            OSError: the address is taken; nothing has been started then.
            TaskEndedError: a part of the daemon broke.
        """
        async with AsyncExitStack() as stack:
            stack.callback(self._close)
            self.supervisor = Supervisor()
            self._pages = self._status_pages()
            web = self._web()
            address = await web.start()
            stack.push_async_callback(web.stop)
            stack.push_async_callback(self._observer.close)
            stack.push_async_callback(self._dispatch.finish)
            stack.callback(self.cycle.tell_incidents)
            stack.push_async_callback(self.supervisor.end)
            self._keep_tasks()
            await self._audience.notifications.start(
                self.settings, self._dispatch.report, self.supervisor.spawn, self.metrics.waiting
            )
            self._schedule.start()
            stack.push_async_callback(self.cycle.drain, CUT_SHORT_S)
            stack.callback(self._schedule.close)
            stack.push_async_callback(self.cycle.drain, DRAIN_S)
            stack.callback(self.cycle.stop)
            stack.callback(self._schedule.stop)
            self._schedule.set(self.settings.services)
            self.cycle.resume()
            self._show_all()
            for end in self._orphans:
                self._dispatch.report(end)
            await self._dispatch.flush()
            self.supervisor.keep(self._dispatch.run(), "dispatch")
            self._started = True
            started(address)
            await self.supervisor.watch(stop)

    async def reload(self) -> Reloaded:
        """Load the file again; if it is refused, the old configuration stays in force.

        Reloads run one after another, and continue when the caller stops waiting.
        """
        if self._config is None:
            problem = "there is no file to load"
            return Reloaded(at=self._clock.now(), successful=False, problem=problem)
        return await asyncio.shield(self.begin_reload(self._config))

    def begin_reload(self, config: Path) -> asyncio.Task[Reloaded]:
        """Load `config` as soon as the previous reload is done; nobody has to wait for it."""
        return self.supervisor.spawn(self._reloading.reload(config), "reload")

    async def _adopt(self, settings: Settings) -> tuple[str, ...]:
        """Switch to our share of `settings`; returns the keys that wait for a restart."""
        prepared = await self._prepared(self._share.of(settings))
        self._switch(prepared)
        await self._audience.notifications.adopt(self.settings)
        return what_stays(self._begun, self.settings, self._web_config, prepared.web)

    async def _prepared(self, settings: Settings) -> _Prepared:
        """What `settings` need and what may fail or take time, while the old ones are in force."""
        web = load_web(settings.web_config_file)
        changed = [each for each in settings.services if each != self.settings.service(each.name)]
        # What past runs asked for is known already: they are judged again, not learnt from.
        apart = Politeness(settings, self._clock.now())
        moved = settings.location != self.settings.location
        shown = settings.services if moved else changed  # at another location all is shown again
        return _Prepared(
            settings=settings,
            web=web,
            states=[await self._memory.reloaded_state(each, apart) for each in changed],
            shown=[await self._memory.reloaded_recollection(each) for each in shown],
        )

    def _switch(self, prepared: _Prepared) -> None:
        """Apply what is prepared at once: a run would meet half of each configuration."""
        settings, known = prepared.settings, dict(self.cycle.memories)
        for state in prepared.states:
            name = state.service.name
            known[name] = carried(known.get(name), state)
        self.cycle.adopt({service.name: known[service.name] for service in settings.services})
        self._confirmations = {
            name: each
            for name, each in self._confirmations.items()
            if name in self.cycle.memories or each.under_way
        }
        self.settings = settings
        self._gate.admit(prepared.web.basic_auth_users)
        self.cycle.politeness.adopt(settings, self._clock.now())
        self._observer.adopt(settings)
        self._vitals.use(Connectivity(settings.connectivity.canaries, self._clock))
        self._audience.adopt(settings)
        for recollection in prepared.shown:
            self._audience.seed(recollection)
        self._pages.adopt(settings)
        self._schedule.set(settings.services)
        self.cycle.resume()
        self._show_all()

    def _show_all(self) -> None:
        """Report the state of every service before the first run: a restart forgets nothing."""
        for memory in self.cycle.memories.values():
            self._audience.upkeep.tell(Reviewed(status=memory.status))
        self._turn_maintenance()

    def _turn_maintenance(self) -> None:
        self._audience.upkeep.turn(memory.status for memory in self.cycle.memories.values())

    def _ailment(self) -> str | None:
        """What is wrong with the daemon itself, if anything is."""
        idle_s = self._clock.monotonic() - self._reviewed_at
        return f"nothing was judged for {idle_s:.0f} s" if idle_s > STUCK_AFTER_S else None

    def _web(self) -> WebServer:
        return WebServer(
            self.board,
            self._clock,
            listen=self.settings.listen,
            exposition=self.metrics.exposition,
            blackbox=self.metrics.blackbox,
            alive=self._ailment,
            ready=lambda: None if self._started else "still starting",
            reload=self.reload if self.settings.enable_reload else None,
            gate=self._gate,
            tls=self._web_config.tls_server_config,
            past=partial(PageQueries.open, self.settings.journal)
            if self.settings.journal
            else None,
        )

    def _status_pages(self) -> StatusPages:
        past = VendorPages(self._journal, self._dispatch.writer).past
        return StatusPages(self._clock, self._dispatch.report, self.supervisor.spawn, past)

    def _keep_tasks(self) -> None:
        keep = self.supervisor.keep
        keep(self._vitals.run(), "vitals")
        keep(self._review(), "review")
        if self._journal is not None:
            pruning = keep_pruning(
                self._journal,
                self._dispatch.writer,
                lambda: self.settings.retention,
                self._clock,
                self.metrics.journal_failed,
            )
            keep(pruning, "prune")
        elif self.settings.journal is not None:
            failed = self.metrics.journal_failed
            missing = keep_missing(self.settings.journal, self._lacking, failed)
            keep(missing, "journal")
        self._pages.adopt(self.settings)

    async def _due(self, service: str, name: str, lag: float) -> None:
        memory = self.cycle.memories.get(service)
        path = None if memory is None else memory.service.path(name)
        if memory is None or path is None:
            return  # a reload removed it since it fell due
        self._dispatch.report(Started(service=service, lag_s=lag))
        if service not in self._confirmations:
            self._confirmations[service] = Confirmation(
                service,
                self.cycle,
                self.supervisor.spawn,
                self._observer.wait_s,
                self._observer.turn,
            )
        await self._confirmations[service].planned(memory.service, path)

    def _close(self) -> None:
        """Close the journal, unless a write is stuck in it: closing would block for as long."""
        if self._dispatch.close() and self._journal is not None:
            self._journal.close()

    def _broke(self, cause: BaseException) -> None:
        self.supervisor.fail("schedule", cause)

    async def _review(self) -> None:
        while True:
            await asyncio.sleep(REVIEW_EVERY_S)
            self._schedule.keep_time()
            self._audience.notifications.beat()
            self.cycle.review()
            self._turn_maintenance()
            self._reviewed_at = self._clock.monotonic()
