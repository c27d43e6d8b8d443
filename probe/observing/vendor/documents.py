"""The documents of one status page: asked for changes, parsed, and kept as last sent."""

from dataclasses import dataclass

from probe.config.path import Defaults
from probe.config.vendor import StatusPage
from probe.model.clock import Clock
from probe.model.run import StepResult
from probe.observing.answers.answer import Answer
from probe.observing.answers.document import Unreadable, parse
from probe.observing.masking import Masker
from probe.observing.vendor.fetching import NOT_MODIFIED, Fetcher, conditions_from, unreadable
from probe.observing.vendor.formats import FORMATS, Format, PageDocument, recognized
from probe.observing.vendor.page_content import PageContent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A document as last sent, and the headers to ask whether it has changed."""

    content: PageContent
    conditions: dict[str, str]


class Documents:
    """What one page has to read. `format` is None until it is configured or recognised."""

    def __init__(self, page: StatusPage, clock: Clock) -> None:
        self.format: Format | None = FORMATS[page.format] if page.format else None
        self._page = page
        self._clock = clock
        self._copies: dict[str, _Copy] = {}

    def adopt(self, defaults: Defaults, masker: Masker) -> None:
        """Connect as `defaults` says and hide what `masker` does from now on."""
        self._masker = masker
        self._fetcher = Fetcher(defaults, self._clock, masker)

    @property
    def main(self) -> PageDocument:
        """The document that every reading begins with."""
        return (self.format or FORMATS["statuspage"]).main

    async def read(self, document: PageDocument) -> tuple[StepResult, PageContent | None]:
        """How asking for `document` went, and what it says; None if it cannot be read."""
        copy = self._copies.get(document.name)
        conditions = copy.conditions if copy else {}
        fetched = await self._fetcher.fetch(document.name, self._url(document), conditions)
        if fetched.answer is None:
            return fetched.step, None
        try:
            return fetched.step, self._content(document, fetched.answer)
        except Unreadable as problem:
            return unreadable(fetched.step, self._masker.show(str(problem))), None

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
            if document == self.main and self._page.format is None:
                self.format = recognized(parsed)
                document = self.format.main
            copy = _Copy(content=document.read(parsed), conditions=conditions_from(answer))
        self._copies[document.name] = copy
        return copy.content
