"""A status page, read politely, recorded like a path's runs, reported as news.

A page that cannot be read says nothing: every component is `unknown` then, never all clear. There
is never more than one request a minute: what a document leaves open is looked up a minute later.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from probe.config.service import Service
from probe.config.settings import Settings
from probe.config.vendor import PAGE_PATH, POLITE_S, StatusPage
from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult, new_run_id
from probe.model.state import Plane
from probe.observing.masking import Masker, secrets_in
from probe.observing.vendor.documents import Documents
from probe.observing.vendor.formats import Format, PageDocument
from probe.observing.vendor.page_history import Known, News, PageHistory

LONGEST_BACKOFF_S: Final = 3600.0
LONGEST_WAIT_S: Final = 86_400.0
_REFUSALS: Final = frozenset({401, 403, 405, 429, 451})

_Told = dict[str, tuple[News, ...]]
"""What a document tells that is new, by service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """A request as one service sees it: its run, and what was new."""

    run: Run
    news: tuple[News, ...]


class Reader:
    """Reads a page for all `services` that share it, a document at a time.

    `known` is what is remembered of the page for the service of that name. `interval` is the
    shortest that one of them wants, in seconds.
    """

    def __init__(
        self,
        page: StatusPage,
        services: Sequence[Service],
        settings: Settings,
        clock: Clock,
        known: Mapping[str, Known],
    ) -> None:
        self._services = services
        self._clock = clock
        self._documents = Documents(page, clock)
        self.histories = {each.name: PageHistory(each, known[each.name]) for each in services}
        self._wanted: list[PageDocument] = []
        self._due_at = 0.0
        self.refusals: Counter[str] = Counter()
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Use the connection, interval and secrets of `settings` from now on."""
        self.interval = min(settings.page_interval(service) for service in self._services)
        defaults = settings.page_defaults(self._services[0])
        self._documents.adopt(defaults, Masker(secrets_in(settings)))

    def take_over(self, other: "Reader", service: str) -> None:
        """Go on with what `other` knows of the page for `service`."""
        self.histories[service] = other.histories[service]
        self.refusals[service] = other.refusals[service]

    async def read(self) -> list[PageReading]:
        """Ask for the next document; raises nothing but a cancellation."""
        started_at, began = self._clock.now(), self._clock.monotonic()
        if self._wanted:
            step, news = await self._look_up(self._wanted.pop(0))
        else:
            self._due_at = started_at + self.interval
            step, news = await self._look()
        took_s = self._clock.monotonic() - began
        return [
            PageReading(run=_run(name, step, started_at, took_s), news=new)
            for name, new in news.items()
        ]

    def learn(self, run: Run) -> float:
        """Take a run of `read` into account; returns the seconds to leave the page alone after it.

        Longer after every further refusal, and as long as the page asks for. Runs of an earlier
        process may be given in order, so that a restart asks no sooner.
        """
        step, service = run.steps[-1], run.service
        refused = step.outcome is Outcome.CHALLENGED or step.evidence.status in _REFUSALS
        self.refusals[service] = self.refusals[service] + 1 if refused else 0
        planned = POLITE_S if self._wanted else self._due_at - self._clock.now()
        backoff = self.interval * 2 ** min(self.refusals[service], 20) if refused else 0.0
        bounded = min(backoff, max(LONGEST_BACKOFF_S, self.interval))
        asked = min(step.retry_after_s or 0.0, LONGEST_WAIT_S)
        return max(planned, bounded, asked, POLITE_S)

    async def _look(self) -> tuple[StepResult, _Told]:
        """Read the main document."""
        step, content = await self._documents.read(self._documents.main)
        form, now = self._documents.format, self._clock.now()
        if content is None or form is None:
            return step, self._told(lambda history: history.take_silence(now))
        whole, alone = form.whole, form.components is None
        told = self._told(lambda history: history.take_main(content, now, whole=whole, alone=alone))
        self._wanted += self._left_open(form)
        return step, told

    async def _look_up(self, document: PageDocument) -> tuple[StepResult, _Told]:
        """Read what the main document left open."""
        step, content = await self._documents.read(document)
        form, now = self._documents.format, self._clock.now()
        if content is None or form is None:
            return step, self._told(lambda _: ())
        if document == form.history:
            return step, self._told(lambda history: history.take_history(content, now))
        return step, self._told(lambda history: history.take_components(content, now))

    def _told(self, take_over: Callable[[PageHistory], Iterable[News]]) -> _Told:
        """What is new for each service."""
        return {name: tuple(take_over(history)) for name, history in self.histories.items()}

    def _left_open(self, form: Format) -> Iterator[PageDocument]:
        """The documents that give what the main one leaves out."""
        histories = self.histories.values()
        if form.history is not None and any(history.vanished for history in histories):
            yield form.history
        if form.components is not None and any(history.lacking for history in histories):
            yield form.components


def _run(service: str, step: StepResult, started_at: float, took_s: float) -> Run:
    return Run(
        id=new_run_id(),
        service=service,
        path=PAGE_PATH,
        plane=Plane.VENDOR,
        started_at=started_at,
        duration_s=took_s,
        outcome=step.outcome,
        failed_step=None if step.outcome is Outcome.OK else step.name,
        failed_phase=step.failed_phase,
        steps=(step,),
    )
