"""Variables are foreign text: they fill places and change no structure."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lookout import always, anything, failed, look, web_server

from probe.model.outcome import Outcome
from probe.model.secret import Secret
from probe.observing.asking.templates import render, render_header, render_json, render_url
from probe.observing.failures import StepFailed

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DOTS = {".", ".."}


@given(TEXT)
def test_a_value_appears_as_it_is_and_is_not_rendered_again(value: str) -> None:
    assert render("<{{ a }}|{{a}}>", {"a": value}) == f"<{value}|{value}>"
    assert render(Secret("{{ a }}"), {"a": "{{ a }}"}) == "{{ a }}"


@given(TEXT)
def test_a_value_stays_text_inside_json(value: str) -> None:
    template = {"a": ["{{ v }}", 1, None, True], "{{ v }}": Secret("x{{ v }}")}
    assert render_json(template, {"v": value}) == {
        "a": [value, 1, None, True],
        "{{ v }}": f"x{value}",
    }


@given(TEXT.filter(lambda value: value not in DOTS))
def test_a_value_is_one_segment_or_one_parameter_of_a_url(value: str) -> None:
    url = render_url("https://example.com:8443/a/{{ v }}/z?x={{ v }}&y=1", {"v": value})
    assert (url.scheme, url.host, url.port) == ("https", "example.com", 8443)
    assert [unquote(part) for part in url.raw_path.split("/")] == ["", "a", value, "z"]
    assert list(url.query.items()) == [("x", value), ("y", "1")]
    assert url.user is None
    assert not url.fragment


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("https://example.com/{{ v }}/x", ".."),
        ("https://example.com/{{ v }}", "."),
        ("https://example.com/.{{ v }}/x", "."),
        ("https://example.com:{{ v }}/", "80@evil.example"),
        ("https://{{ v }}/", ""),
        ("{{ v }}", "file:///etc/passwd"),
        ("{{ v }}", "javascript:alert(1)"),
        ("{{ v }}", "//evil.example/"),
        ("{{ v }}", "http://"),
        ("{{ v }}", "http://["),
        ("{{ v }}", ""),
    ],
)
def test_a_value_that_would_change_where_a_url_leads_is_refused(template: str, value: str) -> None:
    with pytest.raises(StepFailed, match="'v'"):
        render_url(template, {"v": value})


def test_a_variable_at_the_start_may_be_a_whole_url_without_its_user() -> None:
    url = render_url("{{ v }}/more?x={{ w }}", {"v": "HTTPS://u:p@example.com/a", "w": "1&2"})
    assert str(url) == "https://example.com/a/more?x=1%262"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\x7fb"])
def test_a_value_that_would_end_a_header_is_refused(value: str) -> None:
    with pytest.raises(StepFailed, match="the variable 'v'"):
        render_header("X", "{{ v }}", {"v": value})


async def test_a_hostile_variable_fails_its_step_and_sends_nothing() -> None:
    seen: list[str] = []

    async with web_server(anything(always(text='{"v": "a\\r\\nX-Evil: 1"}'))) as url:
        run = await look(f"""
            - request: GET {url}/
              extract: {{v: {{json: v}}}}
            - name: next
              request: GET {url}/
              headers: {{X-Value: "{{{{ v }}}}"}}
            """)
    (check,) = failed(run)
    assert (run.outcome, run.failed_step, check.name) == (
        Outcome.BAD_CONTENT,
        "next",
        "header X-Value",
    )
    assert check.expected == "one line from the variable 'v'"
    assert not seen


async def test_a_variable_that_no_step_extracted_is_named() -> None:
    async with web_server(anything(always())) as url:
        run = await look(f"""
            - request: GET {url}/
              extract: {{v: {{regex: x}}}}
              expect: {{status: 200}}
            """)
    (check,) = failed(run)
    assert (check.name, check.expected, check.actual) == ("extract v", "regex x", "not found")
    with pytest.raises(StepFailed, match="never extracted"):
        render("{{ v }}", {})
