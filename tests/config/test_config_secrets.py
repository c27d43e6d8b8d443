"""A secret prints masked, wherever it stands and however it is shown."""

import copy
import json
import pickle
import pprint
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from written_configs import problems, written

from probe.config.loading import read
from probe.config.settings import Settings
from probe.model.secret import MASK, Secret

PLACES = [
    'headers: {x-key: "Key ${env:PROBE_TEST_VALUE}"}',
    'query: {key: "${env:PROBE_TEST_VALUE}"}',
    'form: {user: me, password: "${env:PROBE_TEST_VALUE}"}',
    'json: {a: [{b: "${env:PROBE_TEST_VALUE}"}]}',
    'body: "key=${env:PROBE_TEST_VALUE}"',
    'bearer: "${env:PROBE_TEST_VALUE}"',
    'basic: {user: me, password: "${env:PROBE_TEST_VALUE}"}',
    'expect: {body: {contains: ["${env:PROBE_TEST_VALUE}"]}}',
    'expect: {json: {id: "${env:PROBE_TEST_VALUE}"}}',
]
VALUES = (
    st.text(
        st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["C", "Z"]),
        min_size=4,
    )
    .filter(lambda text: "{{" not in text)  # a variable is refused, whoever wrote it
    .map(lambda text: f"s3cr3t{text}")
)


def shown(settings: Settings) -> Iterator[str]:
    """Every way in which a configuration could be printed by accident."""
    yield from (repr(settings), str(settings), f"{settings}")
    yield pprint.pformat(settings.model_dump())
    yield str(settings.model_dump(mode="json"))
    yield json.dumps(settings.model_dump(), default=str)
    yield settings.model_dump_json()


@pytest.mark.parametrize("place", PLACES)
@trying(max_examples=20)
@given(value=VALUES)
def test_no_print_of_a_configuration_shows_a_secret(place: str, value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TEST_VALUE", value)
        settings = read(written(step=place), Path("probe.yaml"))
    for text in shown(settings):
        assert value not in text
        assert MASK in text


@pytest.mark.parametrize(
    "wrong",
    [
        'name: "${env:PROBE_TEST_VALUE}"',
        'timeout: "${env:PROBE_TEST_VALUE}"',
        'always: "${env:PROBE_TEST_VALUE}"',
        'max_redirects: "${env:PROBE_TEST_VALUE}"',
        'form: "${env:PROBE_TEST_VALUE}"',
        'stream: "${env:PROBE_TEST_VALUE}"',
        'expect: {status: "${env:PROBE_TEST_VALUE}"}',
        'expect: {json: {a: {is: "${env:PROBE_TEST_VALUE}"}}}',
        'expect: {json: {a: {above: "${env:PROBE_TEST_VALUE}"}}}',
        'expect: "${env:PROBE_TEST_VALUE}"',
        'extract: {a: {json: "${env:PROBE_TEST_VALUE}"}}',
        'extract: {a: {css: "${env:PROBE_TEST_VALUE}"}}',
    ],
)
@trying(max_examples=20)
@given(value=VALUES)
def test_no_problem_shows_a_secret(wrong: str, value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TEST_VALUE", value)
        found = problems(written(step=wrong))
    assert len(found) == 1
    assert found[0].endswith("a secret reference is not allowed here")


def test_a_secret_that_looks_like_a_variable_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_TEST_VALUE", "{{ hidden }}")
    (found,) = problems(written(step='bearer: "${env:PROBE_TEST_VALUE}"'))
    assert found.endswith("bearer: no earlier step extracts a variable that stands here")


def test_a_secret_reaches_the_wire_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a b\u00e9{{x|y}\n", encoding="utf-8")
    settings = read(written(step=f'bearer: "${{file:{file}}}"'), Path("probe.yaml"))
    bearer = settings.services[0].paths[0].steps[0].bearer
    assert bearer == Secret("a b\u00e9{{x|y}")
    assert isinstance(bearer, Secret)
    assert bearer.reveal() == "a b\u00e9{{x|y}"


def test_a_byte_order_mark_is_no_part_of_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"\xef\xbb\xbfa b\r\n")
    settings = read(written(step=f'bearer: "${{file:{file}}}"'), Path("probe.yaml"))
    assert settings.services[0].paths[0].steps[0].bearer == Secret("a b")


def test_a_secret_url_stays_secret() -> None:
    text = written().replace(
        "GET https://api.example.com/", '"GET https://example.com/${env:PROBE_TEST_SECRET}"'
    )
    request = read(text, Path("probe.yaml")).services[0].paths[0].steps[0].request
    assert isinstance(request.url, Secret)
    assert request.method == "GET"


@pytest.mark.parametrize("carry", [pickle.dumps, copy.deepcopy])
def test_a_secret_cannot_be_pickled(carry: object) -> None:
    assert callable(carry)
    with pytest.raises(TypeError, match="a secret cannot be pickled"):
        carry(Secret("value"))
