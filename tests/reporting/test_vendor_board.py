"""What the vendors said is on the board, on the page and in the API, and it is inert there."""

from dataclasses import replace

import pytest
from made_incidents import an_incident
from selectolax.lexbor import LexborHTMLParser
from web_stage import LOGIN_DOWN, NOW, Served, board, path, run, serving, status

from probe.config.settings import Settings
from probe.model.claim import (
    Account,
    Claim,
    ClaimState,
    Comparison,
    Maintenance,
    Owner,
    Post,
    Stage,
)
from probe.model.event import Announced, Claimed, Compared, IncidentUpdated, PageRead, Posted
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus
from probe.reporting.board import Board
from probe.reporting.vendor_board import ACCOUNTS_KEPT, POSTS_KEPT
from probe.reporting.web.html.layout import Page

SETTINGS = Settings.model_validate(
    {
        "services": [
            {
                "name": "acme",
                "status_page": "https://status.acme.example",
                "paths": [
                    {
                        "name": "login",
                        "plane": "control",
                        "steps": [{"request": "GET https://acme.example/"}],
                    }
                ],
            }
        ]
    }
)
POST = Post(
    service="acme",
    incident="v1",
    id="u1",
    title="Elevated errors",
    stage=Stage.INVESTIGATING,
    seen_at=NOW - 60,
    bears_at=NOW - 90,
    words="We are looking.",
)
WORK = Maintenance(
    service="acme",
    id="m1",
    title="Moving house",
    stage=Stage.SCHEDULED,
    seen_at=NOW - 60,
    starts_at=NOW + 3600,
    ends_at=NOW + 7200,
)
INCIDENT = an_incident(
    opened_at=NOW - 720, confirmed_at=NOW - 700, worst=Verdict.CONTROL_PLANE_DOWN
)
ACCOUNT = Account(
    service="acme",
    incident="acme-1",
    acknowledged_at=NOW - 100,
    acknowledged_seen_at=NOW - 60,
    acknowledged_by="Elevated errors",
    lead_s=600.0,
    declared_at=NOW - 720,
    resolved_at=NOW - 50,
    settled_at=NOW - 50,
    premature_s=30.0,
)


def reading(outcome: Outcome = Outcome.OK, ago: float = 30.0) -> PageRead:
    made: Run = replace(run(ago=ago, outcome=outcome), path="status_page", plane=Plane.VENDOR)
    held = PathStatus(
        service="acme",
        path="status_page",
        plane=Plane.VENDOR,
        critical=False,
        state=State.UP if outcome is Outcome.OK else State.DOWN,
        since=NOW - 720,
        last_run=made,
        last_failure=None if outcome is Outcome.OK else made,
        fresh_until=NOW + 60,
    )
    return PageRead(run=made, status=held)


def compared(*contradicting: str, account: Account | None = None) -> Compared:
    return Compared(
        comparison=Comparison(
            service="acme", contradicting=frozenset(contradicting), account=account
        )
    )


def told(*made: object) -> Board:
    """A board of a service whose login is down, that heard these events."""
    login_down = status(Verdict.CONTROL_PLANE_DOWN, path("login", State.DOWN), planes=LOGIN_DOWN)
    whole = board(configured=SETTINGS)
    whole.handle(IncidentUpdated(incident=INCIDENT, status=replace(login_down, incident=INCIDENT)))
    for event in made:
        whole.handle(event)  # type: ignore[arg-type]
    return whole


def shown(made: Board, selector: str) -> str:
    page = LexborHTMLParser(Page().render(made.picture(), NOW))
    return " ".join(" ".join(node.text(separator=" ").split()) for node in page.css(selector))


def test_the_reading_of_a_page_stands_beside_the_paths_and_never_among_them() -> None:
    made = told(reading(ago=60), reading(Outcome.CHALLENGED))
    (view,) = made.picture().services
    assert [each.name for each in view.paths] == ["login"]
    assert view.page is not None
    assert [mark.outcome for mark in view.page.marks] == [Outcome.OK, Outcome.CHALLENGED]
    assert view.status is not None
    assert view.status.verdict is Verdict.CONTROL_PLANE_DOWN
    assert made.targets() == ("acme/login", "acme/status_page")
    held = made.path("acme", "status_page")
    assert held is not None
    assert held.plane is Plane.VENDOR


def test_a_service_without_a_page_has_no_such_path() -> None:
    made = board()
    with pytest.raises(KeyError, match="acme/status_page"):
        made.path("acme", "status_page")
    made.handle(reading())
    made.handle(Posted(post=POST))
    assert made.picture().services[0].page is None
    assert made.picture().services[0].vendor.posts == ()


def test_posts_are_newest_first_bounded_and_each_one_once() -> None:
    posts = [replace(POST, id=str(n), seen_at=NOW + n) for n in range(POSTS_KEPT + 5)]
    made = told(*(Posted(post=post) for post in posts))
    made.vendors.seed(posts=posts[-3:])
    assert made.picture().services[0].vendor.posts == tuple(posts[::-1][:POSTS_KEPT])


def test_a_maintenance_is_shown_until_it_is_over() -> None:
    made = told(Announced(maintenance=WORK))
    assert made.picture().services[0].vendor.maintenances == (WORK,)
    made.handle(Announced(maintenance=replace(WORK, stage=Stage.COMPLETED)))
    assert made.picture().services[0].vendor.maintenances == ()


def test_work_of_our_own_is_no_word_of_the_vendors() -> None:
    made = told(Announced(maintenance=replace(WORK, whose=Owner.OURS)))
    assert made.picture().services[0].vendor.maintenances == ()


def test_accounts_are_kept_by_incident_and_bounded() -> None:
    accounts = [replace(ACCOUNT, incident=str(n)) for n in range(ACCOUNTS_KEPT + 5)]
    made = told(*(compared(account=account) for account in accounts))
    assert len(made.picture().accounts) == ACCOUNTS_KEPT
    assert made.picture().accounts["7"] == accounts[7]


def test_the_page_shows_who_was_first_and_a_resolved_too_soon() -> None:
    assert "Vendor's first word" not in shown(told(), ".incident")
    assert "Vendor's first word none yet" in shown(
        told(compared(account=Account(service="acme", incident="acme-1"))), ".incident"
    )
    text = shown(told(compared(account=ACCOUNT)), ".incident")
    assert "Vendor's first word 12:09:50 UTC, 10 min after us" in text
    assert "resolved 12:10:40 UTC, and our runs failed for 30 s more" in text
    first = replace(ACCOUNT, lead_s=-30.0)
    assert "30 s before us" in shown(told(compared(account=first)), ".incident")


def test_the_page_shows_the_vendors_words_the_contradiction_and_the_page_itself() -> None:
    claim = Claim(service="acme", component="web", state=ClaimState.OPERATIONAL, seen_at=NOW - 5)
    made = told(
        Claimed(claim=claim),
        compared("web"),
        Posted(post=POST),
        Announced(maintenance=WORK),
        reading(Outcome.UNEXPECTED_STATUS),
    )
    text = shown(made, ".vendor")
    assert "Operational not what we see" in text
    assert "Investigating Elevated errors" in text
    assert "We are looking." in text
    assert "Scheduled Moving house" in text
    assert "Their page itself: down" in text
    assert "unexpected status at 12:11:00 UTC" in text


def test_a_post_about_others_is_not_put_before_people() -> None:
    made = told(
        Claimed(claim=Claim(service="acme", component="web", state=ClaimState.UNKNOWN, seen_at=1)),
        Posted(post=replace(POST, ours=False, title="Another product")),
    )
    assert "Another product" not in shown(made, ".vendor")


def test_hostile_words_are_inert_on_the_page() -> None:
    hostile = "<script>alert(1)</script>\u202e{{ 7 * 7 }}"
    made = told(
        Claimed(claim=Claim(service="acme", component="web", state=ClaimState.UNKNOWN, seen_at=1)),
        Posted(post=replace(POST, title=hostile, words=hostile, bears_at=1e30)),
        Announced(maintenance=replace(WORK, title=hostile, words=hostile, starts_at=-1e30)),
        compared(account=replace(ACCOUNT, acknowledged_by=hostile, acknowledged_at=1e30)),
    )
    html = Page().render(made.picture(), NOW)
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "49" not in shown(made, ".vendor .foreign")


async def test_the_api_tells_all_of_it() -> None:
    made = told(
        compared("web", account=ACCOUNT),
        Posted(post=POST),
        Announced(maintenance=WORK),
        reading(),
    )
    async with serving(Served(board=made)) as client:
        async with client.get("/api/v1/services/acme") as answer:
            service = await answer.json()
        async with client.get("/api/v1/incidents/acme-1") as answer:
            incident = await answer.json()
        async with client.get("/probe?target=acme/status_page") as answer:
            scraped = await answer.text()
    assert service["contradicting"] == ["web"]
    assert [each["name"] for each in service["paths"]] == ["login"]
    assert service["status_page"]["plane"] == "vendor"
    assert service["status_page"]["last_run"]["outcome"] == "ok"
    assert service["posts"] == [
        {
            "incident": "v1",
            "title": "Elevated errors",
            "stage": "investigating",
            "components": [],
            "concerns_us": True,
            "first_seen": "2026-03-02T12:10:30.000Z",
            "dated": "2026-03-02T12:10:00.000Z",
            "words": "We are looking.",
        }
    ]
    assert service["maintenances"][0]["starts_at"] == "2026-03-02T13:11:30.000Z"
    assert incident["vendor"] == {
        "acknowledged_at": "2026-03-02T12:09:50.000Z",
        "acknowledged_first_seen": "2026-03-02T12:10:30.000Z",
        "acknowledged_by": "Elevated errors",
        "lead_seconds": 600.0,
        "declared_start": "2026-03-02T11:59:30.000Z",
        "resolved_at": "2026-03-02T12:10:40.000Z",
        "settled_at": "2026-03-02T12:10:40.000Z",
        "premature_seconds": 30.0,
    }
    assert scraped == "probe_success status_page\n"
