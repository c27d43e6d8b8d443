"""All reporters, behind one queue."""

from collections.abc import Callable, Iterable
from importlib.metadata import version

from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.model.shard import Shard
from probe.reporting.board import Board
from probe.reporting.journal.store import Journal
from probe.reporting.log import LogReporter
from probe.reporting.metrics.exporter import Metrics
from probe.running.remembering.recollection import SHOWN_POSTS, Recollection
from probe.running.telling.comparing import Comparing
from probe.running.telling.dispatch import Dispatch, Reporter
from probe.running.telling.notifications import Notifications
from probe.running.telling.upkeep import Upkeep


class Audience:
    """The journal, the reporters that show and log, and those that answer with their own events."""

    def __init__(  # noqa: PLR0913 - each is needed by one of the parts
        self,
        settings: Settings,
        clock: Clock,
        *,
        journal: Journal | None,
        in_flight: Callable[[], int],
        shard: Shard,
        reporters: Iterable[Reporter],
    ) -> None:
        self.board = Board(settings, clock)
        self.metrics = Metrics(settings, clock, version("splitprobe"), in_flight, shard)
        self.notifications = Notifications(settings, clock, journal, shard)
        self.dispatch = Dispatch(
            journal,
            self.metrics.journal_failed,
            self.notifications.consequences,
            self.metrics.lost,
        )
        self._comparing = Comparing(settings, self.dispatch.report)
        self.upkeep = Upkeep(settings, clock, self.dispatch.report)
        answering = (self._comparing, self.upkeep, self.notifications)
        self.dispatch.join(self.metrics, self.board, LogReporter(), *reporters, *answering)

    def adopt(self, settings: Settings) -> None:
        """Switch to `settings`, except for the channels: those come last, and are awaited."""
        self.metrics.adopt(settings)
        self.board.adopt(settings)
        self._comparing.adopt(settings)
        self.upkeep.adopt(settings)

    def seed(self, past: Recollection | None) -> None:
        """Give the reporters that show and compare what the journal remembers of a service."""
        if past is None:
            return
        self.board.seed(runs=past.runs, incidents=past.incidents, claims=past.standing)
        self.board.vendors.seed(
            posts=past.posts[-SHOWN_POSTS:],
            maintenances=past.maintenances,
            accounts=past.accounts,
        )
        self.metrics.seed(past.standing)
        self._comparing.seed(past)
        self.upkeep.seed(past.service, past.announced)
