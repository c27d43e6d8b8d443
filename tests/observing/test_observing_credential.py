"""Fingerprints: the same secret looks the same, another does not, and none can be read."""

import lookout
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lookout import always, anything, look, service, web_server

from probe.config.service import Service
from probe.model.outcome import Outcome
from probe.observing.asking.credential import credentials_of, fingerprint

STEPS = """
- request: POST http://127.0.0.1/login
  form: {user: monitor, password: "${env:PROBE_TEST_PASSWORD}"}
"""

SIGNED_IN = """
- {name: login, plane: control, steps: [{request: GET http://127.0.0.1/, bearer: one-key}]}
- name: usage
  plane: control
  session: login
  steps: [{request: GET http://127.0.0.1/, bearer: two-key}]
- {name: api, plane: data, steps: [{request: GET http://127.0.0.1/, bearer: three-key}]}
"""


def of(acme: Service) -> str:
    return fingerprint(acme, acme.paths[0])


def test_a_path_without_secrets_has_none() -> None:
    assert not of(service("- request: GET http://127.0.0.1/"))


def test_the_same_secret_has_the_same_fingerprint_and_another_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = of(service(STEPS))
    assert before == of(service(STEPS, keys="interval: 17s"))
    monkeypatch.setenv("PROBE_TEST_PASSWORD", "correct-hrose")
    assert of(service(STEPS)) != before


KEYED = ["Authorization: Bearer plain", "x-api-key: plain", "X-Goog-Api-Key: plain", "Api-Key: k"]


@pytest.mark.parametrize("header", KEYED)
async def test_a_key_in_plain_text_that_is_refused_is_a_refused_credential(header: str) -> None:
    async with web_server(anything(always(status=403))) as url:
        run = await look(f"- request: GET {url}/\n  headers: {{{header}}}")
    assert run.outcome is Outcome.UNAUTHORIZED
    assert run.credential


WAYS = ["bearer: plain", "basic: {user: nobody, password: plain}"]


@pytest.mark.parametrize("key", [*(f"headers: {{{header}}}" for header in KEYED), *WAYS])
async def test_a_key_that_is_shown_to_be_refused_is_nobodys(key: str) -> None:
    step = f"\n  {key}\n  expect: {{status: 401}}"
    async with web_server(anything(always(status=403))) as url:
        run = await look(f"- request: GET {url}/{step}")
    assert (run.outcome, run.credential) == (Outcome.UNEXPECTED_STATUS, "")


@pytest.mark.parametrize("status", [403, 409, 422])
async def test_a_password_that_is_shown_to_be_refused_is_nobodys(status: int) -> None:
    step = "\n  form: {client_id: none, client_secret: none-such}\n  expect: {status: [400, 401]}"
    async with web_server(anything(always(status=status))) as url:
        run = await look(f"- request: POST {url}/{step}")
    assert (run.outcome, run.credential) == (Outcome.UNEXPECTED_STATUS, "")


@pytest.mark.parametrize("status", [400, 422, 423])
async def test_a_secret_name_of_a_user_is_no_password(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TEST_USER", "monitor@acme.example")
    step = '\n  json: {model: small, user: "${env:PROBE_TEST_USER}"}'
    async with web_server(anything(always(status=status))) as url:
        run = await look(f"- request: POST {url}/{step}")
    assert run.outcome is Outcome.UNEXPECTED_STATUS


@pytest.mark.parametrize("status", [400, 422, 423])
async def test_a_key_in_an_address_is_no_password(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TEST_KEY", "key-in-a-query")
    step = '\n  query: {key: "${env:PROBE_TEST_KEY}"}'
    async with web_server(anything(always(status=status))) as url:
        run = await look(f"- request: GET {url}/{step}")
    assert run.outcome is Outcome.UNEXPECTED_STATUS


async def test_a_header_that_is_no_key_says_nothing_of_who_asks() -> None:
    async with web_server(anything(always(status=403))) as url:
        run = await look(f"- request: GET {url}/\n  headers: {{anthropic-version: plain}}")
    assert (run.outcome, run.credential) == (Outcome.UNEXPECTED_STATUS, "")


@pytest.mark.parametrize(
    "way",
    [
        "headers: {{x-api-key: {}}}",
        "bearer: {}",
        "basic: {{user: me, password: {}}}",
        "digest: {{user: me, password: {}}}",
    ],
)
def test_another_key_in_plain_text_is_another_credential(way: str) -> None:
    first, same, second = (
        of(service(f"- request: GET http://127.0.0.1/\n  {way.format(key)}"))
        for key in ("one-key", "one-key", "another-key")
    )
    assert first == same != second


def test_a_token_that_an_earlier_step_gives_is_no_credential_of_the_configuration() -> None:
    steps = """
    - {request: GET http://127.0.0.1/, extract: {token: {header: token}}}
    - {request: GET http://127.0.0.1/, bearer: "{{ token }}"}
    """
    assert not of(service(steps))


def test_what_another_path_proves_itself_with_is_none_of_its_credentials() -> None:
    (acme,) = lookout.settings(SIGNED_IN).services
    used = [set(credentials_of(acme, path)) for path in acme.paths]
    assert used == [{"one-key"}, {"one-key", "two-key"}, {"three-key"}]


async def test_a_run_carries_the_fingerprint_of_what_it_was_made_with() -> None:
    run = await look(STEPS.replace("127.0.0.1", "127.0.0.1:1"))
    assert run.credential == of(service(STEPS))


@settings(max_examples=20)
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8))
def test_no_part_of_a_secret_is_in_it(secret: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TEST_PASSWORD", secret)
        found = of(service(STEPS))
    assert len(found) == 12
    assert secret[:8] not in found
