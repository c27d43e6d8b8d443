"""The shipped rules: valid, tested, each alert explained and told apart from silence."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from processes import CHECKOUT
from promtool import (
    RULES,
    Rule,
    case_files,
    document,
    loaded,
    promtool,
    rule_files,
    rules,
    seconds,
)

pytestmark = pytest.mark.unwatched  # what is tested is no code
RUNBOOKS = CHECKOUT / "docs" / "runbooks"
PAGES = "https://github.com/splitprobe/splitprobe/blob/main/docs/runbooks"
DASHBOARDS = r"/d/splitprobe-(overview|service|path|self)\?var-"
ALERTS = [rule for file in rule_files() for rule in rules(file) if "alert" in rule]
NAMES = sorted({rule["alert"] for rule in ALERTS})


def alert_tests() -> Iterator[dict[str, Any]]:
    """What unit tests expect of alerts, each at one moment."""
    for file in case_files():
        for case in document(file)["tests"]:
            yield from case.get("alert_rule_test", ())


@cache
def expectations() -> dict[str, set[bool]]:
    """For each alert, whether unit tests expect it to fire, to be silent, or both."""
    seen: dict[str, set[bool]] = defaultdict(set)
    for test in alert_tests():
        seen[test["alertname"]].add(bool(test["exp_alerts"]))
    return seen


@cache
def rendered() -> dict[str, list[str]]:
    """For each alert about a service what unit tests expect it to say."""
    said: dict[str, list[str]] = defaultdict(list)
    for test in alert_tests():
        for alert in test["exp_alerts"]:
            if "service" in alert["exp_labels"]:
                notes = alert["exp_annotations"]
                said[test["alertname"]].append(f"{notes['summary']} {notes['description']}")
    return said


PARTS = {
    "service": re.compile(r"\bshop\b").search,
    "plane and path": re.compile(
        r"\w+ of shop \((control|data) plane\)|\b(control|data)/\w+"
    ).search,
    "what works": re.compile(r"(Still works|Known to work): \w|It works").search,
    "since when": re.compile(r"[Ss]ince [0-9]{4}-").search,
}
NAMES_WITHOUT_SERVICE = set(NAMES) - set(rendered())


def test_promtool_has_nothing_to_say_about_the_rules() -> None:
    ended = promtool("check", "rules", "--lint=all", "--lint-fatal", *rule_files())
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_promtool_accepts_the_shipped_configuration() -> None:
    file = CHECKOUT / "config" / "prometheus" / "prometheus.yaml"
    ended = promtool("check", "config", "--syntax-only", file)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.scenario
@pytest.mark.parametrize("case", case_files(), ids=lambda case: case.stem)
def test_the_rules_do_what_the_case_says(case: Path) -> None:
    ended = promtool("test", "rules", case)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "no file match" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("file", rule_files(), ids=lambda file: file.stem)
def test_every_rule_file_is_loaded_by_some_case(file: Path) -> None:
    assert [case for case in case_files() if file.name in loaded(case)]


@pytest.mark.parametrize("case", case_files(), ids=lambda case: case.stem)
def test_a_case_is_evaluated_as_often_as_its_rules_are(case: Path) -> None:
    groups = [group for name in loaded(case) for group in document(RULES / name)["groups"]]
    shortest = min(seconds(group["interval"]) for group in groups)
    assert seconds(document(case)["evaluation_interval"]) == shortest


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_seen_to_fire_and_to_stay_silent(name: str) -> None:
    assert expectations()[name] == {True, False}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_has_a_severity_a_summary_a_description_and_a_dashboard(rule: Rule) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]
    assert re.match(DASHBOARDS, rule["annotations"]["dashboard"])


@pytest.mark.parametrize("name", sorted(rendered()))
def test_an_alert_about_a_service_says_what_fails_what_still_works_and_since_when(
    name: str,
) -> None:
    said = {
        text: sorted(part for part in PARTS if not PARTS[part](text)) for text in rendered()[name]
    }
    assert [] in said.values(), said


def test_only_alerts_about_the_monitor_itself_name_no_service() -> None:
    own = {rule["alert"] for rule in rules(RULES / "monitor.yaml") if "alert" in rule}
    assert (own - {"ProbeStale", "ProbeAbsent"}) | {"LocationIsolated"} == NAMES_WITHOUT_SERVICE


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_has_a_runbook_that_says_what_to_check_and_what_to_do(rule: Rule) -> None:
    assert rule["annotations"]["runbook_url"] == f"{PAGES}/{rule['alert']}.md"
    text = (RUNBOOKS / f"{rule['alert']}.md").read_text("utf-8")
    headings = re.findall(r"(?m)^## (.+)$", text)
    assert headings == ["What it means", "What to check", "What to do", "When it is a false alarm"]
    assert "```" in text


def test_the_runbook_index_and_the_readme_name_every_alert_with_its_severity() -> None:
    wanted: dict[str, set[str]] = defaultdict(set)
    for rule in ALERTS:
        wanted[rule["alert"]].add(rule["labels"]["severity"])
    for page in (RUNBOOKS / "README.md", CHECKOUT / "README.md"):
        assert listed(page) == wanted, page.name


def listed(page: Path) -> dict[str, Any]:
    """The alerts of a page's table, each with the severities named there."""
    rows = re.findall(r"(?m)^\| \[(\w+)\]\(\S+\) \|[^|]*\| ([\w, ]+) \|", page.read_text("utf-8"))
    return {name: set(severities.split(", ")) for name, severities in rows}


def test_no_runbook_outlives_its_alert() -> None:
    assert {file.stem for file in RUNBOOKS.glob("*.md")} - {"README"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_of_a_runbook_is_valid_and_names_what_exists(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text("utf-8")
    (block,) = re.findall(r"(?s)```promql\n(.+?)\n```", text)
    for query in block.splitlines():
        promql_parser.parse(query)
        assert metrics_in(query) <= known_metrics()


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"[a-z_:]*\bprobe_[a-z0-9_:]+(?=[{\[ )\"]|$)", text))


def known_metrics() -> set[str]:
    """What the daemon exports and what the rules record."""
    catalogue = (CHECKOUT / "tests/reporting/metric_catalogue.txt").read_text("utf-8")
    exported = {line.split()[0] for line in catalogue.splitlines()}
    exported |= {f"{name}{end}" for name in exported for end in ("_bucket", "_count", "_sum")}
    return exported | {r["record"] for file in rule_files() for r in rules(file) if "record" in r}


def test_a_rule_names_only_metrics_that_the_daemon_exports_or_another_rule_records() -> None:
    for rule in (rule for file in rule_files() for rule in rules(file)):
        text = rule["expr"] + str(rule.get("annotations", ""))
        assert metrics_in(text) <= known_metrics(), rule.get("alert") or rule["record"]
