"""What a status page says, and what it says when it cannot be read: nothing."""

import json
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from lookout import StandIn, anything, settings, web_server

from probe.config.settings import Service
from probe.config.vendor import Component, StatusPage
from probe.model.claim import ClaimState
from probe.model.clock import Clock
from probe.observing.claims import ClaimReader
from probe.observing.document import Unreadable
from probe.observing.statuspage import MOST_COMPONENTS, PAGE, statements

CLOCK = Clock(now=lambda: 1000.0, monotonic=lambda: 0.0)


def watched(url: str | None, components: dict[str, str] | None = None) -> Service:
    paths = "- {name: path, plane: data, steps: [{request: GET http://localhost/}]}"
    page = None if url is None else StatusPage(url=url)
    named = {key: Component(name=name) for key, name in (components or {}).items()}
    return settings(paths).services[0].model_copy(update={"status_page": page, "components": named})


def summary(**states: str) -> dict[str, Any]:
    components = [
        {"id": key, "name": key.title(), "status": state, "updated_at": "2026-03-02T12:00:00+01:00"}
        for key, state in states.items()
    ]
    return {
        "page": {"updated_at": "2025-01-01T00:00:00Z"},
        "status": {"indicator": "none"},
        "components": components,
        "incidents": [],
    }


class Page:
    """A status page whose next answer the test sets."""

    def __init__(self) -> None:
        self.answer = web.Response
        self.keywords: dict[str, Any] = {}
        self.asked: list[str | None] = []

    def says(self, document: object, **headers: str) -> None:
        self.keywords = {"text": json.dumps(document), "headers": headers}

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers.get("If-None-Match"))
        return self.answer(**self.keywords)


async def test_a_service_without_a_page_makes_no_claim() -> None:
    assert await ClaimReader(watched(None), CLOCK, "me").read() == ()


async def test_only_what_changed_is_told() -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        reader = ClaimReader(watched(url, {"a": "login", "b": "api"}), CLOCK, "me")
        page.says(summary(a="operational", b="operational", c="major_outage"))
        first = await reader.read()
        assert {claim.component: claim.state for claim in first} == {
            PAGE: ClaimState.OPERATIONAL,
            "login": ClaimState.OPERATIONAL,
            "api": ClaimState.OPERATIONAL,
        }
        assert await reader.read() == ()
        page.says(summary(a="major_outage", b="operational"))
        (claim,) = await reader.read()
    assert (claim.component, claim.state) == ("login", ClaimState.MAJOR_OUTAGE)
    assert (claim.service, claim.seen_at, claim.bears_at) == ("it", 1000.0, 1_772_449_200.0)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 301, "headers": {"Location": "/elsewhere"}},
        {"status": 405},
        {"status": 304},
        {"text": "<html>all is well</html>"},
        {"text": "{}"},
        {"text": json.dumps(summary(a="operational")) + " " * 2**20},
        {"text": "[" * 100_000},
    ],
)
async def test_a_page_that_cannot_be_read_is_never_all_clear(answer: dict[str, Any]) -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        reader = ClaimReader(watched(url, {"a": "login"}), CLOCK, "me")
        page.says(summary(a="operational"))
        await reader.read()
        page.keywords = answer
        lost = await reader.read()
        page.says(summary(a="operational"))
        found = await reader.read()
    assert {claim.component: claim.state for claim in lost} == {
        "login": ClaimState.UNKNOWN,
        PAGE: ClaimState.UNKNOWN,
    }
    assert {claim.state for claim in found} == {ClaimState.OPERATIONAL}


async def test_a_page_that_is_not_there_is_unknown() -> None:
    reader = ClaimReader(watched("http://no-such-name.invalid", {"a": "login"}), CLOCK, "me")
    assert {claim.state for claim in await reader.read()} == {ClaimState.UNKNOWN}
    assert await reader.read() == ()


async def test_a_page_that_did_not_change_is_not_sent_again() -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        reader = ClaimReader(watched(url, {"a": "login"}), CLOCK, "me")
        page.says(summary(a="operational"), ETag='"1"')
        await reader.read()
        page.keywords = {"status": 304}
        assert await reader.read() == ()
    assert page.asked == [None, '"1"']


def test_all_components_are_read_where_none_is_named() -> None:
    document = summary(**{f"c{i}": "operational" for i in range(50)})
    document["components"].insert(0, {"id": "g", "name": "Group", "status": "x", "group": True})
    document["components"].insert(1, {"id": "n", "name": "2 é /\n" + "x" * 99, "status": "odd"})
    document["components"].insert(2, {"id": "p", "name": "page", "status": "operational"})
    said = statements(document, {})
    assert len(said) == MOST_COMPONENTS + 1
    assert list(said)[:3] == [PAGE, "c_2_" + "x" * 62, "page_"]
    assert said["c_2_" + "x" * 62].state is ClaimState.UNKNOWN


def test_a_component_that_is_gone_is_unknown() -> None:
    assert statements(summary(), {"a": "login"})["login"].state is ClaimState.UNKNOWN


def test_trouble_carries_the_words_of_the_newest_open_incident() -> None:
    document = summary(a="major_outage", b="operational")
    document["status"]["indicator"] = "critical"
    document["incidents"] = [
        {"name": "Old", "status": "monitoring", "created_at": "2026-03-01T00:00:00Z"},
        {
            "name": "Login\x1b errors" + "!" * 300,
            "status": "investigating",
            "created_at": "2026-03-02T00:00:00Z",
            "updated_at": "2026-03-02T11:00:00",
        },
        {"name": "Done", "status": "resolved", "created_at": "2026-03-03T00:00:00Z"},
    ]
    said = statements(document, {"a": "login", "b": "api"})
    assert said[PAGE].state is ClaimState.MAJOR_OUTAGE
    assert said[PAGE].bears_at == 1_772_449_200.0
    assert said["login"].words.startswith("Login errors!!!")
    assert len(said["login"].words) == 200
    assert said["api"].words == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
SHAPED = st.fixed_dictionaries(
    {
        "status": st.fixed_dictionaries({"indicator": st.text(max_size=5)}),
        "components": st.lists(
            JSON | st.fixed_dictionaries({"name": JSON, "status": JSON, "updated_at": JSON})
        ),
        "incidents": JSON,
    }
)


@given(JSON | SHAPED)
def test_any_document_is_statements_or_unreadable(document: object) -> None:
    with suppress(Unreadable):
        assert PAGE in statements(document, {})


async def test_the_stand_ins_own_page_can_be_read(stand_in: StandIn) -> None:
    reader = ClaimReader(watched(stand_in.url, {"web": "login", "api": "api"}), CLOCK, "me")
    claims = await reader.read()
    assert {claim.component for claim in claims} == {PAGE, "login", "api"}
    assert {claim.state for claim in claims} == {ClaimState.OPERATIONAL}
