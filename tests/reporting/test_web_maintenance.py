"""Maintenance is told in words, drawn as grey bands, and named in the API."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode
from test_web_api import get
from test_web_openapi import problems
from web_history import INCIDENT, kept
from web_stage import (
    CLOCK,
    LOGIN_DOWN,
    NOW,
    WEEKLY,
    Served,
    board,
    failed,
    path,
    run,
    serving,
    settings,
    status,
)

from probe.judging.maintenance import overlaid
from probe.model.claim import Maintenance, Owner, Stage
from probe.model.event import Announced, MaintenanceTurned
from probe.model.maintenance import Window
from probe.model.outcome import Outcome
from probe.model.state import Plane, State, Verdict
from probe.model.status import Spell
from probe.reporting.board import Board
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.web.drawing.bands import drawn
from probe.reporting.web.html.badge import COLOURS, badge
from probe.reporting.web.html.feed import feed
from probe.reporting.web.html.layout import Page
from probe.reporting.web.html.view import headline, summary

WHOLE = replace(WEEKLY, name="Move", whose=Owner.VENDOR, paths=())


def told(*held: Window, ahead: tuple[Window, ...] = (), api: State = State.UP) -> Board:
    """A board whose login is down, while the windows `held` are in force."""
    judged = status(
        Verdict.CONTROL_PLANE_DOWN,
        path("login", State.DOWN, last_run=failed(), last_failure=failed()),
        path("api", api),
        planes=LOGIN_DOWN,
    )
    made = board(judged)
    made.handle(MaintenanceTurned(status=overlaid(judged, held), held=held, ahead=ahead))
    return made


def shown(made: Board, *windows: Window) -> LexborHTMLParser:
    return LexborHTMLParser(Page().render(made.picture(), NOW, windows=windows))


def text(node: LexborNode | None) -> str:
    assert node is not None
    return " ".join(node.text(separator=" ").split())


def test_a_service_whose_failures_are_all_in_maintenance_is_in_maintenance() -> None:
    page = shown(told(WEEKLY))
    assert text(page.css_first("article .word")) == "In maintenance"
    assert text(page.css_first("title")).startswith("In maintenance · acme")
    assert [text(item) for item in page.css(".planes li")] == [
        "Control plane (login) in maintenance",
        "Data plane (API) up",
    ]
    assert [lamp.attributes["class"] for lamp in page.css(".planes .lamp")] == [
        "lamp unknown",
        "lamp up",
    ]


def test_a_path_in_maintenance_says_until_when_and_why_and_what_it_is_like() -> None:
    login, api = shown(told(WEEKLY)).css("li.path")
    assert text(login.css_first(".state")) == "Down"
    assert text(login.css_first(".rests")) == "in maintenance until 12:41:30 UTC: weekly"
    assert api.css_first(".rests") is None
    assert "server error" in text(login.css_first(".failure")).lower()


def test_windows_that_hold_and_windows_ahead_are_listed() -> None:
    ahead = replace(WEEKLY, since=NOW + 1200.0, until=NOW + 3600.0)
    page = shown(told(WHOLE, ahead=(ahead,)))
    assert [text(item) for item in page.css(".windows li")] == [
        "in maintenance until 12:41:30 UTC: Move",
        "maintenance planned from 12:31:30 UTC to 13:11:30 UTC: weekly (login)",
    ]
    assert shown(told()).css(".windows") == []


@pytest.mark.parametrize(
    ("held", "api", "large"),
    [
        ((), State.UP, "Login down · API up"),
        ((WEEKLY,), State.UP, "In maintenance"),
        ((WEEKLY,), State.DOWN, "API down · login in maintenance"),
        ((WHOLE,), State.DOWN, "In maintenance"),
    ],
    ids=["none", "login alone", "login, while the API fails", "all of it"],
)
def test_the_large_words_speak_of_what_is_not_in_maintenance(
    held: tuple[Window, ...], api: State, large: str
) -> None:
    (view,) = told(*held, api=api).picture().services
    assert headline(view) == large


def test_a_service_that_works_while_a_part_is_in_maintenance_is_healthy() -> None:
    judged = status(Verdict.HEALTHY, path("login"), path("api"))
    made = board(overlaid(judged, [WEEKLY]))
    assert headline(made.picture().services[0]) == "Healthy"


def test_the_badge_says_so_in_grey() -> None:
    drawn = badge(told(WEEKLY).picture().services[0])
    assert "In maintenance" in drawn
    assert COLOURS[Verdict.UNKNOWN] in drawn


def test_the_runs_of_a_window_have_a_grey_band_over_them() -> None:
    judged = status(Verdict.HEALTHY, path("login"), path("api"))
    made = board(judged)
    made.seed(runs=[run(ago=ago) for ago in (150.0, 120.0, 90.0, 60.0, 30.0)])
    past = replace(WEEKLY, since=NOW - 130.0, until=NOW - 80.0)
    bands = shown(made, past, replace(past, service="other")).css("li.path rect.rest")
    assert len(bands) == 2
    assert shown(made).css("rect.rest") == []


def test_bars_of_failures_do_not_hide_maintenance() -> None:
    made = told(WEEKLY)
    made.seed(runs=[run(ago=ago, outcome=Outcome.SERVER_ERROR) for ago in (90.0, 60.0, 30.0)])
    (strip,) = [each for each in shown(made).css(".strip") if each.css(".rest")]
    drawn = [rect.attributes["class"] for rect in strip.css("rect")]
    assert drawn == ["none", "bad", "bad", "bad", "rest", "rest"]


@pytest.mark.parametrize(
    ("names", "words"),
    [(("acme",), "In maintenance"), (("acme", "other"), "1 of 2 services in maintenance")],
)
def test_nothing_is_called_healthy_while_its_failures_are_in_maintenance(
    names: tuple[str, ...], words: str
) -> None:
    login = path("login", State.DOWN, last_run=failed(), last_failure=failed())
    judged = status(Verdict.CONTROL_PLANE_DOWN, login, path("api"), planes=LOGIN_DOWN)
    well = [status(Verdict.HEALTHY, path("login", service=name), service=name) for name in names]
    made = board(*well, configured=settings(*names))
    assert "ealthy" in summary(made.picture())
    made.handle(MaintenanceTurned(status=overlaid(judged, [WEEKLY]), held=(WEEKLY,), ahead=()))
    assert summary(made.picture()) == words
    page = shown(made)
    assert text(page.css_first("h1")) == words


async def test_a_service_is_told_to_programs_with_its_windows() -> None:
    answer = await get(Served(board=told(WEEKLY, ahead=(WHOLE,))), "/services/acme")
    weekly = {
        "name": "weekly",
        "whose": "own",
        "paths": ["login"],
        "since": "2026-03-02T12:10:30.000Z",
        "until": "2026-03-02T12:41:30.000Z",
    }
    assert (answer["verdict"], answer["words"]) == ("healthy", "In maintenance")
    paths: Any = answer["paths"]
    assert [(each["state"], each["maintenance"]) for each in paths] == [
        ("down", weekly),
        ("up", None),
    ]
    assert answer["windows"] == [weekly, {**weekly, "name": "Move", "whose": "vendor", "paths": []}]
    assert problems(answer, {"$ref": "#/components/schemas/Service"}) == []


async def told_after(work: Maintenance, url: str, file: Path) -> str:
    """What is served at `url` over the made-up past with `work` in it."""
    with kept(file) as journal:
        journal.record([Announced(maintenance=work)])
        made = board(status(Verdict.HEALTHY, path("login", last_run=run())))
        made.seed(incidents=[INCIDENT])
        shown = Served(board=made, past=partial(PageQueries.open, file))
        async with serving(shown) as client, client.get(url) as answer:
            return await answer.text()


AROUND = Maintenance(
    service="acme",
    id="move",
    title="The <move>",
    stage=Stage.SCHEDULED,
    seen_at=NOW - 8000.0,
    starts_at=NOW - 7210.0,
    ends_at=NOW - 3500.0,
)


@pytest.mark.parametrize(
    ("url", "where", "words"),
    [
        ("/", ".incidents tbody", "Login down in planned work: The <move>"),
        ("/incidents", ".incidents tbody", "Login down in planned work: The <move>"),
        ("/incidents/acme-1", ".lead", "All of it lay in planned work: The <move> ."),
        ("/incidents/acme-1", ".chronology", "UTC planned Maintenance begins: The <move>"),
        ("/incidents/acme-1", ".chronology", "UTC planned Maintenance ends: The <move>"),
    ],
)
async def test_an_incident_within_planned_work_says_so_wherever_it_is_told(
    url: str, where: str, words: str, tmp_path: Path
) -> None:
    shorter = replace(AROUND, ends_at=NOW - 3600.0 - 1.0)
    for work, marked in ((AROUND, True), (shorter, False)):
        page = LexborHTMLParser(await told_after(work, url, tmp_path / f"{marked}.db"))
        found = page.css_first(where)
        assert (words in text(found)) is (marked or where == ".chronology")


async def test_the_feed_marks_what_lay_within_planned_work(tmp_path: Path) -> None:
    told = await told_after(AROUND, "/incidents.atom", tmp_path / "journal.db")
    assert "<title>acme: Login down, in planned work: The &lt;move&gt;</title>" in told


async def test_programs_are_told_the_planned_work_that_an_incident_lay_in(tmp_path: Path) -> None:
    shorter = replace(AROUND, ends_at=NOW - 3600.0 - 1.0)
    for work, names in ((AROUND, ["The <move>"]), (shorter, [])):
        file = tmp_path / f"{len(names)}.db"
        (listed,) = json.loads(await told_after(work, "/api/v1/incidents", file))["incidents"]
        alone = json.loads(await told_after(work, "/api/v1/incidents/acme-1", file))
        assert alone == listed
        window = alone["maintenance"]
        assert ([] if window is None else [window["name"]]) == names
        assert problems(alone, {"$ref": "#/components/schemas/Incident"}) == []


@pytest.mark.parametrize(
    ("url", "lanes"),
    [
        ("/", {"login, last 24 h", "login, last 7 d"}),
        (
            "/services/acme/login",
            {
                "login, last 24 h",
                "login, last 7 d",
                "Last 6 hours",
                "Last 24 hours",
                "Last 7 days",
            },
        ),
        ("/incidents/acme-1", {"login"}),
    ],
)
async def test_a_window_of_the_past_is_a_band_over_the_lanes_of_its_paths(
    url: str, lanes: set[str], tmp_path: Path
) -> None:
    work = Maintenance(
        service="acme",
        id="weekly@0",
        title="weekly",
        stage=Stage.IN_PROGRESS,
        seen_at=NOW - 7000.0,
        starts_at=NOW - 7000.0,
        ends_at=NOW - 6000.0,
        whose=Owner.OURS,
        paths=("login",),
    )
    page = LexborHTMLParser(await told_after(work, url, tmp_path / "journal.db"))
    words = "In maintenance, weekly: 2026-03-02 10:14:50 UTC to 2026-03-02 10:31:30 UTC"
    drawn = [lane for lane in page.css("svg.lane") if lane.css("rect.maintenance")]
    labels = [lane.attributes["aria-label"] or "" for lane in drawn]
    assert {label.partition(":")[0] for label in labels} == lanes
    assert all(words in label for label in labels)
    assert [text(node) for node in drawn[0].css("rect.maintenance title")] == [words]


class Told(list[Window]):
    """Windows that count how often somebody goes through all of them."""

    readings = 0

    def __iter__(self) -> Iterator[Window]:
        self.readings += 1
        return super().__iter__()


def test_a_page_goes_through_a_year_of_windows_once_not_for_each_path_and_incident() -> None:
    made = Board(settings("acme", "beta", paths=("login", "usage", "api")), CLOCK)
    made.seed(runs=[run(name) for name in ("login", "usage", "api")])
    made.seed(incidents=[replace(INCIDENT, id=f"i{number}") for number in range(5)])
    picture = made.picture()
    windows = Told([WEEKLY])
    Page().render(picture, NOW, windows=windows)
    assert windows.readings == 1
    feed(picture.incidents, "fra1", NOW, windows)
    assert windows.readings == 2
    spells = [
        Spell(
            service="acme",
            path=name,
            plane=Plane.DATA,
            critical=True,
            state=State.UP,
            since=NOW - 60.0,
            until=NOW,
        )
        for name in ("login", "usage", "api")
    ]
    drawn(spells, windows, NOW)
    assert windows.readings == 3
