"""What is valid and looks like a slip is told, and nothing else is."""

from pathlib import Path

import pytest
from written_configs import path_of, settings, written

from probe.config.advice import advice
from probe.config.loading import read
from probe.config.settings import Settings

ALWAYS = (
    "note: no canaries; without them a fault of your own network is blamed on the service",
    (
        "note: example has paths of the data plane alone: no split can be told, "
        "and when they are down the verdict is outage"
    ),
)
"""What is said of the configuration that these tests begin with."""


def told(found: Settings) -> list[str]:
    return [line for line in advice(found, 0.0) if line not in ALWAYS]


@pytest.mark.parametrize(
    ("availability", "warned"),
    [("0.999", True), ("0.9", True), ("49.9", True), ("50", False), ("99.9", False)],
)
def test_an_availability_below_half_is_taken_for_a_share(
    availability: str, *, warned: bool
) -> None:
    text = f"{written()}    objective: {{availability: {availability}}}\n"
    words = f"{availability} is in percent; write 99.9, not 0.999"
    lines = [f"warning: example: an availability of {words}"] if warned else []
    assert told(read(text, Path("probe.yaml"))) == lines


TWICE = "sends the word Bearer twice; leave it out of bearer:"
AS_STRING = "sends its json: as one string; write it as YAML, or use body:"

NO_REDIRECT = "follows redirects, and expects one as the last answer; take follow: out, or status:"
NEXT = "\n            "


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("bearer: Bearer abc", TWICE),
        ('bearer: "bearer ${env:PROBE_TEST_SECRET}"', TWICE),
        ("""json: '{"a": 1}'""", AS_STRING),
        ("""json: '[{"a": "${env:PROBE_TEST_SECRET}"}]'""", AS_STRING),
        ("timeout: 20s", "may take 20 s, but its run no more than 10 s"),
        (
            "max_redirects: 3",
            "follows no redirect, whatever max_redirects: allows; it needs follow: true",
        ),
        (f"follow: true{NEXT}expect: {{status: 302}}", NO_REDIRECT),
        (f"follow: true{NEXT}expect: {{status: [301, 303-308]}}", NO_REDIRECT),
    ],
)
def test_what_a_step_would_do_otherwise_than_meant_is_told(step: str, words: str) -> None:
    assert told(settings(step=step)) == [f"note: example/api: step1 {words}"]


@pytest.mark.parametrize(
    ("step", "at", "name"),
    [
        ("form: {user: me, password: $PROBE_PASSWORD}", "form.password", "PROBE_PASSWORD"),
        ("json: {auth: [{key: $API_KEY}]}", "json.auth[0].key", "API_KEY"),
        ("headers: {x-api-key: $API_KEY}", "headers.x-api-key", "API_KEY"),
        ("headers: {authorization: Token $API_KEY}", "headers.authorization", "API_KEY"),
        ("query: {key: $API_KEY}", "query.key", "API_KEY"),
        ("bearer: $API_KEY", "bearer", "API_KEY"),
        ("basic: {user: me, password: $WORD}", "basic.password", "WORD"),
        ("digest: {user: $NAME, password: b}", "digest.user", "NAME"),
    ],
)
def test_a_variable_of_a_shell_is_told_with_how_it_is_written_here(
    step: str, at: str, name: str
) -> None:
    words = f"sends {at} with ${name} as it stands; a secret is ${{env:{name}}}"
    assert told(settings(step=step)) == [f"note: example/api: step1 {words}"]


@pytest.mark.parametrize(
    "step",
    [
        "bearer: bearers",
        'bearer: "${env:PROBE_TEST_SECRET}"',
        "json: {a: 1}",
        "json: 'a text'",
        "json: '1'",
        "json: '{not json}'",
        f"json: '{'[' * 20_000}'",
        """body: '{"a": "$PROBE_PASSWORD"}'""",
        "json: {query: 'query($id: ID!) { a }', price: $5, group: $status}",
        "form: {password: pa$WORD, other: '${env:PROBE_TEST_SECRET}'}",
        "form: {password: '$${PROBE_PASSWORD}'}",
        "timeout: 10s",
        "follow: true\n            max_redirects: 3",
        "expect: {status: 302}",
        f"follow: true{NEXT}expect: {{status: [200, 302]}}",
        f"follow: true{NEXT}expect: {{status: 304}}",
        f"follow: true{NEXT}callback: http://localhost/{NEXT}expect: {{status: 302}}",
        "expect: {certificate: {days_left: 3}}",
    ],
)
def test_what_may_be_meant_is_not_told(step: str) -> None:
    assert told(settings(step=step)) == []


def test_a_step_that_stands_for_several_is_told_of_once() -> None:
    issuer = "https://id.example.com"
    grant = f"issuer: {issuer}, grant: client_credentials, client_id: a, client_secret: b"
    text = written(path="timeout: 5s").replace("request: GET https://api.example.com/", "name: o")
    found = read(
        text + f"            oauth: {{{grant}}}\n            timeout: 9s\n", Path("p.yaml")
    )
    assert told(found) == ["note: example/api: o may take 9 s, but its run no more than 5 s"]


def test_a_step_is_told_by_its_name_and_none_shows_a_secret() -> None:
    found = settings(step="name: ask\n            bearer: 'Bearer ${env:PROBE_TEST_SECRET}'")
    assert path_of(found).steps[0].name == "ask"
    assert told(found) == [f"note: example/api: ask {TWICE}"]


@pytest.mark.parametrize(
    "wanted",
    [
        "expect: {body: {contains: up}}",
        "expect: {json: {ok: true}}",
        "extract: {csrf: {css: input}}",
        "stream: sse",
    ],
)
def test_what_no_answer_to_head_can_have_is_told(wanted: str) -> None:
    text = written(step=wanted)
    assert told(read(text, Path("p.yaml"))) == []
    words = "looks at the body of an answer that has none; ask by GET"
    asked = read(text.replace("GET", "HEAD"), Path("p.yaml"))
    assert told(asked) == [f"note: example/api: step1 {words}"]


def test_what_a_head_has_may_be_looked_at() -> None:
    step = "expect: {headers: {etag: {exists: true}}}\n            extract: {at: {header: etag}}"
    assert told(read(written(step=step).replace("GET", "HEAD"), Path("p.yaml"))) == []


def test_a_certificate_that_is_expected_without_tls_is_told() -> None:
    text = written(step="expect: {certificate: {days_left: 3}}").replace("https:", "http:")
    words = "expects a certificate where there is no TLS; ask by https://"
    assert told(read(text, Path("p.yaml"))) == [f"note: example/api: step1 {words}"]
    led = text.rstrip() + "\n            follow: true\n"
    assert told(read(led, Path("p.yaml"))) == []
    assert told(read(written().replace("https:", "http:"), Path("p.yaml"))) == []


@pytest.mark.parametrize(
    ("filters", "warned"),
    [
        ("severity: critical, verdicts: [degraded]", True),
        ("severity: critical, verdicts: [degraded, outage]", True),
        ("severity: critical, verdicts: [unknown, outage]", False),
        ("severity: critical", False),
        ("verdicts: [degraded]", False),
    ],
)
def test_a_channel_that_asks_for_what_it_leaves_out_is_told(filters: str, *, warned: bool) -> None:
    channel = f"{{name: team, webhook: 'http://localhost/', {filters}}}"
    words = (
        "warning: the channel team hears of no degraded, though it asks for it:"
        " severity: critical leaves that out"
    )
    assert told(settings(top=f"notifications: [{channel}]")) == ([words] if warned else [])


@pytest.mark.parametrize(("timeout", "warned"), [("10s", False), ("20s", True)])
def test_a_login_that_may_take_longer_than_the_run_that_needs_it_is_told(
    timeout: str, *, warned: bool
) -> None:
    text = written(path="session: login")
    login = f"""      - name: login
        plane: control
        timeout: {timeout}
        steps: [{{request: GET https://api.example.com/}}]
"""
    words = (
        "note: example/api signs in by login, which may take 20 s, within its own 10 s; "
        "give it as long, or no login that takes longer lets it in"
    )
    assert told(read(text + login, Path("p.yaml"))) == ([words] if warned else [])
