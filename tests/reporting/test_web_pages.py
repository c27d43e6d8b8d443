"""The pages beside the first: incidents are told with their evidence, paths with their past."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest
from selectolax.lexbor import LexborHTMLParser
from structlog.testing import capture_logs
from web_history import CLAIM, INCIDENT, RUNS, kept, written
from web_stage import (
    LOGIN_DOWN,
    NOW,
    WEEKLY,
    Served,
    board,
    failed,
    path,
    serving,
    status,
)

from probe.judging.maintenance import overlaid
from probe.model.claim import Account, ClaimState
from probe.model.clock import Clock
from probe.model.event import Changed, Claimed, IncidentUpdated, Reviewed
from probe.model.incident import Move, Wave
from probe.model.maintenance import Window
from probe.model.report import Witness
from probe.model.state import State, Verdict
from probe.model.status import ServiceStatus, Spell
from probe.reporting.board import Board
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.journal.retention import Before
from probe.reporting.picture import Mark
from probe.reporting.web import history
from probe.reporting.web.drawing.axis import Axis
from probe.reporting.web.drawing.bands import Drawn, drawn
from probe.reporting.web.drawing.spark import spark
from probe.reporting.web.history import MOST_KEPT, CachedHistory, Open
from probe.reporting.web.html.layout import Page
from probe.reporting.web.html.view import latest
from probe.reporting.web.incident_page import (
    MOST_MOMENTS,
    IncidentHistory,
    axis_of,
    lanes,
    lengths,
    moments,
)
from probe.reporting.web.path_page import HEADROOM, phases


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Open]:
    with written(tmp_path / "journal.db") as opened:
        yield opened


def watched() -> Board:
    return board(status(Verdict.HEALTHY, path("login", last_run=RUNS[2])))


@pytest.fixture
async def client(past: Open) -> AsyncIterator[aiohttp.ClientSession]:
    served = Served(board=watched(), past=past)
    async with serving(served) as opened:
        yield opened


async def tree(client: aiohttp.ClientSession, url: str, status: int = 200) -> LexborHTMLParser:
    async with client.get(url) as answer:
        assert answer.status == status
        return LexborHTMLParser(await answer.text())


def text(page: LexborHTMLParser, selector: str) -> str:
    nodes = page.css(selector)
    assert nodes, f"nothing at {selector}"
    return " ".join(" ".join(node.text(separator=" ") for node in nodes).split())


async def test_the_list_leads_to_each_incident_that_the_journal_holds(
    client: aiohttp.ClientSession,
) -> None:
    listed = await tree(client, "/incidents")
    assert text(listed, ".incidents tbody") == "10:11:30 UTC acme Login down 1 h 2"
    link = listed.css_first(".incidents tbody a")
    assert link is not None
    assert link.attributes["href"] == "./incidents/acme-1"


async def test_an_incident_is_told_with_all_its_lengths(client: aiohttp.ClientSession) -> None:
    shown = text(await tree(client, "/incidents/acme-1"), ".facts-table")
    for words in (
        "First to last failing run 1 h",
        "Some path confirmed down 59 min",
        "login: confirmed down 29 min",
        "Wave 1 20 min",
        "Wave 2 10 min",
        "As the vendor declares it 31 min",
        "Last good run before 2026-03-02 10:11:00 UTC",
        "First failing run 2026-03-02 10:11:30 UTC",
        "Confirmed 2026-03-02 10:11:40 UTC",
        "Last failing run 2026-03-02 11:11:30 UTC",
        "Vendor's first word 2026-03-02 10:23:10 UTC, 11 min after us",
        "our runs went on failing for 23 min",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (Verdict.DATA_PLANE_DOWN, "Open. Now: API down · login up. From"),
        (Verdict.HEALTHY, "Open. Now: Healthy. From"),
        (Verdict.CONTROL_PLANE_DOWN, "Open. From"),
    ],
)
async def test_an_open_incident_says_what_the_service_is_by_now(
    past: Open, verdict: Verdict, told: str
) -> None:
    stands = status(verdict, path("login", last_run=RUNS[2]))
    assert told in await _lead_while_it_lasts(stands, past)


async def test_an_open_incident_calls_no_service_healthy_whose_failures_maintenance_hides(
    past: Open,
) -> None:
    down = path("login", State.DOWN, last_run=failed(), last_failure=failed())
    judged = status(Verdict.CONTROL_PLANE_DOWN, down, path("api"), planes=LOGIN_DOWN)
    lead = await _lead_while_it_lasts(overlaid(judged, [WEEKLY]), past)
    assert "Open. Now: In maintenance. From" in lead


async def _lead_while_it_lasts(stands: ServiceStatus, past: Open) -> str:
    shown = board(stands)
    lasting = replace(INCIDENT, closed_at=None)
    shown.handle(IncidentUpdated(incident=lasting, status=stands))
    async with serving(Served(board=shown, past=past)) as client:
        return text(await tree(client, "/incidents/acme-1"), ".lead")


def test_of_an_open_incident_the_failing_runs_count_and_not_the_time_since() -> None:
    lasting = replace(INCIDENT, closed_at=None, last_bad_at=INCIDENT.opened_at + 100)
    told = dict(lengths(lasting, None, INCIDENT.opened_at + 3600))
    assert told["First to last failing run"] == "1 min 40 s, so far"


def test_a_vendor_that_ends_an_incident_before_its_start_is_not_said_to_declare_no_time() -> None:
    account = Account(service="acme", incident="i", declared_at=NOW, settled_at=NOW - 3600)
    assert dict(lengths(INCIDENT, account, NOW))["As the vendor declares it"] == "-1 h"


async def test_an_incident_that_came_back_within_seven_days_says_so(tmp_path: Path) -> None:
    with kept(tmp_path / "journal.db") as journal:
        for days in (3, 6, 8):
            at = INCIDENT.opened_at - days * 86_400
            before = replace(INCIDENT, id=f"acme-{days}", opened_at=at, closed_at=at + 60)
            journal.record([IncidentUpdated(incident=before, status=status())])
    past = partial(PageQueries.open, tmp_path / "journal.db")
    async with serving(Served(board=watched(), past=past)) as client:
        assert "Number 3 of its kind within seven days." in text(
            await tree(client, "/incidents/acme-1"), ".lead"
        )
        assert "of its kind" not in text(await tree(client, "/incidents/acme-8"), ".lead")


async def test_an_incident_stands_on_one_axis_with_the_vendors_words(
    client: aiohttp.ClientSession,
) -> None:
    page = await tree(client, "/incidents/acme-1")
    labels = [node.attributes["aria-label"] or "" for node in page.css(".lane")]
    assert labels[0] == "Our verdict: Healthy, then Login down, then Healthy"
    assert labels[1] == "Waves: 2"
    assert labels[2] == "login: 3 runs: 3 failed"
    assert labels[3].startswith("The vendor of web: Partial outage: 2026-03-02 10:23:10 UTC to")
    assert labels[4] == "The vendor's updates: Resolved: 2026-03-02 10:48:10 UTC"
    waves = [node.attributes for node in page.css(".lane .wave")]
    axis = Axis(NOW - 7230 - 0.06 * 3630, NOW - 3600 + 0.06 * 3630)
    assert [wave["x"] for wave in waves] == [
        f"{axis.place(wave.started_at):.3f}%" for wave in INCIDENT.waves
    ]


async def test_a_verdict_is_shown_no_longer_than_it_stood_before_an_incident(
    tmp_path: Path,
) -> None:
    begun = replace(
        INCIDENT.transitions[0], at=NOW - 7250, old=Verdict.UNKNOWN, new=Verdict.HEALTHY
    )
    with kept(tmp_path / "journal.db") as journal:
        journal.record([Changed(transition=begun, status=status(Verdict.HEALTHY))])
    past = partial(PageQueries.open, tmp_path / "journal.db")
    async with serving(Served(board=watched(), past=past)) as client:
        page = await tree(client, "/incidents/acme-1")
    label = page.css(".lane")[0].attributes["aria-label"]
    assert label == (
        "Our verdict: Unknown — cannot see, then Healthy, then Login down, then Healthy"
    )


async def test_a_verdict_ends_where_a_stop_of_ours_ended_it() -> None:
    down, well = INCIDENT.transitions
    seen_again = replace(down, at=NOW - 6500, old=Verdict.UNKNOWN)
    lost = Move(path="login", at=NOW - 7000, state=State.UNKNOWN)
    stopped = replace(INCIDENT, transitions=(down, seen_again, well), moves=(lost,))
    axis = axis_of(stopped, None, NOW)
    verdicts, *_ = lanes(stopped, IncidentHistory(), axis, [], NOW)
    assert verdicts.label == (
        "Our verdict: Healthy, then Login down, then Unknown — cannot see, then Login down, "
        "then Healthy"
    )
    unknown = verdicts.segments[2]
    assert unknown.left == pytest.approx(axis.place(NOW - 7000))


async def test_between_two_equal_verdicts_it_is_told_that_we_could_not_see() -> None:
    down, _ = INCIDENT.transitions
    seen_again = replace(down, at=NOW - 6500, old=Verdict.UNKNOWN)
    lost = tuple(
        Move(path=path, at=at, state=State.UNKNOWN, reason="no fresh evidence")
        for path, at in (("login", NOW - 7000), ("api", NOW - 7010))
    )
    killed = replace(INCIDENT, transitions=(down, seen_again), moves=lost)
    told, _ = moments(killed, IncidentHistory(), axis_of(killed, None, NOW))
    verdicts = [(each.at, each.what) for each in told if each.who is Witness.VERDICT]
    assert verdicts == [
        (down.at, "Login down"),
        (NOW - 7000, "Unknown — cannot see"),
        (NOW - 6500, "Login down"),
    ]
    shown = [each.what for each in reversed(latest(killed)) if each.who is Witness.VERDICT]
    assert shown == ["Login down", "Unknown — cannot see", "Login down"]


async def test_what_happened_is_told_in_order_by_whom(client: aiohttp.ClientSession) -> None:
    page = await tree(client, "/incidents/acme-1")
    told = [text(LexborHTMLParser(node.html or ""), "li") for node in page.css(".chronology li")]
    assert told == [
        "2026-03-02 10:11:00 UTC we saw Last good run before",
        "2026-03-02 10:11:30 UTC we saw First failing run",
        "2026-03-02 10:11:40 UTC we saw Login down: login is down",
        "2026-03-02 10:14:50 UTC we saw Only usage fails; logging in works.",
        "2026-03-02 10:21:30 UTC we saw usage is down: server_error at read",
        "2026-03-02 10:23:10 UTC vendor web: Partial outage: We look into it.",
        "2026-03-02 10:26:30 UTC we saw usage is up",
        "2026-03-02 10:31:30 UTC we saw Healthy",
        "2026-03-02 10:48:10 UTC vendor Resolved: Elevated errors",
        "2026-03-02 11:11:30 UTC we saw Last failing run",
    ]


async def test_a_run_is_drawn_at_its_time_however_old_the_answer_of_the_journal_is(
    past: Open,
) -> None:
    made, at = watched(), NOW
    still_open = replace(INCIDENT, id="acme-2", opened_at=NOW - 125, closed_at=None)
    made.seed(incidents=[still_open])
    clock = Clock(now=lambda: at, monotonic=lambda: 0.0)
    async with serving(Served(board=made, past=past, clock=clock)) as client:
        for url in ("/incidents/acme-2", "/services/acme/login"):
            at = NOW
            drawn = boxes(await tree(client, url))
            at = NOW + 50.0
            assert boxes(await tree(client, url)) == drawn
            assert any("1 of 1 runs ok" in title for title in drawn)


def boxes(page: LexborHTMLParser) -> list[str]:
    return [node.text() for node in page.css(".lane rect title") if "of" in node.text().split()]


async def test_each_way_of_failing_is_evidence_with_its_run(client: aiohttp.ClientSession) -> None:
    shown = text(await tree(client, "/incidents/acme-1"), ".ways")
    assert shown.startswith("login 3 runs · run bad-7200 Server error at step")


async def test_the_api_tells_an_incident_that_only_the_journal_holds_and_what_the_vendor_said(
    client: aiohttp.ClientSession,
) -> None:
    async with client.get("/api/v1/incidents") as answer:
        listed = {each["id"]: each for each in (await answer.json())["incidents"]}
    async with client.get("/api/v1/incidents/acme-1") as answer:
        told = await answer.json()
    assert told == listed["acme-1"]
    assert told["vendor"]["lead_seconds"] is not None


async def test_without_a_journal_the_pages_say_so(tmp_path: Path) -> None:
    made = watched()
    made.seed(incidents=[INCIDENT])
    for past in (None, partial(PageQueries.open, tmp_path / "none.db")):
        async with serving(Served(board=made, past=past)) as client:
            for url in ("/incidents/acme-1", "/services/acme/login"):
                assert "The journal cannot be read" in text(await tree(client, url), ".notice")
            assert "acme" in text(await tree(client, "/incidents"), "tbody")


async def test_a_path_tells_state_certificate_runs_steps_and_failures(
    client: aiohttp.ClientSession,
) -> None:
    page = await tree(client, "/services/acme/login")
    assert text(page, "h1") == "acme/login: Up"
    assert text(page, ".lead") == (
        "Control plane (login). For 12 min, since 11:59:30 UTC."
        " Last run 29 s ago took 340 ms. Certificate: 62 days left."
    )
    assert [node.attributes["aria-label"] for node in page.css(".lane")][2:] == [
        f"{period}: 6 runs: 3 ok, 3 failed"
        for period in ("Last 6 hours", "Last 24 hours", "Last 7 days")
    ]
    assert text(page, ".steps tbody") == "open ok — 340 ms — — 40 ms 200 ms —"
    assert text(page, ".ways").count("Server error at step") == 3


async def test_a_path_that_has_not_run_yet_has_a_page(client: aiohttp.ClientSession) -> None:
    page = await tree(client, "/services/acme/api")
    labels = [lane.attributes["aria-label"] for lane in page.css(".lane")]
    assert labels[-3:] == [
        "Last 6 hours: no runs",
        "Last 24 hours: no runs",
        "Last 7 days: no runs",
    ]


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("/incidents/acme-1", "login: 3 runs: 3 failed"),
        ("/services/acme/login", "Last 6 hours: 6 runs: 3 ok, 3 failed"),
    ],
)
async def test_runs_that_were_forgotten_are_drawn_by_the_hour(
    url: str, label: str, tmp_path: Path
) -> None:
    with kept(tmp_path / "journal.db") as journal:
        journal.prune_page(Before(runs=NOW - 1800, failures=NOW - 5400, hours=0.0))
        past = partial(PageQueries.open, tmp_path / "journal.db")
        async with serving(Served(board=watched(), past=past)) as client:
            page = await tree(client, url)
    (lane,) = (lane for lane in page.css(".lane") if lane.attributes["aria-label"] == label)
    titles = [node.text() for node in lane.css("title")]
    hour = "2026-03-02 10:00:00 UTC to 2026-03-02 11:00:00 UTC"
    assert f"2 of 2 runs failed: {hour}" in titles


async def test_the_status_page_shows_the_states_of_the_last_day_and_week(
    client: aiohttp.ClientSession,
) -> None:
    page = await tree(client, "/")
    assert [node.attributes["aria-label"] for node in page.css(".bands .lane")] == [
        "login, last 24 h: up 12 min",
        "login, last 7 d: up 12 min",
    ]
    assert len(page.css(".bands rect.up")) == 2


async def test_the_status_page_draws_no_states_of_paths_that_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def noted(spells: Iterable[Spell], windows: Sequence[Window], now: float) -> Drawn:
        told = list(spells)
        seen.extend(spell.service for spell in told)
        return drawn(told, windows, now)

    monkeypatch.setattr("probe.reporting.web.html.front.drawn", noted)
    with kept(tmp_path / "journal.db") as journal:
        journal.record(
            [Reviewed(status=status(Verdict.HEALTHY, path(service="gone"), service="gone"))]
        )
        past = partial(PageQueries.open, tmp_path / "journal.db")
        async with serving(Served(board=watched(), past=past)) as client:
            assert len((await tree(client, "/")).css(".bands rect.up")) == 2
    assert seen == ["acme"]


def test_the_line_of_durations_is_that_of_the_good_runs() -> None:
    marks = [replace(Mark.of(RUNS[0]), duration_s=seconds) for seconds in (0.2, 0.4)]
    assert spark([marks[0], Mark.of(failed())]) is None
    line = spark([marks[0], Mark.of(failed()), marks[1]])
    assert line is not None
    assert line.points == "57,10.0 59,0.0"
    assert line.label == "Duration of 2 good runs: median 300 ms, longest 400 ms"


async def test_time_in_no_phase_is_not_said_to_be_between_steps(
    client: aiohttp.ClientSession,
) -> None:
    page = await tree(client, "/services/acme/login")
    words = [node.text(strip=True) for node in page.css(".panel .legend li")]
    assert words[:6] == ["resolve", "connect", "tls", "processing", "transfer", "in no phase"]


def test_phases_are_stacked_to_the_runs_length_and_failures_marked() -> None:
    slow = replace(failed(), duration_s=50.0)
    drawn = phases([RUNS[1], slow])
    assert drawn.full_s == pytest.approx(0.34 * HEADROOM)
    of_first = [bar for bar in drawn.bars if bar.x == 118]
    assert [bar.phase for bar in of_first] == ["tls", "processing", "rest"]
    assert sum(bar.height for bar in of_first) == pytest.approx(100 / HEADROOM)
    assert drawn.failed == (119,)
    assert min(bar.y for bar in drawn.bars) == 0


def test_an_axis_writes_a_few_round_times() -> None:
    hours = Axis(NOW, NOW + 6 * 3600)
    assert [word for _, word in hours.ticks()] == [
        "13:00",
        "14:00",
        "15:00",
        "16:00",
        "17:00",
        "18:00",
    ]
    week = [word for _, word in Axis(NOW, NOW + 7 * 86400).ticks()]
    assert week == ["4 Mar", "6 Mar", "8 Mar"]
    assert [hours.place(at) for at in (NOW - 1, NOW + 3 * 3600, NOW + 1e9)] == [0, 50, 100]
    assert len(list(Axis(0, 1e9).ticks())) <= 6


@pytest.mark.parametrize(
    "url", ["/incidents/none", "/services/acme/none", "/services/none/login", "/incidents/%3Cb%3E"]
)
async def test_an_unknown_name_is_a_page_that_leads_back(
    client: aiohttp.ClientSession, url: str
) -> None:
    page = await tree(client, url, 404)
    assert text(page, "h1").startswith("There is no such")


@pytest.mark.parametrize(
    "url",
    ["", "incidents", "incidents/acme-1", "incidents/none", "incidents/a%2Fb", "services/acme/api"],
)
async def test_every_link_leads_on_wherever_a_proxy_puts_the_pages(
    client: aiohttp.ClientSession, url: str
) -> None:
    root = "https://host.example/splitprobe/"
    async with client.get(f"/{url}") as answer:
        page = LexborHTMLParser(await answer.text())
    nodes = page.css("a[href], link[href], script[src]")
    links = [node.attributes.get("href") or node.attributes.get("src") or "" for node in nodes]
    led = {urljoin(root + url, link) for link in links if not link.startswith("data:")}
    assert len(led) > 4
    for each in sorted(led):
        assert each.startswith(root), each
        async with client.get(f"/{each.removeprefix(root)}") as answer:
            assert answer.status == 200 or each.partition("#")[0] == root + url, each


async def test_an_answer_of_the_past_serves_for_a_minute(past: Open) -> None:
    passed = [0.0]
    asked: list[float] = []
    clock = Clock(now=lambda: NOW, monotonic=lambda: passed[-1])
    recall = CachedHistory(past, clock)

    def question(_: object) -> float:
        asked.append(passed[-1])
        return passed[-1]

    for now in (0.0, 59.0, 60.0, 61.0):
        passed.append(now)
        await recall.ask("name", question=question)
    assert asked == [0.0, 60.0]
    for number in range(MOST_KEPT + 10):
        await recall.ask(str(number), question=question)
    assert len(recall._answers) == MOST_KEPT


async def test_questions_that_readers_word_drive_out_no_answer(past: Open) -> None:
    recall = CachedHistory(past, Clock(now=lambda: NOW, monotonic=lambda: 0.0))
    asked: list[str] = []
    for _ in range(2):
        await recall.ask("states", question=lambda _: asked.append("states"))
        for _ in range(MOST_KEPT):
            await recall.look_up(lambda _: asked.append("a name"))
    assert asked.count("states") == 1
    assert asked.count("a name") == 2 * MOST_KEPT


async def test_while_a_journal_hangs_it_is_asked_once_and_readers_wait_once(
    past: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PATIENCE_S", 0.05)
    recall = CachedHistory(past, Clock(now=lambda: NOW, monotonic=lambda: 0.0))
    answers = threading.Event()
    with capture_logs() as log:
        assert await recall.ask("first", question=lambda _: answers.wait()) is None
        assert await recall.ask("second", question=lambda _: "an answer") is None
        assert await recall.look_up(lambda _: "an answer") is None
    assert [line["problem"] for line in log] == ["the journal has not answered for 0.05 s"]
    answers.set()
    await asyncio.to_thread(recall._thread.submit(int).result)  # its thread is through
    assert await recall.ask("third", question=lambda _: "an answer") == "an answer"
    recall.close()


def test_a_component_that_their_page_does_not_have_is_said_to_be_so() -> None:
    absent = replace(CLAIM, state=ClaimState.UNKNOWN, words="", absent=True)
    made = watched()
    for claim, words in (
        (absent, "Not on their page"),
        (replace(absent, absent=False), "Not readable"),
    ):
        made.handle(Claimed(claim=claim))
        page = LexborHTMLParser(Page().render(made.picture(), NOW))
        assert text(page, ".vendor .claim").startswith(words)


async def test_an_incident_that_flapped_for_weeks_is_a_page_of_ordinary_size(past: Open) -> None:
    turns = [
        replace(INCIDENT.transitions[number % 2], at=NOW - 2_000_000 + 300 * number)
        for number in range(5000)
    ]
    flapping = replace(
        INCIDENT,
        id="acme-9",
        opened_at=turns[0].at - 10,
        transitions=tuple(turns),
        waves=tuple(Wave(started_at=each.at, ended_at=each.at + 300) for each in turns[::2]),
    )
    made = watched()
    made.seed(incidents=[flapping])
    async with (
        serving(Served(board=made, past=past)) as client,
        client.get("/incidents/acme-9") as answer,
    ):
        raw = await answer.text()
    shown = LexborHTMLParser(raw)
    assert len(raw) < 300_000
    assert len(shown.css(".chronology li")) == MOST_MOMENTS
    assert "earlier moments are left out" in text(shown, "section")
    lengths = text(shown, ".facts-table")
    assert "Waves 1 to 2480 8 d 14 h" in lengths
    assert "Wave 2500 5 min" in lengths
    titles = [node.text() for node in shown.css(".lane title")]
    assert any(title.startswith("Login down: ") for title in titles)
    assert any(title.startswith("Waves: ") for title in titles)
