"""What is valid and looks like a slip is told, and nothing else is."""

from pathlib import Path

import pytest
from config_help import path_of, settings, written

from probe.config.advice import advice
from probe.config.loading import read
from probe.config.settings import Settings

ALWAYS = (
    "note: no canaries; without them our own network's faults look like theirs",
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
