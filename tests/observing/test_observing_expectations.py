"""Each operator, what it says when it fails, and what cannot be evaluated."""

import json
import re
import time

import pytest
from aiohttp import web
from lookout import always, anything, failed, look, only_step, web_server
from multidict import CIMultiDict

from probe.config.transaction.expectations import Condition
from probe.model.outcome import Outcome
from probe.model.secret import Secret
from probe.observing.answers.conditions import OPERATORS, described, unmet
from probe.observing.answers.document import MISSING, look_up, parse, shown
from probe.observing.masking import Masker

MASKER = Masker(["hunter22"])


def show(value: object) -> str:
    return MASKER.show(shown(value))


def condition(**operators: object) -> Condition:
    return Condition.model_validate(operators)


def test_every_operator_of_the_configuration_has_its_function() -> None:
    assert {*OPERATORS, "exists"} == set(Condition.model_fields)


@pytest.mark.parametrize(
    ("operators", "value"),
    [
        ({"equals": "a"}, "a"),
        ({"equals": 1}, 1.0),
        ({"equals": None}, None),
        ({"equals": False}, False),
        ({"equals": Secret("a")}, "a"),
        ({"contains": "b"}, "abc"),
        ({"contains": ("a", "c")}, "abc"),
        ({"contains": "a"}, ["a", "b"]),
        ({"contains": "a"}, {"a": 1}),
        ({"not_contains": "x"}, "abc"),
        ({"not_contains": "x"}, ["abc", 1, ["x"]]),
        ({"not_contains": "x"}, {"xs": "x"}),
        ({"contains": "abc"}, ["abc"]),
        ({"matches": r"^\d+$"}, "123"),
        ({"exists": True}, None),
        ({"exists": False}, MISSING),
        ({"is": "string"}, ""),
        ({"is": "number"}, 1.5),
        ({"is": "integer"}, 1),
        ({"is": "boolean"}, True),
        ({"is": "array"}, []),
        ({"is": "object"}, {}),
        ({"is": "null"}, None),
        ({"above": 1, "below": 3}, 2),
        ({"at_least": 2, "at_most": 2}, 2.0),
    ],
)
def test_a_condition_holds(operators: dict[str, object], value: object) -> None:
    assert unmet(condition(**operators), [value], show) is None


@pytest.mark.parametrize(
    ("operators", "value", "reason"),
    [
        ({"equals": 1}, "1", '"1"'),
        ({"equals": 1}, True, "true"),
        ({"equals": True}, 1, "1"),
        ({"equals": 0}, False, "false"),
        ({"equals": None}, MISSING, "nothing"),
        ({"equals": "a"}, ["a"], '["a"]'),
        ({"contains": ("a", "x")}, "abc", '"abc"'),
        ({"contains": "a"}, 5, "5, which can contain nothing"),
        ({"not_contains": ("x", "a")}, "abc", '"abc"'),
        ({"not_contains": "refused"}, ["token refused"], '["token refused"]'),
        ({"contains": "gpt-4"}, ["gpt-4o"], '["gpt-4o"]'),
        ({"not_contains": "a"}, None, "null, which can contain nothing"),
        ({"not_contains": "a"}, MISSING, "nothing"),
        ({"matches": "x"}, "abc", '"abc"'),
        ({"matches": "x"}, 5, "5, which is no text"),
        ({"matches": "(a|aa)+$"}, "a" * 5000 + "!", "the regular expression took too long"),
        ({"exists": True}, MISSING, "nothing"),
        ({"exists": False}, None, "null"),
        ({"is": "number"}, True, "true"),
        ({"is": "integer"}, 1.5, "1.5"),
        ({"is": "integer"}, True, "true"),
        ({"is": "null"}, MISSING, "nothing"),
        ({"above": 1}, 1, "1"),
        ({"below": 1}, 1, "1"),
        ({"at_least": 2}, 1, "1"),
        ({"at_most": 2}, 3, "3"),
        ({"above": 0}, "5", '"5", which is no number'),
        ({"above": 0}, True, "true, which is no number"),
        ({"above": 0}, None, "null, which is no number"),
        ({"above": 1, "below": 3}, 5, "5"),
        ({"at_least": 3}, parse("1e999"), "Infinity, which is no finite number"),
        ({"at_most": 3}, parse("-1e999"), "-Infinity, which is no finite number"),
        ({"above": 0}, float("nan"), "NaN, which is no finite number"),
        ({"below": 1}, 10**400, str(10**400)[:200]),
        ({"equals": "x"}, "my hunter22", '"my ***"'),
    ],
)
def test_a_condition_that_does_not_hold_says_why(
    operators: dict[str, object], value: object, reason: str
) -> None:
    assert unmet(condition(**operators), [value], show) == reason


@pytest.mark.parametrize(
    ("operators", "values", "holds"),
    [
        ({"contains": "session="}, ["a=1", "session=2"], True),
        ({"contains": "session="}, ["a=1", "b=2"], False),
        ({"not_contains": "x"}, ["a", "b"], True),
        ({"not_contains": "x"}, ["a", "x"], False),
        ({"contains": "a", "not_contains": "x"}, ["a", "b"], True),
        ({"contains": "a", "not_contains": "x"}, ["a", "x"], False),
        ({"contains": "a", "matches": "b"}, ["a", "b"], False),
    ],
)
def test_of_several_values_one_is_enough_except_to_lack_something(
    operators: dict[str, object], values: list[object], *, holds: bool
) -> None:
    assert (unmet(condition(**operators), values, show) is None) is holds


def test_a_condition_is_described_without_its_secrets() -> None:
    secret = condition(contains=(Secret("hunter22"), "plain", "a hunter22"))
    assert described(secret, MASKER) == 'contains ***, "plain", "a ***"'
    assert described(condition(at_least=1, below=3), MASKER) == "below 3 and at least 1"
    assert described(condition(not_contains="x"), MASKER) == 'not contains "x"'


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("a", None),
        ("b", MISSING),
        ("c.d", None),
        ("c.e", MISSING),
        ("f[0]", None),
        ("f[1]", MISSING),
        ("length(f)", 1),
    ],
)
def test_a_null_is_not_the_same_as_nothing(expression: str, found: object) -> None:
    document = {"a": None, "c": {"d": None}, "f": [None]}
    assert look_up(document, expression) is found or look_up(document, expression) == found


def answer(_: web.Request) -> web.Response:
    cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "session=secret-value; Path=/")]
    headers = CIMultiDict([*cookies, ("X-Empty", ""), ("X-Left", "41")])
    headers.extend([("X-Share", "0.5"), ("X-Endless", "inf")])
    return web.json_response({"usage": {"tokens": 41, "name": "x"}}, headers=headers)


async def handle(request: web.Request) -> web.Response:
    return answer(request)


@pytest.mark.parametrize(
    "expect",
    [
        '{status: 200, headers: {set-cookie: {contains: "session="}, X-None: {exists: false}}}',
        '{body: {contains: [tokens, usage], not_contains: error, matches: "4\\\\d"}}',
        "{json: {usage.tokens: {is: number, above: 40}, usage.name: x, usage.no: {exists: false}}}",
        '{duration: {below: 5s}, url: {contains: "127.0.0.1"}}',
        "{headers: {X-Left: 41}}",
        '{headers: {X-Left: "41"}}',
        "{headers: {X-Left: {above: 40, at_most: 41.5}}}",
        "{headers: {X-Share: {above: 0.4, below: 1}}}",
        '{json: {"usage.*.none": {is: array}}}',
    ],
)
async def test_expectations_that_hold_pass_and_are_kept_as_evidence(expect: str) -> None:
    async with web_server(anything(handle)) as url:
        run = await look(f"- request: GET {url}/\n  expect: {expect}")
    assert run.outcome is Outcome.OK, failed(run)
    checks = only_step(run).evidence.checks
    assert checks[0].name == "status"
    assert all(check.passed for check in checks)


@pytest.mark.parametrize(
    ("expect", "name", "expected", "actual"),
    [
        (
            '{headers: {Set-Cookie: {contains: "other="}}}',
            "header Set-Cookie",
            'contains "other="',
            "a=***, session=***; Path=/",
        ),
        ("{headers: {X-None: {contains: a}}}", "header X-None", 'contains "a"', "nothing"),
        ("{headers: {X-Empty: {contains: a}}}", "header X-Empty", 'contains "a"', "nothing"),
        ("{headers: {X-Left: 42}}", "header X-Left", "equals 42", "41"),
        ("{headers: {X-Left: {above: 41}}}", "header X-Left", "above 41", "41"),
        (
            "{headers: {X-Endless: {above: 1}}}",
            "header X-Endless",
            "above 1",
            "inf, which is no number",
        ),
        (
            '{body: {contains: "${env:PROBE_TEST_KEY}"}}',
            "body",
            "contains ***",
            "38 bytes that do not",
        ),
        (
            "{headers: {Set-Cookie: {above: 1}}}",
            "header Set-Cookie",
            "above 1",
            "a=***, which is no number, session=***; Path=/, which is no number",
        ),
        ("{body: {contains: [tokens, x1]}}", "body", "contains 'x1'", "38 bytes that do not"),
        ("{body: {not_contains: tokens}}", "body", "lacks 'tokens'", "38 bytes that do not"),
        ("{body: {matches: x1}}", "body", "matches 'x1'", "38 bytes that do not"),
        ("{json: {usage.tokens: {above: 50}}}", "json usage.tokens", "above 50", "41"),
        ("{json: {usage.none: {is: number}}}", "json usage.none", 'is "number"', "nothing"),
        (
            "{json: {usage.name: {above: 1}}}",
            "json usage.name",
            "above 1",
            '"x", which is no number',
        ),
        ("{duration: {below: 0.01ms}}", "duration", "below 1e-05 s", None),
        ("{url: {contains: example}}", "url", 'contains "example"', None),
    ],
)
async def test_an_expectation_that_fails_is_bad_content_with_its_words(
    expect: str, name: str, expected: str, actual: str | None
) -> None:
    async with web_server(anything(handle)) as url:
        run = await look(f"- request: GET {url}/?q=1\n  expect: {expect}")
    (check,) = failed(run)
    assert run.outcome is Outcome.BAD_CONTENT
    assert (check.name, check.expected) == (name, expected)
    assert actual is None or check.actual == actual


@pytest.mark.parametrize(
    ("expect", "expected", "actual"),
    [
        ("{headers: {X-Left: {above: 40}}}", "above 40", "41"),
        ("{headers: {Set-Cookie: {contains: a}}}", 'contains "a"', "a=***, session=***; Path=/"),
        ("{body: {contains: tokens}}", "contains 'tokens'", "38 bytes that do"),
        ("{json: {usage.name: {equals: x}}}", 'equals "x"', '"x"'),
        ("{url: {contains: there}}", 'contains "there"', "http://127.0.0.1:{port}/there"),
    ],
)
async def test_what_was_expected_and_came_is_told_as_it_was_seen(
    expect: str, expected: str, actual: str
) -> None:
    async with web_server(anything(handle)) as url:
        run = await look(f"- request: GET {url}/there\n  expect: {expect}")
    (_, check) = only_step(run).evidence.checks
    seen = actual.replace("{port}", url.rpartition(":")[2])
    assert (check.passed, check.expected, check.actual) == (True, expected, seen)


async def test_a_duration_is_told_to_the_millisecond() -> None:
    async with web_server(anything(handle)) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{duration: {{below: 5s}}}}")
    (_, check) = only_step(run).evidence.checks
    assert re.fullmatch(r"[0-4]\.\d{3} s", check.actual)


@pytest.mark.parametrize(
    ("expression", "exists"),
    [
        ("data[?id=='gpt-4o']", True),
        ("data[?id=='gpt-4o-mini']", False),
        ("data[*].id", True),
        ("data[*].name", False),
        ("data[]", True),
        ("{none: data[0]}.*.name", False),
        ("none", True),
        ("data[0].owner", True),
        ("data[1]", False),
    ],
)
async def test_what_a_filter_finds_none_of_does_not_exist(expression: str, *, exists: bool) -> None:
    document = {"data": [{"id": "gpt-4o", "owner": None}], "none": []}
    async with web_server(anything(always(text=json.dumps(document)))) as url:
        for wanted in (True, False):
            condition = f'{{json: {{"{expression}": {{exists: {str(wanted).lower()}}}}}}}'
            run = await look(f"- request: GET {url}/\n  expect: {condition}")
            assert run.outcome.succeeded is (wanted is exists), failed(run)


async def test_a_body_that_is_no_json_fails_every_expectation_of_json() -> None:
    async with web_server(anything(always(text="<html>"))) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{json: {{a: {{exists: false}}}}}}")
    (check,) = failed(run)
    assert check.actual.startswith("not JSON")


@pytest.mark.parametrize("part", ["body", "url", "headers: {X-Long"])
async def test_a_slow_regular_expression_fails_the_check_and_is_not_tried_again(part: str) -> None:
    text = "a" * 5000 + "!"
    handler = always(text=text, headers=CIMultiDict([("X-Long", text)] * 50))
    async with web_server(anything(handler)) as url:
        expect = f"{part}: {{matches: '(a|aa)+$'}}{'}' * part.count('{')}"
        began_s = time.process_time()
        run = await look(f"- request: GET {url}/{text}\n  expect: {{{expect}}}")
        spent_s = time.process_time() - began_s
    (check,) = failed(run)
    assert check.actual == "the regular expression took too long"
    assert spent_s < 1


async def test_a_number_without_end_is_the_targets_fault_and_no_number_of_ours() -> None:
    async with web_server(anything(always(text='{"n": 1e999}'))) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{json: {{ceil(n): {{above: 1}}}}}}")
    (check,) = failed(run)
    assert run.outcome is Outcome.BAD_CONTENT
    assert check.actual.startswith("does not fit the document")
