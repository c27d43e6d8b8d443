"""Where the shipped Alertmanager configuration sends each alert, and what hides what."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from processes import CHECKOUT, tool
from promtool import Rule, rule_files, rules

CONFIG = CHECKOUT / "config" / "alertmanager" / "alertmanager.yaml"
SETTINGS: dict[str, Any] = yaml.safe_load(CONFIG.read_text("utf-8"))
ALERTS = [rule for file in rule_files() for rule in rules(file) if "alert" in rule]
NAMES = {rule["alert"] for rule in ALERTS}
SPLITS = ("SplitControlPlaneDown", "SplitDataPlaneDown")
SERVICE_LEVEL = ("ServiceOutage", *SPLITS)
RECEIVERS = {"critical": "pager", "warning": "team", "info": "team"}


def amtool(*arguments: str | Path) -> str:
    command = [tool("amtool", "prometheus-alertmanager"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


def name_of(matchers: list[str], name: str) -> bool:
    """Whether `matchers` admit an alert of that name."""
    (condition,) = [text for text in matchers if text.startswith("alertname")]
    operator, value = re.findall(r'^alertname(=~?)"(.*)"$', condition)[0]
    return bool(re.fullmatch(value, name)) if operator == "=~" else value == name


def hiding(source: str, target: str) -> list[Rule]:
    """The inhibit rules by which an alert of one name hides one of another name."""
    return [
        rule
        for rule in SETTINGS["inhibit_rules"]
        if name_of(rule["source_matchers"], source) and name_of(rule["target_matchers"], target)
    ]


@pytest.mark.parametrize("name", SERVICE_LEVEL)
def test_a_hidden_page_ends_a_round_before_what_hides_it_so_that_no_message_names_it(
    name: str,
) -> None:
    (lasts,) = {rule["keep_firing_for"] for rule in ALERTS if rule["alert"] == name}
    longest = max(
        seconds(rule.get("keep_firing_for", "0s"))
        for rule in ALERTS
        if rule["labels"]["severity"] == "critical"
        and rule["alert"] not in SERVICE_LEVEL
        and hiding(name, rule["alert"])
    )
    late_s = 15  # the two may be evaluated as far apart
    assert seconds(lasts) - longest >= seconds(SETTINGS["route"]["group_interval"]) + late_s


def test_an_isolated_location_hides_its_paths_until_the_last_has_ended_two_rounds_ago() -> None:
    """The first path that recovers ends its isolation, the last one the trouble of its paths."""
    lasts = {rule["alert"]: rule.get("keep_firing_for", "0s") for rule in ALERTS}
    (target,) = {name for name in NAMES if hiding("LocationIsolated", name)}
    longer = seconds(lasts["LocationIsolated"]) - seconds(lasts[target])
    assert longer >= 2 * seconds(SETTINGS["route"]["group_interval"])


def test_amtool_accepts_the_configuration_and_its_templates() -> None:
    assert "1 templates" in amtool("check-config", CONFIG)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
@pytest.mark.parametrize("service", ["shop", ""])
def test_critical_alerts_reach_the_pager_and_others_the_team(rule: Rule, service: str) -> None:
    severity = rule["labels"]["severity"]
    labels = [f"alertname={rule['alert']}", f"severity={severity}"]
    labels += [f"service={service}"] if service else []
    said = amtool("config", "routes", "test", f"--config.file={CONFIG}", *labels)
    assert said.strip() == RECEIVERS[severity]


def test_all_alerts_of_a_service_with_one_receiver_are_one_group() -> None:
    shown = amtool("config", "routes", "show", f"--config.file={CONFIG}")
    assert SETTINGS["route"]["group_by"] == ["service"]
    assert [route.get("group_by") for route in SETTINGS["route"]["routes"]] == [["alertname"], None]
    assert "pager" in shown


@pytest.mark.parametrize("split", SPLITS)
def test_an_outage_hides_the_split_of_its_service_and_never_the_reverse(split: str) -> None:
    assert [rule["equal"] for rule in hiding("ServiceOutage", split)] == [["service"]]
    assert hiding(split, "ServiceOutage") == []


@pytest.mark.parametrize("source", SERVICE_LEVEL)
@pytest.mark.parametrize("target", ["PathDown", "PathPartial", "ErrorBudgetBurn"])
def test_the_service_hides_its_paths_and_its_budget(source: str, target: str) -> None:
    assert [rule["equal"] for rule in hiding(source, target)] == [["service"]]


@pytest.mark.parametrize("source", sorted(NAMES))
def test_certificates_are_hidden_by_nothing_but_a_nearer_end(source: str) -> None:
    assert hiding(source, "CertificateExpiresVerySoon") == []
    by = hiding(source, "CertificateExpiresSoon")
    assert bool(by) == (source == "CertificateExpiresVerySoon")


@pytest.mark.parametrize("target", ["ProbeStale", "ProbeAbsent"])
def test_a_monitor_that_is_down_hides_its_stale_probes(target: str) -> None:
    assert [rule["equal"] for rule in hiding("MonitorDown", target)] == [["instance"], ["job"]]


def test_no_alert_of_severity_critical_is_hidden_by_a_lesser_one() -> None:
    critical = {rule["alert"] for rule in ALERTS if rule["labels"]["severity"] == "critical"}
    for source in NAMES - critical:
        assert [target for target in critical if hiding(source, target)] == [], source


def test_every_name_in_an_inhibit_rule_is_an_alert() -> None:
    text = str(SETTINGS["inhibit_rules"])
    assert set(re.findall(r"[A-Z]\w+", text)) <= NAMES


def test_no_secret_stands_in_the_configuration() -> None:
    assert not re.search(r"(?m)^\s*(routing_key|api_url|password|url): ", CONFIG.read_text("utf-8"))


def test_a_message_names_the_first_trouble_its_pages_and_how_many_more_there_are(
    tmp_path: Path,
) -> None:
    labels = {"alertname": "ServiceOutage", "severity": "critical"}
    notes = {"summary": "all is down", "dashboard": "/d/x", "runbook_url": "http://books/y"}
    alert = {"status": "firing", "labels": labels, "annotations": notes}
    times = {"startsAt": "2026-03-02T11:50:00Z", "endsAt": "2026-03-02T12:50:00Z"}
    data = tmp_path / "data.json"
    glob = f"--template.glob={CONFIG.parent / 'templates'}/*.tmpl"
    for status, title in (("firing", "all is down (and 1 more)"), ("resolved", "Resolved: all is")):
        alerts = [{**alert, **times, "status": status}] * 2
        data.write_text(json.dumps({"status": status, "alerts": alerts}))
        for part, words in (("title", title), ("text", "ServiceOutage")):
            text = f'--template.text={{{{ template "splitprobe.{part}" . }}}}'
            assert words in amtool("template", "render", glob, text, f"--template.data={data}")


def test_a_message_names_a_dashboard_only_where_the_alert_does(tmp_path: Path) -> None:
    """Those that the daemon sends itself have none."""
    notes = {"summary": "login is down", "description": "since noon", "runbook_url": "http://b/y"}
    alert = {"status": "firing", "labels": {}, "startsAt": "2026-03-02T11:50:00Z"}
    data = tmp_path / "data.json"
    glob = f"--template.glob={CONFIG.parent / 'templates'}/*.tmpl"
    text = '--template.text={{ template "splitprobe.text" . }}'
    told = {}
    for name, more in (("ours", {}), ("of the rules", {"dashboard": "/d/x"})):
        alerts = [{**alert, "annotations": {**notes, **more}}]
        data.write_text(json.dumps({"status": "firing", "alerts": alerts}))
        said = amtool("template", "render", glob, text, f"--template.data={data}")
        told[name] = [line.rstrip() for line in said.strip().splitlines()[1:]]
    rest = ["login is down", "since noon", "Runbook: http://b/y"]
    dashboard = "Dashboard: http://127.0.0.1:3000/d/x"
    assert told == {"ours": rest, "of the rules": [*rest[:2], dashboard, rest[2]]}
