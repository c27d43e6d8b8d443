"""Two thousand hostile strings through every page, the feed and the badge: words, nothing else."""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from lxml import etree
from selectolax.lexbor import LexborHTMLParser
from test_web_hostile import HOSTILE, LYING, PAYLOADS, QUOTES, everywhere, skeleton
from test_web_page import page as status_page
from web_history import ACCOUNT, CLAIM, INCIDENT, POST
from web_stage import CLOCK, NOW, board, failed

from probe.model.claim import Account, Claim, Owner, Post
from probe.model.incident import Incident, Transition
from probe.model.maintenance import Window
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane, State
from probe.model.status import Spell
from probe.reporting.board import Board
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.web.history import CachedHistory, Hour
from probe.reporting.web.html.badge import badge
from probe.reporting.web.html.feed import feed
from probe.reporting.web.pages import Pages

pytestmark = pytest.mark.scenario

AROUND = tuple(
    (before, after)
    for before in ("", "\"'>", "]]>", "<!--", "\\", "\u202e\u2066", "\ufffe\x0b", "</q></title>")
    for after in ("", "\"'>", "-->", "<!--", "\\", "\x00", "\ud800", " onload=a ")
)
MANY = tuple(
    dict.fromkeys(
        [
            *HOSTILE,
            *(
                f"{before}{payload[:2000]}{after}"
                for before, after in AROUND
                for payload in (*PAYLOADS, *QUOTES)
            ),
        ]
    )
)
PARTS = 20
REQUEST = make_mocked_request("GET", "/")
SERVICE = board().picture().services[0]
STRICT = etree.XMLParser(resolve_entities=False, no_network=True)


class Told(PageQueries):
    """A past in which everything foreign is `text`."""

    def __init__(self, text: str) -> None:
        super().__init__(Path("none.db"), sqlite3.connect(":memory:"))
        self.text = text
        self.failed = replace(failed(text), service=text, path=text)

    def incidents(self, *, service: str | None = None, limit: int = 100) -> list[Incident]:
        assert service is None
        return [][:limit]

    def incidents_within(self, service: str, since: float, until: float) -> list[Incident]:
        assert service == self.text
        assert since < until
        return []

    def transitions(self, service: str, since: float, until: float) -> list[Transition]:
        assert service == self.text
        assert since < until
        first = INCIDENT.transitions[0]
        return [replace(first, service=service, reason=self.text, causes=(self.text,))]

    def incident(self, identifier: str) -> Incident | None:
        raise AssertionError(identifier)

    def account(self, incident: str) -> Account | None:
        return replace(ACCOUNT, incident=incident, acknowledged_by=self.text)

    def accounts_of(self, incidents: Iterable[str]) -> dict[str, Account]:
        return {each: replace(ACCOUNT, incident=each) for each in incidents}

    def words(
        self, service: str, *, since: float = 0.0, until: float = math.inf, limit: int = 1000
    ) -> tuple[list[Claim], list[Post]]:
        assert service == self.text
        assert since < until
        assert limit
        at: dict[str, Any] = {"seen_at": NOW - 30, "words": self.text}
        claim = replace(CLAIM, component=self.text, **at)
        return [claim], [replace(POST, title=self.text, **at)]

    def recent_runs(self, service: str, path: str, limit: int) -> list[Run]:
        return [replace(self.failed, service=service, path=path)][:limit]

    def failures(self, service: str, path: str, since: float, limit: int) -> list[Run]:
        assert since < NOW
        return self.recent_runs(service, path, limit)

    def ways_of_failing(self, service: str, since: float, until: float) -> list[tuple[Run, int]]:
        assert since < until
        return [(replace(self.failed, service=service), 3)]

    def tally(
        self, service: str, since: float, until: float, columns: int
    ) -> dict[str, list[Counter[Outcome]]]:
        assert service
        assert since < until
        counted = [Counter({Outcome.SERVER_ERROR: 1})] * columns
        return {"login": counted, self.text: counted}

    def hours(self, service: str, since: float, until: float) -> dict[str, list[Hour]]:
        assert since < until
        return {self.text: [(since, Counter({Outcome.SERVER_ERROR: 1}))]} if service else {}

    def spells(self, since: float, until: float, service: str | None = None) -> list[Spell]:
        assert service in {None, "acme"}
        at = {"since": since, "until": until}
        known = {"plane": Plane.CONTROL, "critical": True, "state": State.DOWN}
        return [Spell(service="acme", path="login", **at, **known)]  # type: ignore[arg-type]

    def windows(self, since: float, until: float, service: str | None = None) -> list[Window]:
        assert service in {None, "acme", self.text}
        window = Window(
            service="acme", name=self.text, whose=Owner.VENDOR, since=since, until=until
        )
        return [window, replace(window, service=self.text)]


async def pages(text: str, made: Board) -> list[str]:
    """Every page of the board `made`, which holds `text` everywhere."""
    handlers = Pages(made, CachedHistory(lambda: Told(text), CLOCK), CLOCK)
    REQUEST.match_info.update({"id": text, "service": "acme", "path": "login"})
    asked = (handlers._incidents, handlers._incident, handlers._path)
    answers = [await each(REQUEST) for each in asked]
    assert [answer.status for answer in answers] == [200] * 3
    return [shown(answer) for answer in answers] + [status_page(made)]


def shown(answer: web.Response) -> str:
    assert answer.text is not None
    return answer.text


def leads_away(tree: LexborHTMLParser) -> list[str]:
    """The addresses in it that are not ours."""
    nodes = tree.css("[href], [src]")
    links = [node.attributes.get("href") or node.attributes.get("src") or "" for node in nodes]
    ours = ("./", "../", "#", "data:image/svg+xml,")
    return [each for each in links if not each.startswith(ours)]


def elements(document: str) -> list[str]:
    """What a strict reader of XML finds, in order."""
    return [str(each.tag) for each in etree.fromstring(document.encode(), STRICT).iter()]


def pictured(text: str) -> str:
    return badge(replace(SERVICE, name=text))


def test_there_are_two_thousand() -> None:
    assert len(MANY) >= 2000


@pytest.mark.parametrize("part", range(PARTS))
async def test_hostile_text_changes_nothing_but_words(part: int) -> None:
    quiet = everywhere("harmless")
    harmless = [skeleton(LexborHTMLParser(each)) for each in await pages("harmless", quiet)]
    entries = elements(feed(quiet.picture().incidents, "fra1", NOW))
    drawn = elements(pictured("harmless"))
    for text in MANY[part::PARTS]:
        made = everywhere(text)
        told = await pages(text, made)
        trees = [LexborHTMLParser(each) for each in told]
        assert [skeleton(each) for each in trees] == harmless, ascii(text)[:200]
        assert not any(LYING.search(each) for each in told), ascii(text)[:200]
        assert [link for each in trees for link in leads_away(each)] == [], ascii(text)[:200]
        assert elements(feed(made.picture().incidents, text, NOW)) == entries, ascii(text)[:200]
        assert elements(pictured(text)) == drawn, ascii(text)[:200]
