"""What each format says, however its documents are made."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendor_page import incident, states, summary, watched

from probe.config.vendor import Component, StatusPage
from probe.model.claim import PAGE, Claim, ClaimState, Maintenance, Post, Stage
from probe.observing.answers.document import Unreadable
from probe.observing.vendor.formats import FORMATS, recognized
from probe.observing.vendor.page_content import MOST_COMPONENTS, PageContent
from probe.observing.vendor.page_history import (
    MOST_POSTS,
    MOST_REMEMBERED,
    Known,
    News,
    PageHistory,
)

ULID = "01JXR4TDQ0GSWTQQ1YCHM7W4PK"
PRODUCT, OTHER = "kzGfErQK3HzkFhptoeHH", "Z0FZJAMvEB4j3NbCJs6B"


def told(document: object, components: dict[str, str]) -> list[News]:
    """All that a reader of these components is told by one document."""
    form = recognized(document)
    memory = PageHistory(watched(components), Known())
    return list(memory.take_main(form.main.read(document), 1000.0, whole=form.whole))


def claims(document: object, components: dict[str, str]) -> dict[str, Claim]:
    return {one.component: one for one in told(document, components) if isinstance(one, Claim)}


def posts(document: object, components: dict[str, str]) -> list[Post]:
    return [one for one in told(document, components) if isinstance(one, Post)]


def google(**keys: object) -> dict[str, object]:
    return {
        "id": "g1",
        "begin": "2026-03-02T11:00:00+00:00",
        "end": None,
        "external_desc": "Login errors",
        "affected_products": [{"id": PRODUCT, "title": "Sign-in"}],
        "most_recent_update": {"when": "2026-03-02T11:30:00+00:00", "status": "SERVICE_OUTAGE"},
        "status_impact": "SERVICE_DISRUPTION",
        "updates": [
            {"created": "b", "when": "2026-03-02T11:30:00+00:00", "text": "Still looking"},
            {"created": "a", "when": "2026-03-02T11:10:00+00:00", "text": "Looking"},
        ],
        **keys,
    }


def test_all_components_are_read_where_none_is_named() -> None:
    document = summary(**{f"c{i}": "operational" for i in range(50)})
    document["components"].insert(0, {"id": "g", "name": "Group", "status": "x", "group": True})
    document["components"].insert(1, {"id": "n", "name": "2 é /\n" + "x" * 99, "status": "odd"})
    document["components"].insert(2, {"id": "p", "name": "page", "status": "operational"})
    said = claims(document, {})
    assert len(said) == MOST_COMPONENTS + 1
    assert list(said)[:3] == [PAGE, "c_2_" + "x" * 62, "page_"]
    assert said["c_2_" + "x" * 62].state is ClaimState.UNKNOWN


def test_a_component_that_is_gone_is_unknown() -> None:
    assert claims(summary(), {"a": "login"})["login"].state is ClaimState.UNKNOWN


def test_components_are_told_by_their_ids_whatever_their_names() -> None:
    document = summary(a="major_outage", b="operational")
    document["components"][0]["name"] = "B"
    said = claims(document, {"a": "login", "b": "api"})
    assert said["login"].state is ClaimState.MAJOR_OUTAGE
    assert said["api"].state is ClaimState.OPERATIONAL


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
    said = claims(document, {"a": "login", "b": "api"})
    assert said[PAGE].state is ClaimState.MAJOR_OUTAGE
    assert said["login"].words.startswith("Login errors!!!")
    assert len(said["login"].words) == 200
    assert said["api"].words == ""
    assert posts(document, {"a": "login"})[1].bears_at == 1_772_449_200.0


def test_a_component_does_not_carry_the_words_of_an_incident_that_names_others() -> None:
    document = summary(a="major_outage")
    document["incidents"] = [incident("i1", "investigating", components=["z"])]
    assert claims(document, {"a": "login"})["login"].words == ""
    (post,) = posts(document, {"a": "login"})
    assert (post.ours, post.components) == (False, ())


def test_every_update_of_an_incident_is_told_in_its_order_with_its_times() -> None:
    document = summary(a="major_outage")
    document["incidents"] = [incident("i1", "investigating", "monitoring", components=["a", "z"])]
    one, two = posts(document, {"a": "login"})
    assert (one.stage, two.stage) == (Stage.INVESTIGATING, Stage.MONITORING)
    assert one.bears_at is not None
    assert two.bears_at == one.bears_at + 3600
    assert (two.components, two.ours, two.title) == (("login",), True, "Errors i1")
    assert two.began_at == one.bears_at - 600


def test_affected_components_of_an_update_name_the_incidents_own() -> None:
    document = summary(a="major_outage")
    affected = incident("i1", "investigating")
    affected["incident_updates"][0]["affected_components"] = [{"code": "a"}, None, 7]
    document["incidents"] = [affected]
    assert posts(document, {"a": "login"})[0].components == ("login",)


def test_the_times_of_a_page_are_instants_in_any_zone() -> None:
    document = summary(a="operational")
    at = {}
    for n, text in enumerate(("2026-03-02T12:00:00+01:00", "2026-03-02T11:00:00Z", "tomorrow", 7)):
        document["components"][0]["updated_at"] = text
        at[n] = claims(document, {"a": "login"})["login"].bears_at
    assert at == {0: 1_772_449_200.0, 1: 1_772_449_200.0, 2: None, 3: None}


def test_incident_io_is_recognized_by_the_id_of_its_page() -> None:
    document = summary(a="operational")
    assert recognized(document) is FORMATS["statuspage"]
    document["page"]["id"] = ULID
    assert recognized(document) is FORMATS["incident_io"]


def test_an_incident_of_incident_io_names_nobody_and_may_be_ours() -> None:
    document = summary(a="partial_outage")
    document["page"]["id"] = ULID
    document["incidents"] = [incident("i1", "investigating")]
    (post,) = posts(document, {"a": "login"})
    assert (post.ours, post.components) == (True, ())
    assert claims(document, {"a": "login"})["login"].words == "Errors i1: investigating"


def test_google_cloud_names_the_products_that_open_incidents_hit() -> None:
    said = claims([google()], {PRODUCT: "login", OTHER: "api"})
    assert said["login"].state is ClaimState.MAJOR_OUTAGE
    assert said["login"].bears_at == 1_772_451_000.0
    assert said["api"].state is ClaimState.OPERATIONAL
    assert said[PAGE].state is ClaimState.MAJOR_OUTAGE
    assert [post.words for post in posts([google()], {PRODUCT: "login"})] == [
        "Looking",
        "Still looking",
    ]


def test_an_incident_of_google_cloud_that_has_an_end_is_over() -> None:
    ended = [google(end="2026-03-02T12:00:00+00:00")]
    assert set(states(told(ended, {PRODUCT: "login"})).values()) == {ClaimState.OPERATIONAL}
    last = posts(ended, {PRODUCT: "login"})[-1]
    assert (last.stage, last.bears_at) == (Stage.RESOLVED, 1_772_452_800.0)


def test_a_notice_of_google_cloud_is_no_trouble() -> None:
    notice = google(most_recent_update={}, status_impact="SERVICE_INFORMATION")
    assert claims([notice], {PRODUCT: "login"})["login"].state is ClaimState.OPERATIONAL


@pytest.mark.parametrize(
    "document", [None, 7, "all is well", [], {}, [[]], {"status": "ok"}, {"components": []}]
)
def test_what_has_no_format_is_unreadable(document: object) -> None:
    with pytest.raises(Unreadable, match="none of the known formats"):
        recognized(document)


def test_what_a_page_edits_is_told_again_and_what_it_repeats_is_not() -> None:
    document = summary(a="major_outage")
    document["incidents"] = [incident("i1", "investigating")]
    form = recognized(document)
    memory = PageHistory(watched({"a": "login"}), Known())

    def news(at: float) -> list[News]:
        return list(memory.take_main(form.main.read(document), at, whole=form.whole))

    first = news(1000.0)
    assert news(1060.0) == []
    document["incidents"][0]["incident_updates"][0]["body"] = "We never said so"
    (edited,) = news(1120.0)
    assert isinstance(edited, Post)
    assert (edited.words, edited.seen_at) == ("We never said so", 1120.0)
    remembered = Known(
        claims=tuple(one for one in first if isinstance(one, Claim)), posts=(edited,)
    )
    memory = PageHistory(watched({"a": "login"}), remembered)
    assert news(1180.0) == []


def test_updates_that_share_an_id_are_told_once_and_not_without_end() -> None:
    document = summary(a="major_outage")
    document["incidents"] = [incident("i1", "investigating", "identified", "monitoring")]
    for update in document["incidents"][0]["incident_updates"]:
        update["id"] = "same"
    form = recognized(document)
    memory = PageHistory(watched({"a": "login"}), Known())
    heard = [
        one
        for _ in range(3)
        for one in memory.take_main(form.main.read(document), 1000.0, whole=form.whole)
        if isinstance(one, Post)
    ]
    assert [post.stage for post in heard] == [Stage.INVESTIGATING]


def test_what_one_reading_tells_is_bounded_and_the_next_one_tells_the_rest() -> None:
    document = summary(a="major_outage")
    document["incidents"] = [incident(f"i{n}", *["identified"] * 15) for n in range(20)]
    form = recognized(document)
    memory = PageHistory(watched({"a": "login"}), Known())
    counts = [
        sum(isinstance(one, Post) for one in memory.take_main(content, 1000.0, whole=form.whole))
        for content in [form.main.read(document)] * 3
    ]
    assert counts == [MOST_POSTS, 300 - MOST_POSTS, 0]


def test_a_completed_maintenance_that_stays_listed_is_told_once() -> None:
    document = summary(a="operational")
    document["scheduled_maintenances"] = [incident("m1", "scheduled", "completed")]
    form = recognized(document)
    memory = PageHistory(watched({"a": "login"}), Known())
    works = [
        one
        for _ in range(3)
        for one in memory.take_main(form.main.read(document), 1000.0, whole=form.whole)
        if isinstance(one, Maintenance)
    ]
    assert [work.stage for work in works] == [Stage.COMPLETED]


FRONT, API = Component(name="front", paths=("usage", "login")), Component(name="api")


@pytest.mark.parametrize(
    ("named", "paths"),
    [(["a"], ("login", "usage")), (["a", "b"], ()), (["a", "x"], ("login", "usage")), ([], ())],
    ids=str,
)
def test_a_maintenance_concerns_the_paths_that_its_components_speak_for(
    named: list[str], paths: tuple[str, ...]
) -> None:
    told = [(work.paths, work.ours, work.spares) for work in planned(named)]
    assert told == [(paths, True, True)]


def test_a_maintenance_of_components_that_nobody_watches_is_none_of_ours() -> None:
    assert [work.ours for work in planned(["x"])] == [False]


def test_a_maintenance_that_is_not_wanted_is_told_and_spares_nothing() -> None:
    assert [work.spares for work in planned(["a"], maintenance=False)] == [False]


def planned(named: list[str], *, maintenance: bool = True) -> list[Maintenance]:
    """The maintenances that a memory hears of, of one that names these components."""
    page = StatusPage(url="http://localhost", maintenance=maintenance)
    keys = {"status_page": page, "components": {"a": FRONT, "b": API}}
    document = summary(a="operational", b="operational")
    document["scheduled_maintenances"] = [incident("m1", "scheduled", components=named)]
    form = recognized(document)
    memory = PageHistory(watched().model_copy(update=keys), Known())
    news = memory.take_main(form.main.read(document), 1000.0, whole=form.whole)
    return [one for one in news if isinstance(one, Maintenance)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
TIMES = JSON | st.sampled_from(["2026-03-02T11:00:00Z", "0001-01-01T00:00:00+14:00"])
UPDATES = JSON | st.lists(
    JSON
    | st.fixed_dictionaries(
        {
            "id": JSON,
            "status": JSON | st.sampled_from(Stage),
            "body": JSON,
            "display_at": TIMES,
            "affected_components": JSON | st.lists(st.fixed_dictionaries({"code": JSON})),
        }
    ),
    max_size=3,
)
INCIDENTS = JSON | st.lists(
    JSON
    | st.fixed_dictionaries(
        {
            "id": JSON | st.sampled_from(["i1", "i2"]),
            "name": JSON,
            "status": JSON | st.sampled_from(Stage),
            "created_at": TIMES,
            "components": JSON,
            "incident_updates": UPDATES,
            "begin": TIMES,
            "end": TIMES,
            "external_desc": JSON,
            "affected_products": JSON | st.lists(st.fixed_dictionaries({"id": JSON})),
            "most_recent_update": JSON,
            "updates": UPDATES,
        }
    ),
    max_size=3,
)
SHAPED = st.fixed_dictionaries(
    {
        "page": JSON | st.fixed_dictionaries({"id": st.just(ULID), "updated_at": TIMES}),
        "status": st.fixed_dictionaries({"indicator": st.text(max_size=5)}),
        "components": st.lists(
            JSON | st.fixed_dictionaries({"name": JSON, "status": JSON, "updated_at": TIMES})
        ),
        "incidents": INCIDENTS,
        "scheduled_maintenances": INCIDENTS,
    }
)


@given(JSON | SHAPED | INCIDENTS)
def test_any_document_is_words_or_unreadable(document: object) -> None:
    with suppress(Unreadable):
        news = told(document, {"a": "login"})
        assert {PAGE, "login"} == set(states(news))


@given(st.sampled_from(list(FORMATS)), JSON | SHAPED | INCIDENTS)
def test_any_document_in_any_place_is_a_sheet_or_unreadable(name: str, document: object) -> None:
    form = FORMATS[name]
    for place in (form.main, form.history, form.components):
        if place is not None:
            with suppress(Unreadable):
                assert isinstance(place.read(document), PageContent)


HISTORIES = st.lists(st.tuples(SHAPED | INCIDENTS, st.booleans()), max_size=4)


@given(HISTORIES)
def test_whatever_a_page_says_over_time_a_restart_tells_nothing_twice(
    history: list[tuple[object, bool]],
) -> None:
    memory, heard, last = PageHistory(watched({"a": "login"}), Known()), list[News](), None
    for document, past in history:
        with suppress(Unreadable):
            form = recognized(document)
            content = form.main.read(document)
            words = (
                memory.take_history(content, 1.0)
                if past
                else memory.take_main(content, 1.0, whole=form.whole)
            )
            heard += words
            last = None if past else (content, form.whole)
    if last is not None:
        again = PageHistory(
            watched({"a": "login"}),
            Known(
                claims=tuple(one for one in heard if isinstance(one, Claim)),
                posts=tuple(one for one in heard if isinstance(one, Post)),
                maintenances=tuple(one for one in heard if isinstance(one, Maintenance)),
            ),
        )
        assert list(again.take_main(last[0], 2.0, whole=last[1])) == []


@pytest.mark.unwatched  # each goes the way of the first
def test_a_document_full_of_incidents_is_read_within_bounds() -> None:
    listed = [
        google(id=f"g{n}", affected_products=[{"id": f"p{n}-{m}"} for m in range(9)])
        for n in range(4000)
    ]
    began = time.perf_counter()
    news = told(json.loads(json.dumps(listed)), {PRODUCT: "login"})
    assert time.perf_counter() - began < 2
    assert len(news) < 100


@pytest.mark.unwatched  # each goes the way of the first
def test_the_memory_of_posts_is_bounded() -> None:
    memory = PageHistory(watched({"a": "login"}), Known())
    document = summary(a="operational")
    for n in range(MOST_REMEMBERED // 20 + 30):
        document["incidents"] = [incident(f"i{n}-{m}", "resolved") for m in range(20)]
        form = recognized(document)
        assert list(memory.take_main(form.main.read(document), 1000.0, whole=form.whole))
    assert len(memory._posts) == MOST_REMEMBERED
