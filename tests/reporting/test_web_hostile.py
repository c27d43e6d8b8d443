"""Foreign text stays text: it adds no element, no attribute, no address, and hides nothing."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from web_stage import LOGIN_DOWN, NOW, Served, board, failed, path, serving, status

from probe.model.claim import Claim, ClaimState, Owner
from probe.model.event import IncidentUpdated, MaintenanceTurned, Observed, Reloaded
from probe.model.incident import Incident, Transition
from probe.model.maintenance import Window
from probe.model.state import State, Verdict
from probe.reporting.board import Board
from probe.reporting.legible import cut, legible
from probe.reporting.web.html.layout import Page

pytestmark = pytest.mark.unwatched  # each text goes the way of one
PAYLOADS = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "</title></textarea></style></noscript></pre></svg><script>alert(1)</script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "{# gone #}",
    "${7*7}",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "%3Cscript%3E",
    "../../../etc/passwd",
    "\\u003cscript\\u003e",
    "event: changed\n\ndata: x",
    "a\r\nSet-Cookie: b=c",
    "e\u0301" * 40,
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "x" * 100_000,
    "<" * 5_000,
    " ",
    "\n",
)
QUOTES = tuple(f"{mark} autofocus onfocus=alert(1) {mark}>" for mark in ("'", '"', "`", "\\'", ""))
UNSEEN = tuple(
    f"gpj{chr(point)}.exe"
    for point in (
        *range(0x20),
        *range(0x7F, 0xA1),
        0xAD,
        0x61C,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        0xD800,
        0xDFFF,
        0xFEFF,
        *range(0xFFF0, 0x10000),
        0xE0001,
        0xE0041,
        0x10FFFF,
    )
)
WRAPPED = tuple(
    f"{before}{payload}{after}"
    for before, after in (("'\">", ""), ("\u202e", "\u202c"), ("\x00", "\x1b[2J"), ("&", ";"))
    for payload in PAYLOADS[:24]
)
HOSTILE = (*PAYLOADS, *QUOTES, *UNSEEN, *WRAPPED)
LYING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def everywhere(text: str) -> Board:
    """A board with `text` in every field that can hold foreign text."""
    seen = failed(text)
    resting = Window(service="acme", name=text, whose=Owner.VENDOR, since=NOW - 60, until=NOW + 60)
    down = path("login", State.DOWN, last_run=seen, last_failure=seen)
    down = replace(down, maintenance=resting)
    incident = Incident(
        id=text,
        service=text,
        opened_at=NOW - 60,
        confirmed_at=NOW - 50,
        worst=Verdict.OUTAGE,
        down_s={text: 5.0},
        signature=text,
        transitions=(
            Transition(
                service=text,
                at=NOW - 50,
                old=Verdict.HEALTHY,
                new=Verdict.OUTAGE,
                reason=text,
                causes=(text,),
            ),
        ),
    )
    held = replace(
        status(Verdict.CONTROL_PLANE_DOWN, down, planes=LOGIN_DOWN),
        incident=incident,
    )
    made = board()
    made.handle(Observed(run=seen, status=held))
    ahead = replace(resting, since=NOW + 90, until=NOW + 120)
    made.handle(MaintenanceTurned(status=held, held=(resting,), ahead=(ahead,)))
    made.handle(IncidentUpdated(incident=incident, status=held))
    made.handle(Reloaded(at=NOW, successful=False, problem=text))
    state = ClaimState.MAJOR_OUTAGE
    made.seed(claims=[Claim(service="acme", component=text, state=state, seen_at=NOW, words=text)])
    return made


def skeleton(tree: LexborHTMLParser) -> list[tuple[str, list[str]]]:
    """Every element with the names of its attributes: what a browser would build."""
    return [(node.tag or "", sorted(node.attributes)) for node in tree.css("*")]


PAGE = Page()
HARMLESS = skeleton(LexborHTMLParser(PAGE.render(everywhere("harmless").picture(), NOW)))


def assert_inert(text: str) -> None:
    html = PAGE.render(everywhere(text).picture(), NOW)
    assert html.encode()
    tree = LexborHTMLParser(html)
    assert skeleton(tree) == HARMLESS
    assert LYING.search(html) is None
    links = [node.attributes.get("href") for node in tree.css("[href]")]
    assert all(link and link.startswith(("./", "#", "data:image/svg+xml,")) for link in links)


def test_there_are_some_hundreds_of_hostile_strings() -> None:
    assert len(HOSTILE) > 200


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:40])
def test_hostile_text_changes_nothing_of_the_page_but_its_words(text: str) -> None:
    assert_inert(text)


@given(st.text(min_size=1))
def test_no_text_at_all_changes_anything_of_the_page_but_its_words(text: str) -> None:
    assert_inert(text)


async def test_hostile_text_comes_through_the_api_unchanged_and_inert() -> None:
    for text in HOSTILE:
        served = Served(board=everywhere(text))
        async with serving(served) as client:
            for route in ("services/acme", "incidents"):
                async with client.get(f"/api/v1/{route}") as answer:
                    body = await answer.read()
                assert answer.content_type == "application/json"
                assert body.isascii()
                assert not set(b"<>&") & set(body)
                assert text in _strings(json.loads(body))


async def test_a_hostile_incident_name_is_found_or_not_and_breaks_nothing() -> None:
    async with serving(Served(board=everywhere("a/../b?<c>"))) as client:
        async with client.get("/api/v1/incidents/a%2F..%2Fb%3F%3Cc%3E") as answer:
            assert answer.status == 200
        async with client.get("/api/v1/incidents/%3Cscript%3E") as answer:
            assert answer.status == 404
            assert b"<" not in await answer.read()


def test_what_cannot_be_seen_is_spelled_out_and_lines_stay_lines() -> None:
    assert legible("a\u202eb\x00\x1b\ud800") == "a\\u202eb\\u0000\\u001b\\ud800"
    assert legible("a\n\tb é 漢 שלום") == "a\n\tb é 漢 שלום"


def test_what_is_long_is_cut_with_a_sign() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"


def _strings(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return {text for key, item in value.items() for text in {key} | _strings(item)}
    if isinstance(value, list):
        return {text for item in value for text in _strings(item)}
    return set()
