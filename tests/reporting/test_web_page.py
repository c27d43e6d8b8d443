"""What people read: a verdict in words, what led to it, and nothing that foreign text could do."""

import tracemalloc
from dataclasses import replace

import pytest
from made_incidents import an_incident
from selectolax.lexbor import LexborHTMLParser
from web_stage import (
    CLOCK,
    LOGIN_DOWN,
    NOW,
    Served,
    board,
    failed,
    path,
    run,
    serving,
    settings,
    status,
)

from probe.judging.verdict import TABLE
from probe.model.claim import Claim, ClaimState, Comparison
from probe.model.event import (
    Claimed,
    Compared,
    IncidentUpdated,
    Observed,
    Reloaded,
    SelfObserved,
    Skipped,
)
from probe.model.incident import Move
from probe.model.outcome import Outcome, Phase
from probe.model.state import WATCHED, Finding, Plane, SkipReason, State, Verdict
from probe.reporting import words
from probe.reporting.board import Board
from probe.reporting.picture import STRIP_LENGTH, Mark
from probe.reporting.times import full
from probe.reporting.web.drawing.strip import draw
from probe.reporting.web.history import CachedHistory
from probe.reporting.web.html.front import Front
from probe.reporting.web.html.layout import Page
from probe.reporting.words import Look, look_of

INCIDENT = an_incident(
    opened_at=NOW - 720,
    confirmed_at=NOW - 700,
    worst=Verdict.CONTROL_PLANE_DOWN,
    last_good_at=NOW - 750,
    last_bad_at=NOW - 8,
    down_s={"login": 712.0},
)


def page(made: Board) -> str:
    return Page().render(made.picture(), NOW)


def text(made: Board, selector: str = "body") -> str:
    """What a reader sees there, on one line."""
    node = LexborHTMLParser(page(made)).css_first(selector)
    assert node is not None, f"nothing at {selector}"
    return " ".join(node.text(separator=" ").split())


def login_down() -> Board:
    seen = failed()
    down = path("login", State.DOWN, last_run=seen, last_failure=seen)
    api = path("api", last_run=run("api"))
    held = status(Verdict.CONTROL_PLANE_DOWN, down, api, planes=LOGIN_DOWN)
    made = board()
    made.handle(Observed(run=seen, status=replace(held, incident=INCIDENT)))
    return made


@pytest.mark.parametrize(
    ("verdict", "planes", "large"),
    [
        (Verdict.HEALTHY, "up up", "Healthy"),
        (Verdict.DEGRADED, "up impaired", "Degraded"),
        (Verdict.CONTROL_PLANE_DOWN, "down up", "Login down · API up"),
        (Verdict.CONTROL_PLANE_DOWN, "down impaired", "Login down · API impaired"),
        (Verdict.DATA_PLANE_DOWN, "up down", "API down · login up"),
        (Verdict.DATA_PLANE_DOWN, "impaired down", "API down · login impaired"),
        (Verdict.OUTAGE, "down down", "Outage"),
        (Verdict.UNKNOWN, "unknown down", "API down · login unknown"),
        (Verdict.UNKNOWN, "down unknown", "Login down · API unknown"),
        (Verdict.UNKNOWN, "unknown impaired", "Unknown — cannot see"),
    ],
)
def test_a_verdict_stands_large_in_plain_words(verdict: Verdict, planes: str, large: str) -> None:
    control, data = map(State, planes.split())
    made = board(status(verdict, planes={Plane.CONTROL: control, Plane.DATA: data}))
    assert text(made, ".word") == large
    assert text(made, "title") == f"{large} · acme · splitprobe"
    assert f'<article class="service {verdict}"' in page(made)
    assert text(made, ".planes") == (f"Control plane (login) {control} Data plane (API) {data}")


@pytest.mark.parametrize("verdict", [Verdict.CONTROL_PLANE_DOWN, Verdict.DATA_PLANE_DOWN])
def test_a_service_of_one_plane_is_not_said_to_have_another(verdict: Verdict) -> None:
    plane = Plane.CONTROL if verdict is Verdict.CONTROL_PLANE_DOWN else Plane.DATA
    made = board(status(verdict, planes={plane: State.DOWN}))
    assert text(made, ".word") == words.VERDICTS[verdict]


def test_a_service_says_since_when_and_for_how_long() -> None:
    assert text(board(status()), ".since") == "for 12 min since 11:59:30 UTC"


def test_a_plane_that_went_down_beside_an_unknown_one_is_down_since_then() -> None:
    unseen, down = path("login", State.UNKNOWN), replace(path("api", State.DOWN), since=NOW - 60)
    planes = {Plane.CONTROL: State.UNKNOWN, Plane.DATA: State.DOWN}
    made = board(status(Verdict.UNKNOWN, unseen, down, planes=planes))
    assert text(made, ".word") == "API down · login unknown"
    assert text(made, ".since") == "for 1 min since 12:10:30 UTC"


def test_before_the_first_look_the_page_says_so() -> None:
    assert text(board(), ".word") == "Not looked yet"
    assert "No run yet" in text(board(), ".paths")
    assert text(board(), ".incidents") == "Recent incidents None so far."


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_is_told_in_words(finding: Finding) -> None:
    made = board(replace(status(Verdict.DEGRADED), findings=frozenset({finding})))
    assert text(made, ".findings") == words.FINDINGS[finding]


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (words.VERDICTS, Verdict),
        (words.PLANES, Plane),
        (words.STATES, State),
        (words.OUTCOMES, Outcome),
        (words.PHASES, Phase),
        (words.FINDINGS, Finding),
        (words.CLAIMS, ClaimState),
        (words.SKIPS, SkipReason),
    ],
)
def test_there_is_a_word_for_everything(table: dict[str, str], members: type) -> None:
    assert set(table) == set(members)  # type: ignore[call-overload]
    assert len(set(table.values())) == len(table)


def test_the_worst_service_gives_the_window_its_title() -> None:
    assert set(words.WORST_FIRST) == set(Verdict)
    made = board(
        status(service="acme"),
        status(Verdict.OUTAGE, service="zeta"),
        configured=settings("acme", "zeta", "nova"),
    )
    assert text(made, "title") == "Outage · zeta · splitprobe"
    assert text(made, ".overview p") == "1 of 3 services in trouble"
    assert text(made, ".overview ul") == "acme Healthy zeta Outage nova Not looked yet"


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ((Verdict.HEALTHY,), "Healthy"),
        ((Verdict.HEALTHY, Verdict.HEALTHY), "All services healthy"),
        ((Verdict.HEALTHY, Verdict.UNKNOWN), "1 of 2 services cannot be judged"),
        ((Verdict.UNKNOWN, Verdict.DEGRADED), "1 of 2 services in trouble"),
        ((Verdict.OUTAGE,), "1 of 1 service in trouble"),
    ],
)
def test_one_sentence_sums_all_services_up(verdicts: tuple[Verdict, ...], sentence: str) -> None:
    names = [f"s{place}" for place in range(len(verdicts))]
    held = [status(verdict, service=name) for name, verdict in zip(names, verdicts, strict=True)]
    assert text(board(*held, configured=settings(*names)), "h1") == sentence


@pytest.mark.parametrize(
    ("names", "told"),
    [(["acme"], "acme: Outage."), (["acme", "b"], "acme: Outage. 1 of 2 services in trouble.")],
)
def test_a_screen_reader_is_told_the_worst_service(names: list[str], told: str) -> None:
    made = board(status(Verdict.OUTAGE), configured=settings(*names))
    assert f'data-summary="{told}"' in page(made)


def test_a_failing_path_tells_step_phase_outcome_status_and_what_was_expected() -> None:
    shown = text(login_down(), ".path.down .failure")
    assert shown.startswith(
        "Server error at step no session cookie while waiting for the answer · HTTP 500"
        " · after 300 ms · 12:11:22 UTC"
    )
    assert "no session cookie: expected no session cookie , got no session cookie" in shown
    assert "What it answered" in shown
    assert "expected 500" not in shown


def test_a_path_that_is_well_again_tells_no_old_failure() -> None:
    made = board(status(Verdict.HEALTHY, path("login", last_run=run(), last_failure=failed())))
    assert LexborHTMLParser(page(made)).css_first(".failure") is None


def test_a_path_that_is_up_tells_the_failure_it_just_had() -> None:
    made = board(status(Verdict.HEALTHY, path("login", last_run=failed(), last_failure=failed())))
    assert "Server error" in text(made, ".failure")


def test_a_path_tells_its_last_duration_and_the_age_of_its_last_run() -> None:
    made = board(status(Verdict.HEALTHY, path("login", last_run=run(ago=42.34))))
    assert text(made, ".took") == "Last run took 340 ms"
    assert text(made, ".age") == "42 s ago"


def test_a_skipped_run_is_explained() -> None:
    made = board(status(Verdict.HEALTHY, path("login", last_run=run())))
    reason = SkipReason.RETRY_AFTER
    made.handle(
        Skipped(service="acme", path="login", reason=reason, at=NOW, retry_after_until=NOW + 60)
    )
    assert text(made, ".skipped") == (
        "Last run left out at 12:11:30 UTC: "
        "we were asked to wait (Retry-After), or our budget there is spent, until 12:12:30 UTC."
    )


def test_the_open_incident_is_told_with_both_bounds_of_its_onset() -> None:
    shown = text(login_down(), ".incident")
    for words_ in (
        "First failing run 11:59:30 UTC",
        "Last good before 11:59:00 UTC",
        "Confirmed 11:59:50 UTC, after 20 s",
        "So far 12 min, 1 wave",
        "Worst Login down",
        "Time down login 11 min",
    ):
        assert words_ in shown


def test_the_open_incident_tells_what_changed_last_the_paths_among_it() -> None:
    moves = tuple(
        Move(path="usage", at=NOW - 600 + 60 * n, state=state, reason="throttled at read")
        for n, state in enumerate((State.IMPAIRED, State.DOWN))
    )
    made = login_down()
    moved = replace(INCIDENT, moves=moves)
    made.handle(IncidentUpdated(incident=moved, status=replace(status(), incident=moved)))
    down, impaired = "12:02:30 UTC usage is down", "12:01:30 UTC usage is impaired"
    why = ": throttled at read"
    assert text(made, ".transitions").startswith(f"{down} {why} {impaired} {why}")


def test_recent_incidents_tell_their_length_from_first_to_last_failing_run() -> None:
    made = board()
    made.seed(
        incidents=[
            replace(INCIDENT, closed_at=INCIDENT.last_bad_at),
            replace(INCIDENT, id="acme-2", opened_at=NOW - 90000, last_bad_at=None, closed_at=NOW),
            replace(INCIDENT, id="acme-3", opened_at=NOW - 60),
        ]
    )
    assert text(made, ".incidents tbody") == (
        "12:10:30 UTC acme Login down 1 min, open 1 "
        "11:59:30 UTC acme Login down 11 min 1 "
        "2026-03-01 11:11:30 UTC acme Login down 1 d 1 h 1"
    )


def test_the_vendors_words_stand_beside_ours() -> None:
    made = login_down()
    made.vendors.adopt({"acme"})
    made.handle(
        Claimed(
            claim=Claim(
                service="acme",
                component="web",
                state=ClaimState.OPERATIONAL,
                seen_at=NOW - 60,
                bears_at=NOW - 120,
                words="All fine.",
            )
        )
    )
    assert "all is well" not in text(made, ".vendor"), "that is for judging to say"
    differs = Comparison(service="acme", contradicting=frozenset({"web"}))
    made.handle(Compared(comparison=differs))
    shown = text(made, ".vendor")
    assert "Their status page says that all is well." in shown
    assert (
        "web Operational not what we see first seen 12:10:30 UTC, dated 12:09:30 UTC All fine."
        in shown
    )


@pytest.mark.parametrize("claimed", [ClaimState.PARTIAL_OUTAGE, ClaimState.UNKNOWN])
def test_a_vendor_that_admits_or_cannot_be_read_is_not_said_to_be_at_ease(
    claimed: ClaimState,
) -> None:
    made = login_down()
    made.vendors.adopt({"acme"})
    made.seed(claims=[Claim(service="acme", component="web", state=claimed, seen_at=NOW)])
    differs = Comparison(service="acme", contradicting=frozenset({"api"}))
    made.handle(Compared(comparison=differs))
    assert "all is well" not in text(made, ".vendor")


@pytest.mark.parametrize(
    ("connected", "shown"), [(None, "not checked"), (True, "reachable"), (False, "not reachable")]
)
def test_our_own_network_is_told(connected: bool | None, shown: str) -> None:  # noqa: FBT001
    made = board()
    made.handle(SelfObserved(at=NOW, connected=connected, loop_lag_s=0.002))
    assert f"Own network {shown} Now 2026-03-02 12:11:30 UTC" in text(made, ".facts")
    assert "loop lag 2 ms" in text(made, ".foot")
    assert ("No canary answers as it should." in text(made)) is (connected is False)


def test_why_we_are_blind_and_that_our_clock_is_off_is_told() -> None:
    made = board()
    made.handle(SelfObserved(at=NOW, connected=True, loop_lag_s=0, clock_skew_s=-4.0))
    assert "Our clock" not in text(made)
    before = made.version
    made.handle(
        SelfObserved(
            at=NOW, connected=False, loop_lag_s=0, blind_because="a portal", clock_skew_s=-312.0
        )
    )
    assert made.version > before
    assert "never as an outage of theirs: a portal." in text(made)
    assert "Our clock is off by 5 min 12 s" in text(made)


def test_a_refused_configuration_is_told_until_one_is_loaded() -> None:
    made = board()
    made.handle(Reloaded(at=NOW, successful=False, problem="probe.yaml:3: no"))
    assert "refused at 12:11:30 UTC; the one before it goes on. probe.yaml:3: no" in text(made)
    made.handle(Reloaded(at=NOW, successful=True))
    assert "refused" not in text(made)
    assert "configuration loaded 12:11:30 UTC" in text(made, ".foot")


def test_a_strip_shows_each_run_with_time_outcome_place_and_duration() -> None:
    marks = (
        Mark(started_at=NOW - 60, duration_s=0.34, outcome=Outcome.OK),
        Mark(
            started_at=NOW - 30,
            duration_s=10.0,
            outcome=Outcome.TIMED_OUT,
            step="submit",
            phase=Phase.CONNECT,
            confirmation=True,
        ),
    )
    drawn = LexborHTMLParser(draw("login", marks))
    late = f"started {full(NOW - 30)}"
    assert [title.text() for title in drawn.css("title")] == [
        "started 2026-03-02 12:10:30 UTC · ok · 340 ms",
        f"{late} · timed out at step submit while connecting · 10.00 s · confirmation",
    ]
    svg = drawn.css_first("svg")
    assert svg is not None
    label = svg.attributes["aria-label"]
    assert label is not None
    said = "login: last 2 runs: 1 ok, 1 failed. Newest: started 2026-03-02 12:11:00 UTC"
    assert label.startswith(said)
    assert [rect.attributes["class"] for rect in drawn.css("rect")] == ["none", "ok", "bad"]


def test_a_full_strip_has_no_empty_places_and_an_empty_one_no_runs() -> None:
    mark = Mark(started_at=NOW, duration_s=0.3, outcome=Outcome.OK)
    assert 'class="none"' not in draw("login", (mark,) * STRIP_LENGTH)
    assert 'aria-label="login: no runs yet"' in draw("login", ())


def test_only_what_failed_is_drawn_as_failed() -> None:
    drawn = {each: look_of(each) for each in Outcome}
    assert {each for each, how in drawn.items() if how is Look.OK} == {Outcome.OK}
    assert {each for each, how in drawn.items() if how is Look.SLOW} == {
        Outcome.SLOW,
        Outcome.THROTTLED,
        Outcome.OVERLOADED,
    }
    assert {each for each, how in drawn.items() if how is Look.BLIND} == {
        Outcome.UNOBSERVED,
        Outcome.CHALLENGED,
        Outcome.QUOTA_EXHAUSTED,
    }


def test_the_page_has_no_inline_style_or_script_and_loads_nothing_from_elsewhere() -> None:
    tree = LexborHTMLParser(page(login_down()))
    assert tree.css("style, [style], script:not([src]), iframe, form") == []
    handlers = [name for node in tree.css("*") for name in node.attributes if name.startswith("on")]
    assert handlers == []
    links = [node.attributes.get("href") or node.attributes.get("src") for node in tree.css("*")]
    assert all(link.startswith(("./", "#", "data:image/svg+xml,")) for link in links if link)


def test_the_page_works_without_script() -> None:
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page(login_down())


@pytest.mark.parametrize(("planes", "verdict"), TABLE.items())
def test_every_cell_of_the_verdict_table_renders(
    planes: tuple[State, State], verdict: Verdict
) -> None:
    made = board(status(verdict, planes=dict(zip(WATCHED, planes, strict=True))))
    large = text(made, ".word")
    if set(planes) == {State.DOWN, State.UNKNOWN}:
        assert large in {"Login down · API unknown", "API down · login unknown"}
    else:
        assert large.startswith(words.VERDICTS[verdict])


async def test_readers_in_the_same_second_share_one_rendering() -> None:
    made = login_down()
    front = Front(made, CLOCK, CachedHistory(None, CLOCK))
    first = await front.body()
    assert await front.body() is first
    made.handle(Reloaded(at=NOW, successful=True))
    assert await front.body() is not first


def test_a_page_forgets_the_drawings_of_services_that_are_gone() -> None:
    shown, made = Page(), Board(settings("s0"), CLOCK)

    def rename(numbers: range) -> int:
        """The bytes that are held after the only service has had these names."""
        for number in numbers:
            name = f"s{number}"
            made.adopt(settings(name))
            made.seed(runs=[run(service=name, ago=ago) for ago in range(STRIP_LENGTH)])
            shown.render(made.picture(), NOW)
        return tracemalloc.get_traced_memory()[0]

    rename(range(20))
    tracemalloc.start()
    try:
        before = rename(range(20, 40))
        assert rename(range(40, 140)) - before < 100_000
    finally:
        tracemalloc.stop()


async def test_the_page_is_served() -> None:
    async with serving(Served(board=login_down())) as client, client.get("/") as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "Login down · API up" in await answer.text()


def test_an_updated_incident_is_the_one_shown() -> None:
    made = login_down()
    closed = replace(INCIDENT, closed_at=NOW)
    made.handle(IncidentUpdated(incident=closed, status=replace(status(), incident=None)))
    assert LexborHTMLParser(page(made)).css_first(".incident") is None
    assert "open" not in text(made, ".incidents tbody")
