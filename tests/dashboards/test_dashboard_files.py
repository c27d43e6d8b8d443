"""What is checked in is what the source builds, in the shape that Grafana 10 and later read."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from dashboard_rules import panels

from dashboards.source.files import BOARDS, FOLDER, texts
from dashboards.source.frame import Board
from dashboards.source.words import (
    AGREEMENT,
    CLAIMS,
    DARK_PURPLE,
    IMPAIRED_ADDS,
    MAINTENANCE_ADDS,
    NETWORK,
    PRESENCE,
    PURPLE,
    RAW,
    RELOADS,
    STANDINGS,
    STATES,
    VERDICTS,
    Word,
)
from probe.model.claim import ClaimState
from probe.model.state import State, Verdict
from probe.reporting.metrics.path import MAINTENANCE

TEXTS = texts()
DASHBOARDS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in TEXTS.items()}
each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)


def test_the_checked_in_bytes_are_what_the_source_builds() -> None:
    checked_in = {file.name: file.read_bytes() for file in FOLDER.iterdir()}
    assert checked_in == {name: text.encode() for name, text in TEXTS.items()}


def test_building_twice_gives_the_same() -> None:
    assert texts() == TEXTS


@each_dashboard
def test_a_dashboard_is_of_the_classic_schema_and_belongs_to_nobody(
    dashboard: dict[str, Any],
) -> None:
    assert dashboard["schemaVersion"] == 39
    assert dashboard["editable"] is False
    assert "id" not in dashboard


@each_dashboard
def test_nothing_hides_links_and_annotations(dashboard: dict[str, Any]) -> None:
    shown = [*dashboard["links"], *dashboard["annotations"]["list"]]
    assert len(shown) == 4
    assert not any("placement" in each or each.get("hide") for each in shown)


def test_the_uids_are_what_others_link_to() -> None:
    uids = {f"splitprobe-{name}" for name in ("overview", "service", "path", "self")}
    assert {dashboard["uid"] for dashboard in DASHBOARDS.values()} == uids


@each_dashboard
def test_a_dashboard_links_to_the_three_others_and_keeps_variables_and_time(
    dashboard: dict[str, Any],
) -> None:
    others = {f"/d/{each['uid']}" for each in DASHBOARDS.values()} - {f"/d/{dashboard['uid']}"}
    assert {link["url"] for link in dashboard["links"]} == others
    assert all(link["keepTime"] and link["includeVars"] for link in dashboard["links"])


@each_dashboard
def test_a_dashboard_has_the_promised_variables(dashboard: dict[str, Any]) -> None:
    names = [variable["name"] for variable in dashboard["templating"]["list"]]
    assert names[:5] == ["datasource", "job", "instance", "service", "location"]


@each_dashboard
def test_panels_have_ids_of_their_own_and_do_not_overlap(dashboard: dict[str, Any]) -> None:
    every = list(panels(dashboard))
    ids = [panel["id"] for panel in every]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in every)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(ids)) == len(ids)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23


@each_dashboard
def test_a_stat_says_how_it_reduces_and_what_it_shows_for_nothing(
    dashboard: dict[str, Any],
) -> None:
    for panel in panels(dashboard):
        assert panel["fieldConfig"]["defaults"]["noValue"]
        if panel["type"] == "stat":
            assert panel["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]


@pytest.mark.parametrize(
    ("words", "values"),
    [(VERDICTS, Verdict), (STATES, (*State, MAINTENANCE)), (CLAIMS, ClaimState)],
)
def test_every_value_that_the_daemon_exports_has_a_word(
    words: tuple[Word, ...], values: Iterable[str]
) -> None:
    assert sorted(word.value for word in words) == sorted(values)


def test_no_colour_stands_without_a_word_and_no_two_words_share_a_code() -> None:
    for words in (STANDINGS, STATES, CLAIMS, RAW, PRESENCE, RELOADS, NETWORK, AGREEMENT):
        assert all(word.text and word.colour for word in words)
        assert len({word.code for word in words}) == len(words)


def test_purple_is_the_split_alone() -> None:
    every = (*STANDINGS, *STATES, *CLAIMS, *RAW, *PRESENCE, *RELOADS, *NETWORK, *AGREEMENT)
    assert [word.text for word in every if word.colour in {PURPLE, DARK_PURPLE}] == [
        "LOGIN DOWN · API UP",
        "LOGIN DOWN · API IMPAIRED",
        "LOGIN DOWN · API IN MAINTENANCE",
    ]


def test_a_plane_that_is_not_down_is_told_with_its_own_state() -> None:
    beside = {"UP": 0, "IMPAIRED": IMPAIRED_ADDS, "IN MAINTENANCE": MAINTENANCE_ADDS}
    for verdict in (word for word in VERDICTS if word.text.endswith(" UP")):
        told = {word.text: word.code for word in STANDINGS if word.value == verdict.value}
        down = verdict.text.removesuffix("UP")
        assert told == {f"{down}{state}": verdict.code + adds for state, adds in beside.items()}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_dashboard_says_what_it_is_for(board: Board) -> None:
    assert board.description
