"""What the daemon begins with: runs, their judging and their telling, as the journal remembers."""

from collections.abc import Sequence
from dataclasses import dataclass

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.event import IncidentUpdated
from probe.model.run import Run
from probe.observing.connectivity import Connectivity
from probe.observing.observer import Observer
from probe.reporting.journal.store import Journal
from probe.running.cycle import Cycle
from probe.running.remembering.memory import Memory
from probe.running.restraint.politeness import Politeness
from probe.running.sharding import Share
from probe.running.telling.audience import Audience
from probe.running.telling.dispatch import Reporter
from probe.running.vitals import Vitals


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts that know each other, from the run to those who hear of it.

    `orphans` end the incidents that were open of services that are configured no more.
    """

    journal: Journal | None
    audience: Audience
    memory: Memory
    observer: Observer
    vitals: Vitals
    cycle: Cycle
    orphans: Sequence[IncidentUpdated]


def assemble(
    settings: Settings,
    share: Share,
    reporters: tuple[Reporter, ...],
    clock: Clock,
    journal: Journal | None,
) -> Core:
    """Make the parts, as `journal` remembers them.

    Raises:
        JournalError: it cannot be read; nothing runs then, and the parts may be made without it.
    """
    audience = Audience(
        settings,
        clock,
        journal=journal,
        in_flight=lambda: cycle.in_flight,
        shard=share.shard,
        reporters=reporters,
    )
    observer = Observer(settings, clock)
    vitals = Vitals(
        Connectivity(settings.connectivity.canaries, clock), clock, audience.dispatch.report
    )

    async def observe(service: Service, path: ProbePath, confirmation: bool) -> Run:  # noqa: FBT001 - the seam's shape
        seen = await observer.observe(service, path, confirmation=confirmation)
        return await vitals.excuse(seen)

    memory = Memory(journal, audience.dispatch.writer, clock)
    for service in settings.services:
        audience.seed(memory.recollection(service))
    politeness = Politeness(settings, clock.now(), observer.has_session)
    begun = {each.name: memory.state(each, politeness) for each in settings.services}
    orphans = memory.unwatched(begun)
    cycle = Cycle(begun, observe, politeness, audience.upkeep.tell, clock)
    return Core(
        journal=journal,
        audience=audience,
        memory=memory,
        observer=observer,
        vitals=vitals,
        cycle=cycle,
        orphans=orphans,
    )
