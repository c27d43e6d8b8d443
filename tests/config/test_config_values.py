"""What the texts of a file mean."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_configs import path_of, problems, settings, step_of, written

from probe.config.loading import read
from probe.config.reading.references import ReferenceProblem, resolve
from probe.config.service import Service
from probe.config.transaction.expectations import StatusSet
from probe.config.vendor import Component, StatusPage
from probe.model.secret import reveal


def service_of(*lines: str) -> Service:
    """The service of a configuration with these lines among its keys."""
    keys = "".join(f"    {line}\n" for line in lines)
    text = written().replace("    paths:\n", f"{keys}    paths:\n")
    return read(text, Path("probe.yaml")).services[0]


UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


@given(st.integers(1, 3650), st.sampled_from(sorted(UNITS)))
def test_a_duration_is_its_number_times_its_unit(number: int, unit: str) -> None:
    assert path_of(settings(path=f"slow_after: {number}{unit}")).slow_after == pytest.approx(
        number * UNITS[unit]
    )


@given(st.integers(1, 3650), st.sampled_from(sorted(UNITS)), st.integers(1, 64 * 2**20))
def test_a_duration_and_a_size_are_shown_as_text_that_means_them(
    number: int, unit: str, size: int
) -> None:
    path = path_of(settings(path=f"slow_after: {number}{unit}\n        max_body: {size}B"))
    shown = path.model_dump(mode="json")
    again = path_of(
        settings(path=f"slow_after: {shown['slow_after']}\n        max_body: {shown['max_body']}")
    )
    assert again.slow_after == pytest.approx(path.slow_after)
    assert again.max_body == path.max_body


@given(st.text(alphabet="0123456789.smhd +-eE\n", max_size=12))
def test_any_text_is_a_sound_duration_or_a_problem(text: str) -> None:
    configuration = written(path=f"timeout: {text!r}".replace("\\n", "\n\n            "))
    found = problems(configuration)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?(ms|s|m|h|d)", text):
        assert not found or "a duration" in found[0]
    if not found:
        seconds = path_of(settings(path=f"timeout: {text.strip()}")).timeout
        assert math.isfinite(seconds)
        assert seconds > 0


@given(st.sampled_from([("interval", 1000), ("timeout", 10)]), st.integers(1, 2000))
def test_an_interval_or_a_timeout_is_long_enough_to_mean_one(
    bound: tuple[str, int], milliseconds: int
) -> None:
    key, least = bound
    found = problems(written(path=f"{key}: {milliseconds}ms"))
    assert bool(found) == (milliseconds < least)


@pytest.mark.parametrize(
    ("text", "size"),
    [("1B", 1), ("2kB", 2000), ("64KiB", 65536), ("1MB", 10**6), ("64MiB", 64 * 2**20)],
)
def test_a_size_is_in_bytes(text: str, size: int) -> None:
    assert path_of(settings(path=f"max_body: {text}")).max_body == size


@pytest.mark.parametrize(
    "text", ["00123", "no", "yes", "on", "0x1F", "1_000", "12:30", "2026-03-02"]
)
def test_what_only_looks_like_another_type_stays_text(text: str) -> None:
    step = step_of(settings(step=f"json: {{value: {text}}}"))
    assert step.json_ == {"value": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("-1.5", -1.5), ("1e3", 1000.0), ("true", True), ("~", None), ("null", None)],
)
def test_what_is_of_another_type_becomes_it(text: str, value: object) -> None:
    assert step_of(settings(step=f"json: {{value: {text}}}")).json_ == {"value": value}


def test_a_doubled_dollar_stands_for_itself() -> None:
    assert step_of(settings(step="json: '$${env:HOME}'")).json_ == "${env:HOME}"


@given(st.text(alphabet="${}:env A", max_size=12))
def test_no_reference_is_left_where_none_was_written_literally(text: str) -> None:
    try:
        resolved = resolve(text)
    except ReferenceProblem:
        return
    assert "$${" in text or "${" not in reveal(resolved)


@pytest.mark.parametrize(
    ("written_status", "inside", "outside", "words"),
    [
        ("200", [200], [199, 201], "200"),
        ("2xx", [200, 299], [300], "200-299"),
        ("400-409", [400, 409], [399, 410], "400-409"),
        ("[200, 3xx]", [200, 302], [201, 400], "200, 300-399"),
    ],
)
def test_a_status_is_a_value_a_class_a_range_or_a_list(
    written_status: str, inside: list[int], outside: list[int], words: str
) -> None:
    statuses = step_of(settings(step=f"expect: {{status: {written_status}}}")).expect.status
    assert all(status in statuses for status in inside)
    assert not any(status in statuses for status in outside)
    assert str(statuses) == words


def test_text_is_in_no_set_of_statuses() -> None:
    assert "200" not in StatusSet(ranges=((200, 299),))


def test_a_plain_value_must_be_equal() -> None:
    expect = step_of(settings(step="expect: {json: {plan: null, tier: pro}}")).expect
    assert expect.json_["plan"].model_fields_set == {"equals"}
    assert expect.json_["tier"].equals == "pro"


def test_null_can_be_the_type_that_is_expected() -> None:
    assert (
        step_of(settings(step="expect: {json: {gone: {is: null}}}")).expect.json_["gone"].is_
        == "null"
    )


def test_a_url_may_hold_variables_with_spaces_and_without() -> None:
    text = """extract: {a: {header: A}}
          - request: GET {{ a }}
          - request: GET https://{{a}}.example.com:{{ a }}/{{ a }}?x={{a}}"""
    requests = [step.request.url for step in path_of(settings(step=text)).steps]
    assert requests[1:] == ["{{ a }}", "https://{{a}}.example.com:{{ a }}/{{ a }}?x={{a}}"]


def test_an_address_to_listen_on_reads_back_as_it_was_written() -> None:
    for text in ("0.0.0.0:9632", "[::1]:0", "localhost:80"):
        assert str(settings(top=f'listen: "{text}"').listen) == text


def test_a_path_overrides_the_defaults_and_inherits_the_rest() -> None:
    path = path_of(settings(top="defaults: {interval: 1m, timeout: 5s}", path="timeout: 3s"))
    assert (path.interval, path.timeout) == (60, 3)


def test_a_service_is_found_by_its_name() -> None:
    found = settings().service("example")
    assert found is not None
    assert found.name == "example"
    assert settings().service("other") is None


def test_a_variable_of_the_login_is_known_in_its_session() -> None:
    text = """
services:
  - name: example
    paths:
      - {name: login, plane: control, steps: [
          {request: GET https://example.com/, extract: {token: {header: X-Token}}}]}
      - {name: usage, plane: control, session: login, steps: [
          {request: "GET https://example.com/?{{ token }}"}]}
"""
    assert problems(text) == []


def test_a_status_page_and_a_component_may_stand_as_one_text() -> None:
    short, long = (
        service_of(f"status_page: {page}", f"components: {components}")
        for page, components in (
            ("https://status.example.com/", "{c1: web}"),
            ("{url: 'https://status.example.com'}", "{c1: {name: web}}"),
        )
    )
    assert short.status_page == long.status_page == StatusPage(url="https://status.example.com")
    assert short.components == long.components == {"c1": Component(name="web")}


def test_a_component_names_the_paths_it_speaks_for() -> None:
    service = service_of("components: {c1: {name: web, paths: [api]}}")
    assert service.components["c1"].paths == ("api",)
