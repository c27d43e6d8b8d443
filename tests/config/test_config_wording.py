"""What is said of a wrong configuration helps to mend it."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from written_configs import HERE, problems, written

from probe.config.errors import ConfigError
from probe.config.loading import read

Location = tuple[str | int, ...]

STEP = (
    *("headers: {}", "query: {}", "form: {}", "basic: {}", "digest: {}", "extract: {}"),
    "expect: {}",
    *("expect: {{headers: {}}}", "expect: {{json: {}}}", "expect: {{body: {}}}"),
    *("expect: {{duration: {}}}", "expect: {{certificate: {}}}"),
    "expect: {{certificate: {{days_left: {}}}}}",
    *("stream: sse, expect: {{first_token: {}}}", "stream: sse, expect: {{gap: {}}}"),
)


@pytest.mark.parametrize("keys", STEP)
def test_what_is_offered_in_the_place_of_a_wrong_value_is_accepted(
    keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2-hunter2")

    def found(value: str) -> list[str]:
        step = f"{{request: GET https://example.com/, {keys.format(value)}}}"
        return problems(written().replace("request: GET https://api.example.com/", step))

    (problem,) = found("1ms")
    _, offers, offered = problem.partition(", such as ")
    assert offers
    assert found(offered) == []


ELSEWHERE = (
    *(written(top=f"{key}: {{}}") for key in ("retention", "notifications")),
    written(top="defaults: {{confirm_after: {}}}"),
    written(path="confirm_after: {}"),
    *(f"{written()}    {key}: {{}}\n" for key in ("objective", "components", "maintenance")),
    f"{written()}    components: {{{{k8w3r06qmzrp: {{}}}}}}\n",
    written(step="stream: {}"),
    "services: {}\n",
    "services: [{{name: example, paths: {}}}]\n",
)


@pytest.mark.parametrize("text", ELSEWHERE)
def test_what_is_offered_in_the_place_of_a_wrong_key_is_accepted(text: str) -> None:
    (problem,) = problems(text.format("true"))
    _, offers, offered = problem.partition(", such as ")
    assert offers
    assert problems(text.format(offered)) == []


def test_the_step_that_is_offered_in_the_place_of_a_text_is_accepted() -> None:
    (problem,) = problems(written().replace("- request: ", "- "))
    _, _, offered = problem.partition(", such as ")
    text = written().replace("request: GET https://api.example.com/", offered)
    assert problems(text) == []


EVERYTHING = yaml.safe_load((HERE / "valid" / "everything.yaml").read_text(encoding="utf-8"))


def _locations(data: object, at: Location = ()) -> Iterator[Location]:
    parts = enumerate(data) if isinstance(data, list) else ()
    for part, value in data.items() if isinstance(data, dict) else parts:
        yield (*at, part)
        yield from _locations(value, (*at, part))


def _broken(at: Location, value: object) -> str:
    """The whole configuration, with `value` at `at`."""
    data = copy.deepcopy(EVERYTHING)
    holder = data
    for part in at[:-1]:
        holder = holder[part]
    holder[at[-1]] = value
    return yaml.safe_dump(data)


@trying(max_examples=30)
@given(
    st.sampled_from(list(_locations(EVERYTHING))),
    st.sampled_from([None, 1, -1.5, True, "", "x", [], [1], [[]], {}, {"x": 1}]),
)
def test_whatever_is_refused_is_told_where_and_why(at: Location, value: object) -> None:
    refused: ConfigError | None = None
    try:
        read(_broken(at, value), Path("probe.yaml"))
    except ConfigError as error:
        refused = error
    assert refused is None or refused.problems
