"""What a status, a header or a mark in the body stands for."""

import json

import pytest
from lookout import always, anything, look, only_step, web_server

from probe.model.outcome import Outcome
from probe.model.run import Run

FORM = '<form method="post"><input name="u"><input class="x" type="password"></form>'
KEY = '\n  headers: {x-api-key: "${env:PROBE_TEST_KEY}"}'


def error(kind: str) -> str:
    return json.dumps({"type": "error", "error": {"type": kind, "code": None}})


def told(message: str) -> str:
    kind = "invalid_request_error"
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}})


async def answered(status: int, headers: dict[str, str], body: str, keys: str = "") -> Run:
    """A request to a server that answers so, with further `keys` of its step."""
    async with web_server(anything(always(status=status, headers=headers, text=body))) as url:
        return await look(f"- request: GET {url}/{keys}")


SPENT = Outcome.QUOTA_EXHAUSTED
BANNED = "<title>Access denied | a.example used Cloudflare to restrict access</title>"
INCAPSULA = (
    '<iframe src="/_Incapsula_Resource?CWUDNSAI=23&incident_id=1-2&edet={error}&cinfo=0e00">'
    "Request unsuccessful. Incapsula incident ID: 1-2</iframe>"
)
GOOGLE_REFUSAL = json.dumps(
    {
        "error": {
            "code": 400,
            "status": "INVALID_ARGUMENT",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
            ],
        }
    }
)


@pytest.mark.parametrize(
    ("status", "headers", "body", "outcome"),
    [
        (200, {}, "", Outcome.OK),
        (299, {}, "", Outcome.OK),
        (200, {"cf-mitigated": "challenge"}, "", Outcome.CHALLENGED),
        (403, {"cf-mitigated": "challenge"}, "", Outcome.CHALLENGED),
        (202, {"x-amzn-waf-action": "challenge"}, "", Outcome.CHALLENGED),
        (403, {}, "<title>Just a moment...</title>", Outcome.CHALLENGED),
        (503, {}, "window._cf_chl_opt = {}", Outcome.CHALLENGED),
        (429, {}, '<script src="/cdn-cgi/challenge-platform/h/b">', Outcome.CHALLENGED),
        (403, {}, "<title>Attention Required! | Cloudflare</title>", Outcome.CHALLENGED),
        (500, {}, "<title>Just a moment...</title>", Outcome.SERVER_ERROR),
        (402, {}, "", Outcome.QUOTA_EXHAUSTED),
        (429, {}, "", Outcome.THROTTLED),
        (429, {}, error("rate_limit_error"), Outcome.THROTTLED),
        (429, {}, error("insufficient_quota"), Outcome.QUOTA_EXHAUSTED),
        (429, {}, '{"error": {"code": "insufficient_quota"}}', Outcome.QUOTA_EXHAUSTED),
        (429, {}, error("billing_error"), Outcome.QUOTA_EXHAUSTED),
        (429, {"x-ratelimit-remaining": "0"}, "", Outcome.QUOTA_EXHAUSTED),
        (403, {"x-ratelimit-remaining": "0"}, "", Outcome.QUOTA_EXHAUSTED),
        (429, {"RateLimit": '"a";r=0;t=9'}, "", Outcome.QUOTA_EXHAUSTED),
        (429, {"x-ratelimit-remaining-requests": "12"}, "", Outcome.THROTTLED),
        (500, {"x-ratelimit-remaining": "0"}, "", Outcome.SERVER_ERROR),
        (200, {"x-ratelimit-remaining": "0"}, "", Outcome.OK),
        (400, {}, told("You have reached your specified API usage limits."), SPENT),
        (400, {}, told("Your credit balance is too low to access the API."), SPENT),
        (429, {}, told("Extra usage is required for long context requests."), SPENT),
        (400, {}, told("Usage credits are required for this model."), SPENT),
        (403, {}, told("This workspace has reached its monthly spend limit."), SPENT),
        (429, {}, told("You have hit your spending cap."), SPENT),
        (429, {}, told("You have reached your usage limit."), SPENT),
        (400, {}, told("max_tokens: Field required"), Outcome.UNEXPECTED_STATUS),
        (500, {}, told("could not read usage limits"), Outcome.SERVER_ERROR),
        (400, {}, GOOGLE_REFUSAL, Outcome.UNAUTHORIZED),
        (401, {}, error("authentication_error"), Outcome.UNAUTHORIZED),
        (401, {}, '{"error": {"code": "invalid_api_key"}}', Outcome.UNAUTHORIZED),
        (400, {}, '{"error": "invalid_grant"}', Outcome.UNAUTHORIZED),
        (400, {}, '{"error": "unauthorized_client"}', Outcome.UNAUTHORIZED),
        (404, {}, error("authentication_error"), Outcome.UNEXPECTED_STATUS),
        (500, {}, error("authentication_error"), Outcome.SERVER_ERROR),
        (400, {}, "<h1>No required SSL certificate was sent</h1>", Outcome.UNAUTHORIZED),
        (400, {}, "<h1>The SSL certificate error</h1>", Outcome.UNAUTHORIZED),
        (500, {}, "<h1>The SSL certificate error</h1>", Outcome.SERVER_ERROR),
        (400, {}, '{"error": "temporarily_unavailable"}', Outcome.OVERLOADED),
        (429, {}, '{"error": {"status": "RESOURCE_EXHAUSTED"}}', Outcome.THROTTLED),
        (503, {}, '{"error": {"code": "slow_down"}}', Outcome.OVERLOADED),
        (405, {"x-amzn-waf-action": "captcha"}, "", Outcome.CHALLENGED),
        (429, {"cf-mitigated": "challenge", "Retry-After": "9"}, "", Outcome.CHALLENGED),
        (503, {"cf-mitigated": "challenge"}, error("overloaded_error"), Outcome.CHALLENGED),
        (401, {"cf-mitigated": " Challenge "}, "", Outcome.CHALLENGED),
        (529, {}, "", Outcome.OVERLOADED),
        (503, {}, "", Outcome.SERVER_ERROR),
        (503, {"Retry-After": "5"}, "", Outcome.OVERLOADED),
        (500, {}, error("overloaded_error"), Outcome.OVERLOADED),
        (500, {}, '{"error": "overloaded_error"}', Outcome.OVERLOADED),
        (500, {}, "[" * 100_000, Outcome.SERVER_ERROR),
        (401, {}, "", Outcome.UNEXPECTED_STATUS),
        (404, {}, "", Outcome.UNEXPECTED_STATUS),
        (499, {}, "", Outcome.UNEXPECTED_STATUS),
        (599, {}, "", Outcome.SERVER_ERROR),
        (302, {"Location": "/maintenance"}, "", Outcome.UNEXPECTED_STATUS),
    ],
)
async def test_an_answer_says_what_it_is(
    status: int, headers: dict[str, str], body: str, outcome: Outcome
) -> None:
    run = await answered(status, headers, body)
    assert run.outcome is outcome
    assert run.failed_phase is None


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"X-Vercel-Mitigated": "challenge"}, ""),
        (403, {"X-Vercel-Mitigated": "deny"}, '{"message": "Forbidden"}'),
        (403, {}, "error code: 1010"),
        (403, {}, "error code: 1020\n"),
        (403, {}, BANNED),
        (403, {}, "<title>Vercel Security Checkpoint</title>"),
        (403, {"X-DD-B": "1"}, '{"url": "https://geo.captcha-delivery.example/"}'),
        (403, {}, '<script src="https://ct.captcha-delivery.com/c.js"></script>'),
        (403, {}, "Request unsuccessful. Incapsula incident ID: 1-2"),
        (403, {}, INCAPSULA.format(error=15)),
        (503, {}, INCAPSULA.format(error=12)),
        (403, {}, "<script>window._pxAppId = 'PX0';</script><div id=px-captcha></div>"),
        (403, {}, '{"appId": "PX0", "blockScript": "https://captcha.px-cdn.net/PX0/captcha.js"}'),
        (403, {}, "<H1>Access Denied</H1>Reference&#32;&#35;18&#46;44db1cb8&#46;1564180069"),
        (403, {}, "Access Denied. Reference #18.e3c1202.1744611336.e02832"),
    ],
)
@pytest.mark.parametrize("secret", ["", KEY], ids=["nobody", "with a key"])
async def test_a_wall_of_any_vendors_is_neither_an_outage_nor_a_refused_key(
    status: int, headers: dict[str, str], body: str, secret: str
) -> None:
    run = await answered(status, headers, body, secret)
    assert run.outcome is Outcome.CHALLENGED
    shown = dict(run.steps[0].evidence.headers)
    assert {name: shown.get(name.lower()) for name in headers} == headers


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (503, {}, "Service Unavailable - DNS failure. Reference #11.44db1cb8.1564180069"),
        (503, {"X-Vercel-Mitigated": "log"}, ""),
        (503, {}, "<script>window._pxAppId = 'PX0';</script>"),
        (503, {}, '<script src="/_Incapsula_Resource?SWJIYLWA=719d"></script>'),
        (503, {}, INCAPSULA.format(error=8)),
        (503, {}, INCAPSULA.format(error=20)),
        (503, {}, INCAPSULA.format(error=1)),
        (503, {}, '<script src="https://js.datadome.co/tags.js"></script>'),
        (500, {}, "<title>Vercel Security Checkpoint</title>"),
        (500, {}, "error code: 1010"),
    ],
)
async def test_an_error_behind_a_wall_is_the_services(
    status: int, headers: dict[str, str], body: str
) -> None:
    assert (await answered(status, headers, body)).outcome is Outcome.SERVER_ERROR


@pytest.mark.parametrize("body", ["error code: 1015", BANNED])
async def test_a_rate_limit_of_cloudflares_is_no_bot_wall(body: str) -> None:
    async with web_server(anything(always(status=429, text=body))) as url:
        run = await look(f"- request: GET {url}/")
    assert run.outcome is Outcome.THROTTLED


async def test_what_an_api_says_of_a_number_is_no_bot_wall() -> None:
    body = '{"message": "error code: 1010"}'
    async with web_server(anything(always(status=403, text=body))) as url:
        run = await look(f"- request: GET {url}/{KEY}")
    assert run.outcome is Outcome.UNAUTHORIZED


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (error("overloaded_error"), Outcome.OVERLOADED),
        (error("rate_limit_error"), Outcome.THROTTLED),
        (error("insufficient_quota"), SPENT),
        ('{"error": "invalid_client"}', Outcome.UNAUTHORIZED),
        ('{"error": "incorrect_client_credentials"}', Outcome.UNAUTHORIZED),  # GitHub's
        ('{"error": "bad_refresh_token"}', Outcome.UNAUTHORIZED),  # GitHub's
        (error("api_error"), Outcome.BAD_CONTENT),
        ('{"answer": 41}', Outcome.BAD_CONTENT),
        ('{"answer": 42, "error": "overloaded_error"}', Outcome.OK),
    ],
)
async def test_an_error_that_comes_with_200_is_called_by_its_name(
    body: str, outcome: Outcome
) -> None:
    async with web_server(anything(always(text=body))) as url:
        run = await look(f"- {{request: GET {url}/, expect: {{json: {{answer: 42}}}}}}")
    assert run.outcome is outcome


@pytest.mark.parametrize("script", ["", "/h/b", "/h/g"], ids=["plain", "h/b", "h/g"])
@pytest.mark.parametrize("name", ["jsd/main.js", "invisible.js"])
async def test_a_page_that_cloudflare_looks_at_browsers_from_is_no_bot_wall(
    script: str, name: str
) -> None:
    page = (
        "<h1>Down for maintenance</h1><script>window.__CF$cv$params={r:'9c2e'};"
        f"a.src='/cdn-cgi/challenge-platform{script}/scripts/{name}';</script>"
    )
    async with web_server(anything(always(status=503, text=page))) as url:
        down = await look(f"- request: GET {url}/")
    async with web_server(anything(always(status=403, text=page))) as url:
        refused = await look(f"- request: GET {url}/{KEY}")
    assert (down.outcome, refused.outcome) == (Outcome.SERVER_ERROR, Outcome.UNAUTHORIZED)


async def test_a_bot_wall_is_told_by_the_script_that_it_runs() -> None:
    page = '<script src="/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1"></script>'
    async with web_server(anything(always(status=403, text=page))) as url:
        run = await look(f"- request: GET {url}/")
    assert run.outcome is Outcome.CHALLENGED


@pytest.mark.parametrize("status", [401, 403, 409])
@pytest.mark.parametrize(
    "credential",
    [
        KEY,
        "\n  basic: {user: me, password: plain}",
        "\n  bearer: plain",
        '\n  query: {key: "${env:PROBE_TEST_KEY}"}',
        '\n  form: {password: "${env:PROBE_TEST_KEY}"}',
        '\n  json: {deep: ["${env:PROBE_TEST_KEY}"]}',
        '\n  body: "${env:PROBE_TEST_KEY}"',
    ],
)
async def test_a_refusal_of_a_credential_is_unauthorized(status: int, credential: str) -> None:
    async with web_server(anything(always(status=status))) as url:
        run = await look(f"- request: POST {url}/{credential}")
    assert run.outcome is Outcome.UNAUTHORIZED


async def test_a_secret_in_the_url_is_a_credential_too() -> None:
    async with web_server(anything(always(status=403))) as url:
        run = await look(f'- request: "GET {url}/?key=${{env:PROBE_TEST_KEY}}"')
    assert run.outcome is Outcome.UNAUTHORIZED
    assert only_step(run).evidence.url.endswith("/?key=***")


async def test_a_refusal_of_a_cookie_is_unauthorized() -> None:
    async with web_server(anything(always(headers={"Set-Cookie": "session=1"}))) as url:
        run = await look(f"- request: GET {url}/\n- request: GET {url}/\n  expect: {{status: 302}}")
    assert run.outcome is Outcome.UNEXPECTED_STATUS
    async with web_server(anything(always(status=401, headers={"Set-Cookie": "session=1"}))) as url:
        steps = f"- request: GET {url}/\n  expect: {{status: 401}}\n- request: GET {url}/"
        run = await look(steps)
    assert (run.outcome, run.failed_step) == (Outcome.UNAUTHORIZED, "step2")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        (FORM, "302", Outcome.UNAUTHORIZED),
        (FORM, "[302, 303]", Outcome.UNAUTHORIZED),
        (FORM, "3xx", Outcome.UNAUTHORIZED),
        (FORM.upper(), "303", Outcome.UNAUTHORIZED),
        ("<input name=p type = password>", "302", Outcome.UNAUTHORIZED),
        ("<input type='password'>", "302", Outcome.UNAUTHORIZED),
        ("<inputs type=password>", "302", Outcome.UNEXPECTED_STATUS),
        ("<input prototype=password>", "302", Outcome.UNEXPECTED_STATUS),
        (FORM, "201", Outcome.UNEXPECTED_STATUS),
        ("<p>type=password</p>", "302", Outcome.UNEXPECTED_STATUS),
        ("<input " * 20_000, "302", Outcome.UNEXPECTED_STATUS),
    ],
)
async def test_the_login_form_again_means_a_refused_login(
    body: str, status: str, outcome: Outcome
) -> None:
    async with web_server(anything(always(text=body, content_type="text/html"))) as url:
        run = await look(f"- request: POST {url}/{KEY}\n  expect: {{status: {status}}}")
    assert run.outcome is outcome


async def test_the_login_form_in_an_error_is_an_error() -> None:
    run = await answered(500, {}, FORM, f"{KEY}\n  expect: {{status: 302}}")
    assert run.outcome is Outcome.SERVER_ERROR


PASSWORD = "\n  form: {user: me, password: correct-horse}"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (422, "", Outcome.UNAUTHORIZED),
        (423, "", Outcome.UNAUTHORIZED),
        (400, '{"code": 400, "error_code": "invalid_credentials"}', Outcome.UNAUTHORIZED),
        (401, "", Outcome.UNAUTHORIZED),
        (404, "", Outcome.UNEXPECTED_STATUS),
        (400, told("Your credit balance is too low to access the API."), SPENT),
        (500, FORM, Outcome.SERVER_ERROR),
        (429, FORM, Outcome.THROTTLED),
        (200, "Welcome", Outcome.OK),
        (200, FORM, Outcome.UNAUTHORIZED),
        (200, "This isn't working right now", Outcome.BAD_CONTENT),
    ],
)
async def test_a_password_that_is_not_let_in_is_refused_however_that_is_said(
    status: int, body: str, outcome: Outcome
) -> None:
    async with web_server(anything(always(status=status, text=body))) as url:
        steps = f"- request: POST {url}/{PASSWORD}\n  expect: {{body: {{contains: Welcome}}}}"
        run = await look(steps)
    assert run.outcome is outcome


@pytest.mark.parametrize("status", [400, 422, 423])
async def test_these_refuse_no_key_of_a_header(status: int) -> None:
    async with web_server(anything(always(status=status, text=FORM))) as url:
        run = await look(f"- request: POST {url}/{KEY}")
    assert run.outcome is Outcome.UNEXPECTED_STATUS


SECONDARY = '{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'


@pytest.mark.parametrize(
    ("headers", "body", "outcome"),
    [
        ({"Retry-After": "600"}, SECONDARY, Outcome.THROTTLED),
        ({"Retry-After": "600"}, "Down for maintenance", Outcome.UNAUTHORIZED),
        ({"x-ratelimit-remaining": "4990"}, SECONDARY, Outcome.THROTTLED),
        ({"x-ratelimit-remaining": "4990"}, '{"message": "Bad key"}', Outcome.UNAUTHORIZED),
        ({"x-ratelimit-remaining": "0"}, SECONDARY, Outcome.QUOTA_EXHAUSTED),
        ({}, '{"message": "Rate limit exceeded"}', Outcome.THROTTLED),
        ({}, '{"message": "Beyond your corporate limit"}', Outcome.UNAUTHORIZED),
    ],
)
async def test_a_403_that_limits_how_often_is_no_refused_key(
    headers: dict[str, str], body: str, outcome: Outcome
) -> None:
    async with web_server(anything(always(status=403, headers=headers, text=body))) as url:
        run = await look(f"- request: GET {url}/{KEY}")
    assert run.outcome is outcome


async def test_what_an_error_says_of_its_own_limits_limits_nobody() -> None:
    assert (await answered(500, {}, SECONDARY)).outcome is Outcome.SERVER_ERROR


async def test_a_login_that_limits_how_often_may_have_locked_the_account() -> None:
    async with web_server(anything(always(status=403, text=SECONDARY))) as url:
        run = await look(f"- request: POST {url}/{PASSWORD}")
    assert run.outcome is Outcome.UNAUTHORIZED


@pytest.mark.parametrize("status", [404, 410, 500])
async def test_what_is_gone_is_looked_at_again_whatever_it_asks(status: int) -> None:
    async with web_server(anything(always(status=status, headers={"Retry-After": "900"}))) as url:
        run = await look(f"- request: GET {url}/")
    assert run.retry_after_s is None


async def test_an_answer_as_expected_asks_for_no_wait() -> None:
    async with web_server(anything(always(status=403, headers={"Retry-After": "900"}))) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{status: 403}}")
    assert (run.outcome, run.retry_after_s) == (Outcome.OK, None)


@pytest.mark.parametrize("status", [429, 503, 529])
async def test_a_limit_asks_for_a_wait_even_where_it_is_expected(status: int) -> None:
    async with web_server(anything(always(status=status, headers={"Retry-After": "900"}))) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{status: {status}}}")
    assert (run.outcome, run.retry_after_s) == (Outcome.OK, 900)


async def test_the_login_form_again_without_a_credential_is_just_a_page() -> None:
    async with web_server(anything(always(text=FORM))) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{status: 302}}")
    assert run.outcome is Outcome.UNEXPECTED_STATUS


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (429, "7", 7.0),
        (429, "0", 60.0),
        (429, None, 60.0),
        (503, "7", 7.0),
        (503, None, None),
        (529, "120", 120.0),
        (423, "900", 900.0),
        (413, "5", 5.0),
        (403, "600.0", 600.0),
        (503, "12.5", 12.5),
        (500, "7", None),
    ],
)
async def test_only_answers_that_ask_for_patience_get_it(
    status: int, header: str | None, wait: float | None
) -> None:
    headers = {} if header is None else {"Retry-After": header}
    async with web_server(anything(always(status=status, headers=headers))) as url:
        run = await look(f"- request: GET {url}/")
    assert run.retry_after_s == wait


RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"}
AN_HOUR = 3600.0


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (429, {}, json.dumps({"error": {"details": [RETRY_INFO]}}), 37.5),
        (429, {}, '{"error": {"details": [{"retryDelay": "9s"}]}}', 9.0),
        (429, {}, '{"error": {"details": [{"retryDelay": "soon"}, {"retryDelay": 5}, 7]}}', 60.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "90"}, "", 90.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "90"}, "", 90.0),
        (
            429,
            {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s"},
            "",
            60.0,
        ),
        (429, {"x-ratelimit-remaining": "0"}, "", 60.0),
        (429, {"Retry-After": "600"}, json.dumps({"error": {"details": [RETRY_INFO]}}), 600.0),
        (402, {}, "", AN_HOUR),
        (429, {"Retry-After": "5"}, error("insufficient_quota"), AN_HOUR),
        (429, {"Retry-After": "7200"}, error("insufficient_quota"), 2 * AN_HOUR),
        (429, {"x-ratelimit-remaining": "0", "Retry-After": "300"}, "", 300.0),
        (400, {}, told("You have reached your specified API usage limits."), AN_HOUR),
        (
            429,
            {
                "Date": "Mon, 02 Mar 2026 11:00:00 GMT",
                "Retry-After": "Mon, 02 Mar 2026 11:02:00 GMT",
            },
            "",
            120.0,
        ),
    ],
)
async def test_a_wait_may_stand_in_other_places_than_the_header(
    status: int, headers: dict[str, str], body: str, wait: float
) -> None:
    async with web_server(anything(always(status=status, headers=headers, text=body))) as url:
        run = await look(f"- request: GET {url}/")
    assert run.retry_after_s == wait


async def test_a_throttle_inside_a_stream_asks_for_patience_too() -> None:
    event = f"event: error\ndata: {error('rate_limit_error')}\n\n"
    answer = always(text=event, content_type="text/event-stream")
    async with web_server(anything(answer)) as url:
        run = await look(f"- request: GET {url}/\n  stream: sse")
    assert (run.outcome, run.retry_after_s) == (Outcome.THROTTLED, 60.0)
