"""What programs read: names, RFC 3339 times, seconds; null where nothing is known."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from made_incidents import a_transition, an_incident
from web_stage import LOGIN_DOWN, NOW, Served, board, failed, path, run, serving, settings, status

from probe.model.claim import Claim, ClaimState
from probe.model.event import IncidentUpdated, Reviewed
from probe.model.incident import Move, Wave
from probe.model.outcome import Outcome
from probe.model.run import Evidence, Quota, StepResult, StreamSeen
from probe.model.state import Finding, State, Verdict
from probe.reporting.web import api

INCIDENT = an_incident(
    opened_at=NOW - 720,
    confirmed_at=NOW - 700,
    worst=Verdict.CONTROL_PLANE_DOWN,
    last_bad_at=NOW - 8,
    waves=(Wave(started_at=NOW - 720),),
    transitions=(
        a_transition(
            at=NOW - 700,
            new=Verdict.CONTROL_PLANE_DOWN,
            reason="login is down",
            causes=("r1",),
            first_bad_at=NOW - 720,
        ),
    ),
    moves=(Move(path="login", at=NOW - 700, state=State.DOWN, reason="timed_out at submit"),),
    down_s={"login": 712.0},
    signature="s",
)


def troubled() -> Served:
    bad = failed()
    down = path("login", State.DOWN, last_run=bad, last_failure=bad)
    told = replace(
        status(Verdict.CONTROL_PLANE_DOWN, down, path("api"), planes=LOGIN_DOWN),
        findings=frozenset({Finding.THROTTLED, Finding.NEW_SESSIONS_ONLY}),
        incident=INCIDENT,
    )
    made = board()
    made.handle(IncidentUpdated(incident=INCIDENT, status=told))
    state = ClaimState.OPERATIONAL
    made.seed(claims=[Claim(service="acme", component="web", state=state, seen_at=NOW - 60)])
    return Served(board=made)


async def get(served: Served, route: str, code: int = 200) -> dict[str, Any]:
    async with serving(served) as client, client.get(f"/api/v1{route}") as answer:
        assert answer.status == code
        body: dict[str, Any] = await answer.json()
        return body


async def test_a_service_is_told_with_its_verdict_and_all_that_led_to_it() -> None:
    assert await get(troubled(), "/services/acme") == {
        "name": "acme",
        "verdict": "control_plane_down",
        "words": "Login down · API up",
        "since": "2026-03-02T11:59:30.000Z",
        "planes": {"control": "down", "data": "up"},
        "findings": ["new_sessions_only", "throttled"],
        "paths": [
            {
                "name": "login",
                "plane": "control",
                "critical": True,
                "session": None,
                "state": "down",
                "since": "2026-03-02T11:59:30.000Z",
                "fresh": True,
                "maintenance": None,
                "last_run": FAILED,
                "last_failure": FAILED,
            },
            {
                "name": "api",
                "plane": "data",
                "critical": True,
                "session": None,
                "state": "up",
                "since": "2026-03-02T11:59:30.000Z",
                "fresh": True,
                "maintenance": None,
                "last_run": None,
                "last_failure": None,
            },
        ],
        "incident": "acme-1",
        "claims": [
            {
                "component": "web",
                "absent": False,
                "state": "operational",
                "first_seen": "2026-03-02T12:10:30.000Z",
                "dated": None,
                "words": "",
            }
        ],
        "status_page": None,
        "contradicting": [],
        "posts": [],
        "maintenances": [],
        "windows": [],
    }


FAILED = {
    "id": "no session cookie",
    "started_at": "2026-03-02T12:11:22.000Z",
    "duration_seconds": 0.3,
    "outcome": "server_error",
    "blame": "theirs",
    "confirmation": False,
    "failed_step": "no session cookie",
    "failed_phase": "processing",
    "http_status": 500,
    "leads_to": "",
    "error": "no session cookie",
    "failed_checks": [
        {
            "name": "no session cookie",
            "expected": "no session cookie",
            "actual": "no session cookie",
        }
    ],
    "excerpt": "no session cookie",
    "stream": None,
    "quotas": [],
}


async def test_a_redirect_that_was_not_followed_tells_where_it_leads() -> None:
    evidence = Evidence(status=302, headers=(("location", "https://acme.example/login"),))
    step = StepResult(name="ask", outcome=Outcome.BAD_CONTENT, duration_s=1, evidence=evidence)
    held = path("login", State.UP, last_run=replace(run(), steps=(step,), failed_step="ask"))
    made = board()
    made.handle(Reviewed(status=status(Verdict.HEALTHY, held)))
    told = await get(Served(board=made), "/services/acme")
    assert told["paths"][0]["last_run"]["leads_to"] == "https://acme.example/login"


async def test_a_stream_and_what_is_left_of_budgets_are_told() -> None:
    stream = StreamSeen(events=3, first_byte_s=0.1, first_event_s=0.2, first_token_s=0.5)
    left = [Quota(name="requests", remaining=rest, limit=10, reset_s=60) for rest in (5, 4)]
    steps = (
        StepResult(name="a", outcome=Outcome.OK, duration_s=1, stream=stream, quotas=(left[0],)),
        StepResult(name="b", outcome=Outcome.OK, duration_s=1, quotas=(left[1],)),
    )
    held = path("login", State.UP, last_run=replace(run(), steps=steps))
    made = board()
    made.handle(Reviewed(status=status(Verdict.HEALTHY, held)))
    told = json.loads(json.dumps(await get(Served(board=made), "/services/acme")))
    last_run = told["paths"][0]["last_run"]
    assert last_run["stream"] == {
        "events": 3,
        "first_byte_seconds": 0.1,
        "first_event_seconds": 0.2,
        "first_token_seconds": 0.5,
        "longest_gap_seconds": None,
    }
    assert last_run["quotas"] == [
        {"name": "requests", "remaining": 4, "limit": 10, "reset_seconds": 60}
    ]


async def test_services_are_listed_in_order_with_the_time_and_place() -> None:
    body = await get(Served(board=board(configured=settings("zeta", "acme"))), "/services")
    services = body.pop("services")
    assert body == {"location": "fra1", "time": "2026-03-02T12:11:30.000Z"}
    assert isinstance(services, list)
    assert [service["name"] for service in services] == ["zeta", "acme"]


async def test_before_the_first_look_a_service_is_unknown_since_never() -> None:
    body = await get(Served(), "/services/acme")
    assert (body["verdict"], body["words"], body["since"]) == ("unknown", "Not looked yet", None)
    paths = body["paths"]
    assert isinstance(paths, list)
    assert [(path["state"], path["fresh"]) for path in paths] == [("unknown", False)] * 2


async def test_an_incident_is_told_whole_alone_and_in_the_list() -> None:
    told = await get(troubled(), "/incidents/acme-1")
    assert told == {
        "id": "acme-1",
        "service": "acme",
        "open": True,
        "worst": "control_plane_down",
        "signature": "s",
        "last_good_at": None,
        "opened_at": "2026-03-02T11:59:30.000Z",
        "confirmed_at": "2026-03-02T11:59:50.000Z",
        "last_bad_at": "2026-03-02T12:11:22.000Z",
        "closed_at": None,
        "settled_at": None,
        "down_seconds": {"login": 712.0},
        "waves": [{"started_at": "2026-03-02T11:59:30.000Z", "ended_at": None}],
        "transitions": [
            {
                "at": "2026-03-02T11:59:50.000Z",
                "old": "healthy",
                "new": "control_plane_down",
                "reason": "login is down",
                "causes": ["r1"],
                "first_bad_at": "2026-03-02T11:59:30.000Z",
            }
        ],
        "findings": [],
        "moves": [
            {
                "at": "2026-03-02T11:59:50.000Z",
                "path": "login",
                "state": "down",
                "reason": "timed_out at submit",
            }
        ],
        "maintenance": None,
        "vendor": None,
    }
    assert await get(troubled(), "/incidents") == {"incidents": [told]}


async def test_an_unknown_name_lists_the_known_ones() -> None:
    assert await get(troubled(), "/services/acmee", 404) == {
        "error": "no such service",
        "services": ["acme"],
    }
    assert await get(troubled(), "/incidents/2", 404) == {
        "error": "no such incident",
        "incidents": ["acme-1"],
    }


async def test_a_time_that_no_calendar_holds_is_null() -> None:
    made = board(replace(status(), since=1e30))
    body = await get(Served(board=made), "/services/acme")
    assert body["since"] is None
    assert json.dumps(body)


@pytest.mark.parametrize(
    ("route", "document"), [("/services", "_service"), ("/incidents", "_incident")]
)
async def test_a_list_is_written_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, route: str, document: str
) -> None:
    def noted(*_: object) -> dict[str, Any]:
        threads.append(threading.current_thread())
        return {}

    threads: list[threading.Thread] = []
    monkeypatch.setattr(api, document, noted)
    told = await get(troubled(), route)
    assert told[route.removeprefix("/")] == [{}]
    assert threads
    assert threading.current_thread() not in threads
