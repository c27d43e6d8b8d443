"""The API's description holds of every answer, and says no more than is served."""

import json
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from test_vendor_board import ACCOUNT, POST, WORK, told
from test_web_gate import basic, hashed
from web_stage import CLOCK, NOW, Served, board, failed, path, run, serving, status

from probe.model.claim import Claim, ClaimState, Comparison, Stage
from probe.model.event import Announced, Claimed, Compared, Posted, Reviewed
from probe.model.outcome import Blame, Outcome, Phase
from probe.model.run import Quota, StreamSeen
from probe.model.state import Finding, Plane, State, Verdict
from probe.reporting.board import Board
from probe.reporting.web.api import Api
from probe.reporting.web.assets import ASSETS
from probe.reporting.web.gate import MOST_WAITING
from probe.reporting.web.history import CachedHistory

DOCUMENT: dict[str, Any] = json.loads(ASSETS["openapi.json"].body)
STREAM = StreamSeen(events=3, first_byte_s=0.1, longest_gap_s=2)
QUOTA = Quota(name="requests", remaining=1, limit=4)
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def troubled() -> Board:
    """A board that has something of everything."""
    claim = Claim(service="acme", component="web", state=ClaimState.MAJOR_OUTAGE, seen_at=NOW)
    made = told(
        Claimed(claim=claim),
        Posted(post=POST),
        Announced(maintenance=WORK),
        Compared(comparison=Comparison(service="acme", account=ACCOUNT)),
    )
    seen = failed()
    streamed = replace(run(), steps=(replace(run().steps[0], stream=STREAM, quotas=(QUOTA,)),))
    held = path("login", State.DOWN, last_run=streamed, last_failure=seen)
    made.handle(Reviewed(status=status(Verdict.OUTAGE, held)))
    return made


def problems(answer: object, schema: object) -> list[str]:
    whole = {**DOCUMENT, "$ref": schema["$ref"]} if isinstance(schema, dict) else {}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


async def ask(made: Board, url: str) -> tuple[int, Any]:
    async with serving(Served(board=made)) as client, client.get(url) as answer:
        return answer.status, await answer.json()


@pytest.mark.unwatched  # a file is tested here, and no code
def test_the_description_is_one_of_openapi() -> None:
    validate(DOCUMENT)


async def test_it_is_served() -> None:
    assert await ask(board(), "/api/v1/openapi.json") == (200, DOCUMENT)


def test_it_names_every_route_and_no_other() -> None:
    routes = Api(board(), CachedHistory(None, CLOCK), CLOCK).routes()
    assert set(DOCUMENT["paths"]) == {route.path for route in routes}
    assert all(isinstance(route, web.RouteDef) for route in routes)


@pytest.mark.parametrize("made", [board(), troubled()], ids=["before the first look", "troubled"])
@pytest.mark.parametrize(
    ("route", "url"),
    [
        ("/api/v1/services", "/api/v1/services"),
        ("/api/v1/services/{name}", "/api/v1/services/acme"),
        ("/api/v1/services/{name}", "/api/v1/services/none"),
        ("/api/v1/incidents", "/api/v1/incidents"),
        ("/api/v1/incidents/{id}", "/api/v1/incidents/acme-1"),
        ("/api/v1/incidents/{id}", "/api/v1/incidents/none"),
    ],
)
async def test_every_answer_is_as_described(made: Board, route: str, url: str) -> None:
    status_code, answer = await ask(made, url)
    described = DOCUMENT["paths"][route]["get"]["responses"][str(status_code)]
    assert problems(answer, described["content"]["application/json"]["schema"]) == []


@pytest.mark.parametrize(("waiting", "code"), [(MOST_WAITING, 401), (0, 503)])
async def test_what_a_stranger_is_answered_is_described_for_every_route(
    waiting: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probe.reporting.web.gate.MOST_WAITING", waiting)
    guarded = Served(users={"prometheus": hashed("correct horse")})
    async with serving(guarded) as client:
        for route, operations in DOCUMENT["paths"].items():
            url = route.format(name="acme", id="acme-1")
            async with client.get(url, headers=basic("prometheus", "wrong")) as answer:
                assert answer.status == code
                name = operations["get"]["responses"][str(code)]["$ref"].rpartition("/")[2]
                described = DOCUMENT["components"]["responses"][name]
                assert answer.content_type in described["content"]
                assert set(described["headers"]) <= set(answer.headers)


async def test_a_missing_an_added_and_a_misspelt_value_are_noticed() -> None:
    _, service = await ask(troubled(), "/api/v1/services/acme")
    schema = {"$ref": "#/components/schemas/Service"}
    assert problems(service, schema) == []
    for wrong in (
        {key: value for key, value in service.items() if key != "words"},
        service | {"added": 1},
        service | {"verdict": "fine"},
        service | {"since": "yesterday"},
    ):
        assert problems(wrong, schema) != []


@pytest.mark.parametrize(
    "words", [Plane, State, Verdict, Finding, Outcome, Blame, Phase, ClaimState, Stage]
)
def test_every_word_of_ours_is_described(words: Iterable[StrEnum]) -> None:
    name = words.__name__  # type: ignore[attr-defined]
    assert SCHEMAS[name]["enum"] == [str(word) for word in words]


def test_every_object_names_all_that_it_holds() -> None:
    objects = [schema for schema in SCHEMAS.values() if "properties" in schema]
    assert objects
    for schema in objects:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
