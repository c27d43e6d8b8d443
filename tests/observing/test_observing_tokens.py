"""A secret that nobody told us of is not shown where its name or its shape tells what it is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lookout import always, anything, look, only_step, web_server

from probe.model.secret import MASK
from probe.observing.masking import Masker
from probe.observing.tokens import is_token

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0-dXJl_"
GITHUB = "gho_16C7e42F292c6912E7710c838347Ae178B4a"

NAMED = {
    f"access_token={GITHUB}&scope=user": f"access_token={MASK}&scope=user",
    "refresh_token=opaque+words%21&x=1": f"refresh_token={MASK}&x=1",
    "see /reset?lang=en&token=abcdef&x=1 now": f"see /reset?lang=en&token={MASK}&x=1 now",
    '<a href="/reset?token=abcdef">': f'<a href="/reset?token={MASK}">',
    'Session="abcde1", x': f'Session="{MASK}", x',
    '{"jwt":"abcdef","sub":"me"}': f'{{"jwt":"{MASK}","sub":"me"}}',
    '{"api_key": "abcdef"}': f'{{"api_key": "{MASK}"}}',
    '{"apikey":"abcdef"}': f'{{"apikey":"{MASK}"}}',
    '{"X-Api-Key":"abcdef"}': f'{{"X-Api-Key":"{MASK}"}}',
    '{"access_key" : "abcdef"}': f'{{"access_key" : "{MASK}"}}',
    '{"auth":"abcde1"}': f'{{"auth":"{MASK}"}}',
    '{"x_auth":"abcdef"}': f'{{"x_auth":"{MASK}"}}',
    '{"Authorization":"Basic abcdef"}': f'{{"Authorization":"{MASK}"}}',
    '{"client_assertion":"abcdef"}': f'{{"client_assertion":"{MASK}"}}',
    '{"tokens":["abc]def", "x"],"n":1}': f'{{"tokens":[{MASK}],"n":1}}',
    '{"auth":{"tokens":["abcdef"]}}': f'{{"auth":{{"tokens":[{MASK}]}}}}',
}
SHAPED = {
    f"got {JWT}, sorry": f"got {MASK}, sorry",
    f'["{JWT}"]': f'["{MASK}"]',
    "https://a.example/magic/eyJhbGciOiJIUzI1NiJ9abcdef": f"https://a.example/magic/{MASK}",
    f"q=%22{GITHUB}%22": f"q=%22{MASK}%22",
    f"who is {GITHUB}?": f"who is {MASK}?",
    "github_pat_11ABCDE0y0abcdefghij_klm": MASK,
    "glpat-abcdefghij0123456789": MASK,
    "Incorrect API key provided: sk-proj-abcDEF0123456789.": (
        f"Incorrect API key provided: {MASK}."
    ),
    r"line\nsk-ant-api03-abcdefghijkl": rf"line\n{MASK}",
    "sk_live_abcdefghij0123456": MASK,
    "xoxb-123456789012-abcdef": MASK,
    "AKIAIOSFODNN7EXAMPLE": MASK,
    "AIzaSyA-0123456789_abcdefghijklmnopqrs": MASK,
    "ya29.a0AfH6SMBx-abcdefgh": MASK,
}
READABLE = [
    "auth: false",
    "You are not authorized; the author of this token has no session.",
    '{"auth": false, "authorized": "no, never", "author": "somebody", "auth_time": "2026-03-02"}',
    '{"token_type": "Bearer", "tokenType": "Bearer", "max_tokens": 4096, "tokens": [101, 2023]}',
    '{"sessions": [{"id": 7, "user": "somebody"}], "error": "invalid_token"}',
    "error=invalid_token&error_description=The+access+token+expired&token_type=bearer",
    'Bearer realm="api", error="invalid_token", error_description="The token expired"',
    '{"token_endpoint": "https://id.example.com/token"}',
    "sk-",
    "sk-learn, risk-assessment-framework-2, disk-usage-of-the-second-host-42",
    "123e4567-e89b-12d3-a456-426614174000",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "req_011CSHoEeqs5C35K2UUqR7Fy",
    "8f2d1c0a9b3e4d5f-FRA",
    "eyJ",
    "Maximum 4096 tokens, gh_actions, ghost_writer_of_this_text, AKIAB",
    "/oauth/token and /api/auth/session",
]


@pytest.mark.parametrize("text", [*NAMED, *SHAPED])
def test_what_gives_itself_away_is_not_shown(text: str) -> None:
    assert Masker().show(text) == (NAMED | SHAPED)[text]


@pytest.mark.parametrize("text", ['{"token": "abcdef gh', '{"tokens": ["abcdef", "gh'])
def test_of_a_token_that_is_cut_nothing_is_shown(text: str) -> None:
    assert "ab" not in Masker().show(text)
    assert "gh" not in Masker().show(text)


@pytest.mark.parametrize("text", READABLE)
def test_words_and_ids_stay_readable(text: str) -> None:
    assert Masker().show(text) == text


@given(st.sampled_from([*NAMED, *SHAPED]), st.integers(0, 500), st.integers(0, 500))
def test_no_part_of_it_is_shown_wherever_a_long_text_is_cut(
    text: str, before: int, limit: int
) -> None:
    whole = f"{'.' * before} {text} {'.' * 9000}"
    shown = f"{'.' * before} {(NAMED | SHAPED)[text]} {'.' * 9000}"
    assert Masker().show(whole, limit) == shown[:limit]


def test_a_token_within_a_secret_that_is_known_leaves_nothing_of_it() -> None:
    masker = Masker(["abcdef and more", JWT[:30]])
    assert masker.show("token=abcdef and more") == f"token={MASK}"
    assert masker.show(JWT) == MASK


@pytest.mark.parametrize(
    "piece",
    [
        *('"token', '"token":"', '"token":["', '"tokens":["\\"]', '"auth_', '"', '"\\', "\\"),
        *("token-", "token=", "auth-", "a-", "_", " "),
        *("eyJ", "eyJabc.", "sk-", "sk-a1", "xoxb-", "ghp_"),
    ],
)
def test_a_hostile_text_takes_no_longer_than_its_length_allows(piece: str) -> None:
    text = piece * (40_000 // len(piece))
    began = time.process_time()
    Masker().show(text, 2000)
    assert time.process_time() - began < 1.0, "what is quadratic takes minutes"


async def test_no_token_that_nobody_asked_for_is_in_a_run() -> None:
    page = always(
        status=500,
        text=f"access_token={GITHUB}&scope=user",
        headers={"Location": f"https://a.example/magic/{JWT}?x=1", "X-Request-Id": GITHUB},
    )
    async with web_server(anything(page)) as url:
        run = await look(f"- request: POST {url}/")
    evidence = only_step(run).evidence
    assert evidence.excerpt == f"access_token={MASK}&scope=user"
    assert dict(evidence.headers)["location"] == f"https://a.example/magic/{MASK}?x={MASK}"
    assert dict(evidence.headers)["x-request-id"] == MASK


async def test_a_check_of_a_token_shows_whether_it_is_there_and_not_what_it_is() -> None:
    page = always(
        text='{"access_token": "opaque-1", "tokens": 128000, "data": [{"apiKey": "opaque-2"}]}',
        headers={"X-Auth-Token": "opaque-3", "X-RateLimit-Remaining-Tokens": "39000"},
    )
    async with web_server(anything(page)) as url:
        run = await look(f"""
            - request: GET {url}/
              expect:
                json:
                  access_token: {{exists: true}}
                  data[0]."apiKey": {{matches: "^sk-"}}
                  tokens: {{above: 0}}
                headers:
                  X-Auth-Token: {{exists: true}}
                  X-RateLimit-Remaining-Tokens: {{at_least: 1}}
            """)
    actual = [check.actual for check in only_step(run).evidence.checks]
    assert actual == ["200", MASK, "39000", MASK, MASK, "128000"]
    assert "opaque" not in repr(run)


@pytest.mark.parametrize(
    "expression", ["access_token", "data[0].apiKey", '"x-auth"', "secrets[0]", "token2"]
)
def test_an_expression_that_leads_to_a_token_tells_so(expression: str) -> None:
    assert is_token(expression, "opaque-1")
    assert is_token(expression, [None, "opaque-1"])
    assert not is_token(expression, "degraded")
    assert not is_token(expression, 128000)


@pytest.mark.parametrize(
    "expression", ["token_type", "session.status", "data[?token].name", "length(tokens)[0].n", "@"]
)
def test_an_expression_that_leads_elsewhere_tells_of_no_token(expression: str) -> None:
    assert not is_token(expression, "opaque-1")


def test_a_part_that_is_called_auth_is_told_as_it_is_and_what_looks_like_a_token_is_not() -> None:
    shown = Masker().show('{"auth": "degraded", "session": "unavailable", "x-auth": "a1b2c3d4"}')
    assert shown == f'{{"auth": "degraded", "session": "unavailable", "x-auth": "{MASK}"}}'
    assert Masker().show("session=a1b2c3d4; auth=expired") == f"session={MASK}; auth=expired"
