"""Fingerprints: the same secret looks the same, another does not, and none can be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lookout import look, service

from probe.config.settings import Service
from probe.observing.credential import fingerprint

STEPS = """
- request: POST http://127.0.0.1/login
  form: {user: monitor, password: "${env:PROBE_TEST_PASSWORD}"}
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
