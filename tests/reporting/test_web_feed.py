"""What other programs show: a feed of the incidents and a badge of each service."""

from dataclasses import replace
from typing import cast

import pytest
from lxml import etree
from web_history import INCIDENT
from web_stage import NOW, Served, board, serving, settings, status

from probe.model.incident import Incident
from probe.model.state import Verdict
from probe.reporting.board import Board
from probe.reporting.web.html.badge import COLOURS
from probe.reporting.web.html.feed import MOST_ENTRIES, feed

ATOM = {"a": "http://www.w3.org/2005/Atom"}
STRICT = etree.XMLParser(resolve_entities=False, no_network=True)


def texts(tree: etree._Element, path: str) -> list[str]:
    """What an XPath finds that ends in texts or attributes."""
    return cast("list[str]", tree.xpath(path, namespaces=ATOM))


def held() -> Board:
    made = board()
    made.seed(incidents=[INCIDENT, replace(INCIDENT, id="acme-2", opened_at=NOW, closed_at=None)])
    return made


async def test_the_feed_tells_the_newest_incident_first_and_leads_to_its_page() -> None:
    async with serving(Served(board=held())) as client, client.get("/incidents.atom") as answer:
        assert answer.content_type == "application/atom+xml"
        tree = etree.fromstring(await answer.read(), STRICT)
    assert tree.xpath("a:title/text()", namespaces=ATOM) == ["Incidents seen from fra1"]
    assert tree.xpath("a:entry/a:title/text()", namespaces=ATOM) == [
        "acme: Login down, open",
        "acme: Login down",
    ]
    assert tree.xpath("a:entry/a:link/@href", namespaces=ATOM) == [
        "incidents/acme-2",
        "incidents/acme-1",
    ]
    told = tree.xpath("string(a:entry[2]/a:summary)", namespaces=ATOM)
    assert isinstance(told, str)
    assert "First failing run 2026-03-02 10:11:30 UTC, confirmed 2026-03-02 10:11:40 UTC" in told
    assert "last failing run 2026-03-02 11:11:30 UTC, 1 h, 2 waves." in told
    assert tree.xpath("a:entry[2]/a:updated/text()", namespaces=ATOM) == [
        "2026-03-02T11:11:30.000Z"
    ]


async def test_where_people_reach_the_page_is_where_the_feed_leads() -> None:
    reached = settings().model_copy(update={"page_url": "https://host.example/splitprobe"})
    made = board(configured=reached)
    made.seed(incidents=[INCIDENT])
    async with serving(Served(board=made)) as client, client.get("/incidents.atom") as answer:
        tree = etree.fromstring(await answer.read(), STRICT)
    assert tree.xpath("//a:link/@href", namespaces=ATOM) == [
        "https://host.example/splitprobe/incidents.atom",
        "https://host.example/splitprobe/incidents",
        "https://host.example/splitprobe/incidents/acme-1",
    ]


def test_an_entry_keeps_its_id_and_no_two_share_one() -> None:
    def ids(location: str) -> list[str]:
        tree = etree.fromstring(feed([INCIDENT], location, NOW).encode(), STRICT)
        return texts(tree, "//a:id/text()")

    assert ids("fra1") == ids("fra1")
    assert len({*ids("fra1"), *ids("nyc1")}) == 4


def test_an_entry_that_reads_otherwise_was_updated_later() -> None:
    grown = replace(INCIDENT, closed_at=None, last_bad_at=NOW - 6010)
    story = [
        replace(grown, transitions=INCIDENT.transitions[:1]),
        grown,
        replace(grown, closed_at=NOW - 6010, settled_at=NOW - 5400),
    ]
    told = [entry(incident) for incident in story]
    assert len({words for words, _ in told}) == len({at for _, at in told}) == 3
    assert sorted(told, key=lambda each: each[1]) == told


def entry(incident: Incident) -> tuple[str, str]:
    """What an entry says, and when it was updated."""
    tree = etree.fromstring(feed([incident], "fra1", NOW).encode(), STRICT)
    (shown,) = tree.findall("a:entry", ATOM)
    title, summary, updated = (
        str(shown.xpath(f"string(a:{name})", namespaces=ATOM))
        for name in ("title", "summary", "updated")
    )
    return f"{title}: {summary}", updated


def test_the_feed_is_bounded_and_may_be_empty() -> None:
    many = [replace(INCIDENT, id=str(number)) for number in range(MOST_ENTRIES + 5)]
    for incidents, count in ((many, MOST_ENTRIES), ([], 0)):
        tree = etree.fromstring(feed(incidents, "fra1", NOW).encode(), STRICT)
        assert len(tree.findall("a:entry", ATOM)) == count
        assert tree.find("a:updated", ATOM) is not None


@pytest.mark.parametrize("verdict", Verdict)
async def test_a_badge_tells_the_verdict_in_words_and_colour(verdict: Verdict) -> None:
    made = board(status(verdict))
    async with serving(Served(board=made)) as client, client.get("/badge/acme.svg") as answer:
        assert answer.content_type == "image/svg+xml"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        tree = etree.fromstring(await answer.read(), STRICT)
    name, word = texts(tree, "//*[local-name()='text']/text()")
    assert name == "acme"
    assert tree.xpath("string(//*[local-name()='title'])") == f"acme: {word}"
    assert texts(tree, "//@fill")[1] == COLOURS[verdict]


async def test_an_unknown_service_has_no_badge_and_an_unseen_one_says_so() -> None:
    served = Served(board=board(configured=settings("acme")))
    async with serving(served) as client:
        async with client.get("/badge/none.svg") as answer:
            assert answer.status == 404
        async with client.get("/badge/acme.svg") as answer:
            assert "Not looked yet" in await answer.text()
