"""Variables out of answers, by every source."""

import asyncio
import time
from collections.abc import Iterator
from itertools import chain
from threading import Event
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lookout import always, anything, look, web_server
from lxml import etree
from lxml.cssselect import CSSSelector
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from probe.config.transaction.steps import Extract
from probe.model.outcome import Blame, Outcome
from probe.observing.answers.answer import Answer
from probe.observing.answers.extraction import LONGEST, LONGEST_PUBLIC, Extraction, extract
from probe.observing.answers.page import _WORKERS, elements

PAGE = """<?xml version="1.0" encoding="iso-8859-1"?><!doctype html><form>
<input type=hidden name="csrf" value="00123&amp;é"><p class=x> some <b>bold</b> text </p>tail
<input checked type=checkbox name=box></form>"""
JSON = '{"s": "00123", "n": 1.50, "b": true, "z": null, "o": {"a": [1, "é"]}, "e": ""}'


def answer(body: str | bytes) -> Answer:
    return Answer(
        status=200,
        url=URL("http://localhost/"),
        http_version="1.1",
        headers=CIMultiDictProxy(CIMultiDict([("X-Token", "t1"), ("X-Token", "t2")])),
        charset="utf-8",
        body=body if isinstance(body, bytes) else body.encode(),
    )


async def found(body: str | bytes, **source: str) -> str | Extraction:
    wanted = {"v": Extract.model_validate(source)}
    extraction = await extract(wanted, answer(body), {"session": "abc"})
    return extraction.found.get("v", extraction)


@pytest.mark.parametrize(
    ("body", "source", "text"),
    [
        (PAGE, {"css": "input[name=csrf]", "attribute": "value"}, "00123&é"),
        (PAGE, {"css": "p.x"}, "some bold text"),
        (PAGE, {"css": "input:checked", "attribute": "name"}, "box"),
        (JSON, {"json": "s"}, "00123"),
        (f"\ufeff{JSON}", {"json": "s"}, "00123"),
        (JSON, {"json": "n"}, "1.5"),
        (JSON, {"json": "b"}, "true"),
        (JSON, {"json": "o"}, '{"a": [1, "é"]}'),
        (JSON, {"json": "e"}, ""),
        ('{"u": "\\ud800"}', {"json": "u"}, "?"),
        ("a=1 b=22", {"regex": r"b=(\d+)"}, "22"),
        ("a=1 b=22", {"regex": r"b=\d+"}, "b=22"),
        ("", {"header": "x-token"}, "t1"),
        ("", {"cookie": "session"}, "abc"),
        ("a=%7B%c3%A9+%zz", {"regex": "a=(.*)", "decode": "url"}, "{é+%zz"),
    ],
)
async def test_a_variable_is_found(body: str, source: dict[str, str], text: str) -> None:
    assert await found(body, **source) == text


@pytest.mark.parametrize(
    ("body", "source", "actual"),
    [
        (PAGE, {"css": "input[name=other]"}, "not found"),
        (PAGE, {"css": "p", "attribute": "value"}, "not found"),
        ("", {"css": "p"}, "not found"),
        ("<!-- nothing", {"css": "p"}, "not found"),
        (JSON, {"json": "missing"}, "not found"),
        (JSON, {"json": "z"}, "not found"),
        ("<html>", {"json": "s"}, "not JSON"),
        ('{"n": NaN}', {"json": "n"}, "not JSON"),
        ("[" * 100_000, {"json": "n"}, "not JSON: nested too deeply"),
        (JSON, {"json": "length(n)"}, "does not fit the document"),
        (JSON, {"json": "ceil(s)"}, "does not fit the document: ceil() takes number, not string"),
        ('{"n": 1e999}', {"json": "ceil(n)"}, "does not fit the document"),
        (f"[{'9' * 400}, 0.5]", {"json": "sum(@)"}, "does not fit the document"),
        ("x", {"regex": "(y)"}, "not found"),
        ("x", {"regex": "x|(y)"}, "not found"),
        ("a" * 5000 + "!", {"regex": "(a|aa)+$"}, "took too long"),
        ("x" * (LONGEST + 1), {"regex": "x+"}, f"is longer than {LONGEST} characters"),
        ("", {"header": "X-None"}, "not found"),
        ("", {"cookie": "none"}, "not found"),
    ],
)
async def test_what_is_not_found_says_so(body: str, source: dict[str, str], actual: str) -> None:
    extraction = await found(body, **source)
    assert isinstance(extraction, Extraction)
    (check,) = extraction.checks
    assert (check.name, check.passed) == ("extract v", False)
    assert actual in check.actual


async def test_what_is_public_may_be_longer_and_is_bounded_too() -> None:
    for length, is_found in ((LONGEST_PUBLIC, True), (LONGEST_PUBLIC + 1, False)):
        wanted = {"v": Extract(regex="x+", public=True)}
        extraction = await extract(wanted, answer("x" * length), {})
        assert ("v" in extraction.found) is is_found


async def test_an_assertion_of_saml_with_all_of_its_signatures_is_a_variable() -> None:
    assertion = "A" * 60_000
    page = f"<input type=hidden name=SAMLResponse value={assertion}>"
    assert await found(page, css="input[name=SAMLResponse]", attribute="value") == assertion


@settings(max_examples=50)
@given(st.binary(max_size=300))
async def test_any_bytes_give_a_text_or_a_check(body: bytes) -> None:
    for source in ({"css": "p"}, {"json": "a.b"}, {"regex": "(.*)b"}):
        result = await found(body, **source)
        assert isinstance(result, str) or len(result.checks) == 1


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 200_000,
        "<p>" + "".join(f"<b a={i}>" for i in range(20_000)) + "<p>x</p>" * 20_000,
        "<table>" * 100_000,
        "<!--" * 100_000,
        "&" * 500_000,
    ],
)
async def test_a_page_that_is_built_to_be_slow_is_not(page: str) -> None:
    before = time.monotonic()
    await found(page, css="input[name=csrf]", attribute="value")
    assert time.monotonic() - before < 3


NESTED = "<div>" * 200 + "</div>" * 200
MUCH = {
    "nested": NESTED * 50 + "<div><input name=csrf value=x>",
    "beneath": "<div>" * 200 + "<i>x</i>" * 20_000 + "<input name=csrf value=x>",
}


@pytest.mark.parametrize("page", MUCH.values(), ids=MUCH)
@pytest.mark.parametrize(
    "selector",
    ["div input", "div div div b", "div > div div > i, b, b i", "* * * i", "div:has(div) div i"],
)
async def test_a_selector_that_looks_inside_of_others_takes_long_on_no_page(
    page: str, selector: str
) -> None:
    before = time.monotonic()
    await found(page, css=selector, attribute="value")
    assert time.monotonic() - before < 3
    assert await found(page, css="body div input[name=csrf]", attribute="value") == "x"


TAGS = st.sampled_from("abc")
BRANCHES = st.recursive(
    TAGS.map("<{0} class={0}>x</{0}>".format),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)
PARTS = st.one_of(
    TAGS,
    st.sampled_from(["*", ".a", "b:has(c)", "c:not(.c)", "a:first-child", "*:contains('x')"]),
)
CHAINS = st.lists(
    st.tuples(PARTS, st.sampled_from([" ", " ", " > ", " + ", " ~ ", ", "])), min_size=1, max_size=5
).map(lambda parts: "".join(chain.from_iterable(parts)).rstrip(" >+~,"))


@given(st.lists(BRANCHES, min_size=1, max_size=4).map("".join), CHAINS)
def test_a_selector_finds_what_lxml_finds_in_the_same_order(page: str, selector: str) -> None:
    tags = [element.tag for element in elements(answer(f"<main>{page}</main>"), selector)]
    document = etree.HTML(f"<main>{page}</main>".encode())
    found = cast("list[etree._Element]", CSSSelector(selector, translator="html")(document))
    assert tags == [each.tag for each in found]


@pytest.fixture
def crowded() -> Iterator[None]:
    """Other services' pages keep all of the threads busy."""
    over = Event()
    for _ in range(2):
        _WORKERS.submit(over.wait)
    yield
    over.set()


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize(
    "step", ["{request: GET $url/, extract: {v: {css: p}}}", "{request: SUBMIT form}"]
)
async def test_a_page_that_nobody_was_free_to_look_into_in_time_is_our_own_fault(step: str) -> None:
    async with web_server(anything(always(text=PAGE, content_type="text/html"))) as url:
        steps = f"- {{request: GET $url/}}\n- {step}".replace("$url", url)
        run = await look(steps, keys="timeout: 200ms")
    assert (run.outcome, run.blame, run.failed_phase) == (Outcome.UNOBSERVED, Blame.PROBER, None)
    assert "no thread" in run.steps[1].evidence.error


@pytest.mark.usefixtures("crowded")
async def test_who_waits_for_a_thread_can_be_cancelled() -> None:
    waiting = asyncio.create_task(found(PAGE, css="p"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize(
    "selector", ["i ~ input", "input:nth-child(20001)", "input:last-child", "input:only-child"]
)
async def test_a_selector_that_compares_siblings_gives_up_where_they_are_too_many(
    selector: str,
) -> None:
    page = "<i></i>" * 20_000 + "<input name=csrf value=x>"
    before = time.monotonic()
    extraction = await found(page, css=selector, attribute="value")
    assert isinstance(extraction, Extraction)
    assert extraction.checks[0].actual.startswith("a page of too many siblings")
    assert time.monotonic() - before < 3
    assert await found(page, css="input[name=csrf]", attribute="value") == "x"
    page = "<i></i>" * 1000 + "<input name=csrf value=x>"
    assert await found(page, css="i ~ input", attribute="value") == "x"
