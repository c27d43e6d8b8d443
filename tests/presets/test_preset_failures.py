"""Each way in which a preset's provider says that it fails: what a run makes of it, and judging."""

from typing import Any, NamedTuple

import pytest
from staged_presets import STAGES, judged, seen, staged, verdict
from standins import (
    CHALLENGE,
    CHUNKS,
    GEMINI_EXHAUSTED,
    GITHUB_LIMITED,
    MESSAGE,
    MESSAGE_EVENTS,
    OVERLOADED_EVENT,
    UPSTREAM,
    Answer,
    anthropic_error,
    by_stream,
    gemini_error,
    keyed,
    openai_error,
    rest_api,
    says,
    streams,
)

from probe.model.outcome import Outcome
from probe.model.state import Verdict


class Failure(NamedTuple):
    """What the provider answers at `route`, what `path` then shows, and what the service is."""

    route: str
    answer: Answer
    path: str
    outcome: Outcome
    verdict: Verdict


MESSAGES, STREAM, MODELS = "POST /v1/messages", "api_stream", "GET /v1/models"
COUNT, TOKEN = "POST /v1/messages/count_tokens", "POST /v1/oauth/token"
RESPONSES, CHAT = "POST /v1/responses", "POST /v1/chat/completions"
GENERATE = "POST /v1beta/models/gemini-3.5-flash-lite:generateContent"
DISCOVERY = "GET /.well-known/openid-configuration"
HTML = says("<title>Something else</title>")
EMPTY_SHELL = says("<div id=root></div>")
BROKEN = says("<h1>Internal Server Error</h1>", 500)
SORRY = says("<title>Claude</title>This isn't working right now")
SPEND_CAP = anthropic_error(
    "rate_limit_error", 429, "You have reached your specified API usage limits."
)
REFUSED_TOKEN = says({"error": "invalid_client"}, 401)

DEGRADED, UNKNOWN, HEALTHY = Verdict.DEGRADED, Verdict.UNKNOWN, Verdict.HEALTHY
LOGIN_DOWN, API_DOWN = Verdict.CONTROL_PLANE_DOWN, Verdict.DATA_PLANE_DOWN

FAILURES = {
    "anthropic": [
        Failure("GET /", CHALLENGE, "web", Outcome.CHALLENGED, HEALTHY),
        Failure("GET /", EMPTY_SHELL, "web", Outcome.BAD_CONTENT, DEGRADED),
        Failure("GET /login", SORRY, "login", Outcome.BAD_CONTENT, DEGRADED),
        Failure("GET /login", BROKEN, "login", Outcome.SERVER_ERROR, DEGRADED),
        Failure(TOKEN, UPSTREAM, "token", Outcome.SERVER_ERROR, LOGIN_DOWN),
        Failure(TOKEN, says("Rate exceeded", 429), "token", Outcome.THROTTLED, DEGRADED),
        Failure(MODELS, anthropic_error("api_error", 500), "api", Outcome.SERVER_ERROR, API_DOWN),
        Failure(MODELS, says("moved", 302), "api", Outcome.UNEXPECTED_STATUS, API_DOWN),
        Failure(
            MESSAGES,
            anthropic_error("overloaded_error", 529),
            "api_messages",
            Outcome.OVERLOADED,
            DEGRADED,
        ),
        Failure(
            MESSAGES,
            anthropic_error("rate_limit_error", 429, retry_after="30"),
            "api_messages",
            Outcome.THROTTLED,
            DEGRADED,
        ),
        Failure(MESSAGES, SPEND_CAP, "api_messages", Outcome.QUOTA_EXHAUSTED, UNKNOWN),
        Failure(
            MESSAGES,
            anthropic_error("billing_error", 402),
            "api_messages",
            Outcome.QUOTA_EXHAUSTED,
            UNKNOWN,
        ),
        Failure(
            MESSAGES,
            anthropic_error("timeout_error", 504),
            "model_opus",
            Outcome.SERVER_ERROR,
            API_DOWN,
        ),
        Failure(
            MESSAGES,
            by_stream(MESSAGE, streams(*MESSAGE_EVENTS[:2], OVERLOADED_EVENT)),
            STREAM,
            Outcome.OVERLOADED,
            DEGRADED,
        ),
        Failure(
            MESSAGES,
            by_stream(MESSAGE, streams(*MESSAGE_EVENTS[:4])),
            STREAM,
            Outcome.INCOMPLETE,
            DEGRADED,
        ),
        Failure(
            COUNT,
            anthropic_error("api_error", 503, "credential validation failed"),
            "api_count_tokens",
            Outcome.SERVER_ERROR,
            DEGRADED,
        ),
    ],
    "openai": [
        Failure("GET /", CHALLENGE, "web", Outcome.CHALLENGED, HEALTHY),
        Failure("GET /log-in", CHALLENGE, "login", Outcome.CHALLENGED, UNKNOWN),
        Failure("GET /log-in", BROKEN, "login", Outcome.SERVER_ERROR, LOGIN_DOWN),
        Failure(MODELS, BROKEN, "api", Outcome.SERVER_ERROR, API_DOWN),
        Failure(
            RESPONSES,
            openai_error("rate_limit_exceeded", 429),
            "api_responses",
            Outcome.THROTTLED,
            DEGRADED,
        ),
        Failure(
            RESPONSES,
            openai_error("insufficient_quota", 429),
            "api_responses",
            Outcome.QUOTA_EXHAUSTED,
            UNKNOWN,
        ),
        Failure(
            RESPONSES,
            openai_error("server_is_overloaded", 503),
            "api_responses",
            Outcome.OVERLOADED,
            DEGRADED,
        ),
        Failure(CHAT, streams(CHUNKS[0]), STREAM, Outcome.INCOMPLETE, DEGRADED),
    ],
    "gemini": [
        Failure("GET /ServiceLogin", BROKEN, "login", Outcome.SERVER_ERROR, DEGRADED),
        Failure("POST /token", BROKEN, "token", Outcome.SERVER_ERROR, LOGIN_DOWN),
        Failure(
            "GET /v1beta/models",
            gemini_error(403, "PERMISSION_DENIED"),
            "api",
            Outcome.UNEXPECTED_STATUS,
            API_DOWN,
        ),
        Failure(GENERATE, GEMINI_EXHAUSTED, "api_generate", Outcome.THROTTLED, DEGRADED),
        Failure(
            GENERATE,
            gemini_error(500, "INTERNAL"),
            "api_generate",
            Outcome.SERVER_ERROR,
            API_DOWN,
        ),
    ],
    "github": [
        Failure("GET /login", HTML, "login", Outcome.BAD_CONTENT, LOGIN_DOWN),
        Failure("GET /", GITHUB_LIMITED, "api", Outcome.QUOTA_EXHAUSTED, UNKNOWN),
        Failure(
            "GET /", says("<title>Unicorn!</title>", 503), "api", Outcome.SERVER_ERROR, API_DOWN
        ),
        Failure("GET /user", BROKEN, "token", Outcome.SERVER_ERROR, LOGIN_DOWN),
        Failure("POST /graphql", BROKEN, "graphql", Outcome.SERVER_ERROR, DEGRADED),
    ],
    "oidc": [
        Failure(
            DISCOVERY,
            says({"issuer": "http://other.invalid"}),
            "keys",
            Outcome.BAD_CONTENT,
            Verdict.OUTAGE,
        ),
        Failure("GET /keys", says({"keys": []}), "keys", Outcome.BAD_CONTENT, API_DOWN),
        Failure(
            "POST /token",
            says({"error": "temporarily_unavailable"}, 503),
            "login",
            Outcome.OVERLOADED,
            DEGRADED,
        ),
        Failure(
            "POST /token",
            says({"error": "server_error"}, 500),
            "login",
            Outcome.SERVER_ERROR,
            LOGIN_DOWN,
        ),
        Failure("POST /token", HTML, "login", Outcome.BAD_CONTENT, LOGIN_DOWN),
        Failure("POST /token", REFUSED_TOKEN, "login", Outcome.UNAUTHORIZED, LOGIN_DOWN),
    ],
    "form-login+rest-api": [
        Failure("GET /login", HTML, "login_page", Outcome.BAD_CONTENT, LOGIN_DOWN),
        Failure("POST /login", BROKEN, "login", Outcome.SERVER_ERROR, LOGIN_DOWN),
        Failure("POST /login", says("locked", 429), "login", Outcome.THROTTLED, DEGRADED),
        Failure("POST /login", says("conflict", 409), "login", Outcome.UNAUTHORIZED, LOGIN_DOWN),
        Failure("GET /home", HTML, "session", Outcome.BAD_CONTENT, LOGIN_DOWN),
        Failure("POST /logout", says("bye"), "login", Outcome.UNEXPECTED_STATUS, LOGIN_DOWN),
        Failure("GET /v1/things", BROKEN, "api", Outcome.SERVER_ERROR, API_DOWN),
        Failure("GET /v1/things", HTML, "api_call", Outcome.BAD_CONTENT, API_DOWN),
        Failure(
            "GET /v1/things",
            keyed(BROKEN, rest_api()["GET /v1/things"], "Authorization"),
            "api_call",
            Outcome.SERVER_ERROR,
            API_DOWN,
        ),
    ],
}
ROWS = [
    pytest.param(name, failure, id=f"{name} {failure.path} {failure.outcome} {i}")
    for name, failures in FAILURES.items()
    for i, failure in enumerate(failures)
]


@pytest.mark.parametrize(("name", "failure"), ROWS)
@pytest.mark.unwatched  # each runs all paths a dozen times, as test_preset_paths.py does
async def test_a_documented_failure_has_its_outcome_and_its_verdict(
    name: str, failure: Failure
) -> None:
    runs = await seen(name, "account", {failure.route: failure.answer})
    assert runs[failure.path].outcome is failure.outcome
    assert await verdict(name, runs) is failure.verdict


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("anthropic", "key"),
        ("openai", "key"),
        ("gemini", "key"),
        ("github", "token"),
        ("oidc", "client_secret"),
        ("form-login", "password"),
        ("rest-api", "key"),
    ],
)
async def test_a_credential_that_never_worked_is_ours_and_takes_nothing_down(
    name: str, wrong: str
) -> None:
    account: dict[str, Any] = {wrong: "never-worked"}
    runs = await seen(name, "account", **account)
    refused = {path for path, run in runs.items() if run.outcome is Outcome.UNAUTHORIZED}
    assert refused == {path for path, run in runs.items() if not run.outcome.succeeded}, (
        "nothing else may look broken"
    )
    assert refused
    service = staged(name, "account", **{wrong: "never-worked"})
    assert not judged(service, runs.values()).status.verdict.troubled


def test_every_preset_has_its_failures() -> None:
    assert {each for name in FAILURES for each in name.split("+")} == set(STAGES)
