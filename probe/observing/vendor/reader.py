"""One service's status page: read politely, recorded like a path's runs, reported as news.

A page that cannot be read says nothing: every component is `unknown` then, never all clear. There
is never more than one request a minute: what a document leaves open is looked up a minute later.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from probe.config.service import Service
from probe.config.settings import Settings
from probe.config.vendor import PAGE_PATH, POLITE_S, StatusPage
from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult, new_run_id
from probe.model.state import Plane
from probe.observing.answers.answer import Answer
from probe.observing.answers.document import Unreadable, parse
from probe.observing.masking import Masker, secrets_in
from probe.observing.vendor.fetching import NOT_MODIFIED, Fetcher, conditions_from, unreadable
from probe.observing.vendor.formats import FORMATS, Format, PageDocument, recognized
from probe.observing.vendor.page_content import PageContent
from probe.observing.vendor.page_history import Known, News, PageHistory

LONGEST_BACKOFF_S: Final = 3600.0
LONGEST_WAIT_S: Final = 86_400.0
_REFUSALS: Final = frozenset({401, 403, 405, 429, 451})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """One request: its run, what was new, and how many seconds to leave the page alone."""

    run: Run
    news: tuple[News, ...]
    rest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A document as last sent, and the headers to ask whether it has changed."""

    content: PageContent
    conditions: dict[str, str]


class Reader:
    """Reads the page of one service, a document at a time."""

    def __init__(
        self, service: Service, page: StatusPage, settings: Settings, clock: Clock, known: Known
    ) -> None:
        self._service = service
        self._page = page
        self._clock = clock
        self._memory = PageHistory(service, known)
        self._format = FORMATS[page.format] if page.format else None
        self._copies: dict[str, _Copy] = {}
        self._wanted: list[PageDocument] = []
        self._due_at = 0.0
        self._refusals = 0
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Use the connection, interval and secrets of `settings` from now on."""
        self._interval = settings.page_interval(self._service)
        self._masker = Masker(secrets_in(settings))
        self._fetcher = Fetcher(settings.page_defaults(self._service), self._clock, self._masker)

    async def read(self) -> PageReading:
        """Ask for the next document; raises nothing but a cancellation."""
        started_at, began = self._clock.now(), self._clock.monotonic()
        if self._wanted:
            step, news = await self._look_up(self._wanted.pop(0))
        else:
            self._due_at = started_at + self._interval
            step, news = await self._look()
        run = Run(
            id=new_run_id(),
            service=self._service.name,
            path=PAGE_PATH,
            plane=Plane.VENDOR,
            started_at=started_at,
            duration_s=self._clock.monotonic() - began,
            outcome=step.outcome,
            failed_step=None if step.outcome is Outcome.OK else step.name,
            failed_phase=step.failed_phase,
            steps=(step,),
        )
        return PageReading(run=run, news=tuple(news), rest_s=self.learn(run))

    def learn(self, run: Run) -> float:
        """Take `run` into account; returns the seconds to leave the page alone after it.

        Longer after every further refusal, and as long as the page asks for. Runs of an earlier
        process may be given in order, so that a restart asks no sooner.
        """
        step = run.steps[-1]
        refused = step.outcome is Outcome.CHALLENGED or step.evidence.status in _REFUSALS
        self._refusals = self._refusals + 1 if refused else 0
        planned = POLITE_S if self._wanted else self._due_at - self._clock.now()
        backoff = self._interval * 2 ** min(self._refusals, 20) if refused else 0.0
        bounded = min(backoff, max(LONGEST_BACKOFF_S, self._interval))
        asked = min(step.retry_after_s or 0.0, LONGEST_WAIT_S)
        return max(planned, bounded, asked, POLITE_S)

    async def _look(self) -> tuple[StepResult, Iterable[News]]:
        """Read the main document."""
        step, content = await self._document(self._main)
        if content is None or self._format is None:
            return step, list(self._memory.take_silence(self._clock.now()))
        whole, alone = self._format.whole, self._format.components is None
        news = list(self._memory.take_main(content, self._clock.now(), whole=whole, alone=alone))
        self._wanted += self._left_open(self._format)
        return step, news

    async def _look_up(self, document: PageDocument) -> tuple[StepResult, Iterable[News]]:
        """Read what the main document left open."""
        step, content = await self._document(document)
        if content is None or self._format is None:
            return step, ()
        past = document == self._format.history
        take_over = self._memory.take_history if past else self._memory.take_components
        return step, list(take_over(content, self._clock.now()))

    async def _document(self, document: PageDocument) -> tuple[StepResult, PageContent | None]:
        copy = self._copies.get(document.name)
        conditions = copy.conditions if copy else {}
        fetched = await self._fetcher.fetch(document.name, self._url(document), conditions)
        if fetched.answer is None:
            return fetched.step, None
        try:
            return fetched.step, self._content(document, fetched.answer)
        except Unreadable as problem:
            return unreadable(fetched.step, self._masker.show(str(problem))), None

    @property
    def _main(self) -> PageDocument:
        return (self._format or FORMATS["statuspage"]).main

    def _url(self, document: PageDocument) -> str:
        """An address that ends in `.json` is the main document itself."""
        url = self._page.url
        return url if url.endswith(".json") else url + document.address

    def _content(self, document: PageDocument, answer: Answer) -> PageContent:
        """What an accepted answer says. Raises Unreadable."""
        copy = self._copies.pop(document.name, None)
        if answer.status == NOT_MODIFIED and (copy is None or not copy.conditions):
            raise Unreadable("not modified, which nobody had asked")
        if answer.status != NOT_MODIFIED or copy is None:
            parsed = parse(self._masker.hide(answer.text))
            if document == self._main and self._page.format is None:
                self._format = recognized(parsed)
                document = self._format.main
            copy = _Copy(content=document.read(parsed), conditions=conditions_from(answer))
        self._copies[document.name] = copy
        return copy.content

    def _left_open(self, form: Format) -> Iterator[PageDocument]:
        """The documents that give what the main one leaves out."""
        if form.history is not None and self._memory.vanished:
            yield form.history
        if form.components is not None and self._memory.lacking:
            yield form.components
