"""What a preset asks of its provider in a day, as its own words say, and how gently."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from staged_presets import STAGES, staged

from probe.config.loading import read
from probe.config.path import ProbePath
from probe.config.presets import preset, preset_names
from probe.config.service import Service
from probe.config.transaction.steps import Step
from probe.model.secret import Secret, reveal
from probe.model.state import Plane

DAY_S, HOUR_S = 86_400, 3_600
TOKENS_A_MESSAGE = 30
STATED = re.compile(
    r"^#   (?P<grade>public|account): (?P<requests>[0-9,]+) requests"
    r"(?:, (?P<messages>[0-9,]+) messages, at most (?P<tokens>[0-9,]+) tokens)?",
    re.MULTILINE,
)
LIMITS = {"max_tokens", "max_output_tokens", "max_completion_tokens", "maxOutputTokens"}
NAMES = sorted(STAGES)
GRADES = ["public", "account"]


def runs_a_day(path: ProbePath) -> float:
    return DAY_S / path.interval


def limits_in(value: object) -> Iterator[int]:
    """How many tokens each message in this body may bring."""
    if isinstance(value, dict):
        yield from (item for key, item in value.items() if key in LIMITS)
        for item in value.values():
            yield from limits_in(item)


def steps_of(service: Service) -> Iterator[tuple[ProbePath, Step]]:
    return ((path, step) for path in service.paths for step in path.steps)


def number(text: str | None) -> int:
    return int((text or "0").replace(",", ""))


def test_every_preset_has_its_stage() -> None:
    assert preset_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_requests_messages_and_tokens_a_day_are_what_the_preset_says(name: str) -> None:
    text = preset(name)[1].file.read_text()
    stated = {match["grade"]: match for match in STATED.finditer(text)}
    assert set(stated) == set(GRADES)
    for grade, match in stated.items():
        service = staged(name, grade)
        messages = sum(
            runs_a_day(path) for path, step in steps_of(service) for _ in limits_in(step.json_)
        )
        assert number(match["requests"]) == sum(runs_a_day(p) for p, _ in steps_of(service))
        assert number(match["messages"]) == messages
        assert number(match["tokens"]) == TOKENS_A_MESSAGE * messages


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_as_short_as_it_can_be(name: str) -> None:
    for _, step in steps_of(staged(name, "account")):
        for limit in limits_in(step.json_):
            assert limit <= 16
            assert "Say ok." in str(step.json_)


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", NAMES)
def test_foreign_hosts_are_asked_once_a_minute_and_their_logins_every_five(
    name: str, grade: str
) -> None:
    service = staged(name, grade)
    for path in service.paths:
        logs_in = path.plane is Plane.CONTROL and path.session is None
        assert path.interval >= (300 if logs_in else 60), path.name
    page = service.status_page
    assert page is None or (page.interval or 0) >= 300


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_shows_no_secret(name: str) -> None:
    service = staged(name, "public")
    assert not any(
        isinstance(text, Secret)
        for _, step in steps_of(service)
        for text in (*step.headers.values(), *(step.form or {}).values(), step.bearer)
    )


def test_githubs_limit_for_strangers_holds_with_all_confirmations() -> None:
    service = staged("github", "public")
    planned = sum(HOUR_S / path.interval for path, step in steps_of(service) if path.name == "api")
    assert service.confirm_budget is not None
    assert planned + service.confirm_budget < 60


def test_github_is_never_shown_a_wrong_token() -> None:
    for _, step in steps_of(staged("github", "public")):
        assert step.bearer is None
        assert not {key.lower() for key in step.headers} & {"authorization"}
    shown = {step.bearer for _, step in steps_of(staged("github", "account"))} - {None}
    assert {reveal(token) for token in shown if token} == {STAGES["github"].account["token"]}


def test_anthropics_page_is_read_where_programs_may_and_every_15_minutes() -> None:
    page = staged("anthropic", "public").status_page
    assert page is not None
    assert (page.url, page.interval) == ("https://anthropic.statuspage.io", 900)


@pytest.mark.parametrize("name", ["anthropic", "openai", "gemini", "github"])
def test_facts_about_a_provider_say_when_they_were_read_and_where(name: str) -> None:
    text = preset(name)[1].file.read_text()
    assert re.search(r"^# Facts read in \w+ 20\d\d", text, re.MULTILINE)
    head, _, body = text.partition("\nabout:")
    comments = " ".join(line.partition("#")[2] for line in body.splitlines())
    cited = set(re.findall(r"\[([a-z]+)\]", comments))
    assert cited
    assert cited <= set(re.findall(r"\[([a-z]+)\]", head))


def test_there_is_no_scripted_login_to_a_consumer_account() -> None:
    for name in ("anthropic", "openai", "gemini", "github"):
        for _, step in steps_of(staged(name, "account")):
            assert not {"password", "user", "username"} & set(step.form or {})


README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_readmes_example_is_one_service_of_two_planes_and_sends_its_key_as_a_bearer_token(
    tmp_path: Path,
) -> None:
    (tmp_path / "key").write_text("k3y-of-ours", encoding="utf-8")
    blocks = re.findall(r"```yml\n(services:.*?)```", README, re.DOTALL)
    (block,) = [block for block in blocks if "preset:" in block]
    block = block.replace("/run/secrets", str(tmp_path))
    claude, mine = read(block, Path("README.md")).services
    assert claude.name == "claude"
    assert [(path.name, path.interval) for path in mine.paths] == [
        ("login_page", 300),
        ("api_call", 120),
    ]
    call = mine.paths[-1].steps[0]
    assert reveal(call.headers["Authorization"]) == "Bearer k3y-of-ours"


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_states_the_requests_of_both_grades(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|.*\| ([0-9,]+) / ([0-9,]+) \|$", README, re.MULTILINE)
    planned = [sum(runs_a_day(p) for p, _ in steps_of(staged(name, grade))) for grade in GRADES]
    assert [number(text) for text in row] == planned
