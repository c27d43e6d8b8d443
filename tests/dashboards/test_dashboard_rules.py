"""grafana/dashboard-linter's rules hold for every dashboard, and each of them can fail."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from dashboard_rules import RULES, Dashboard, complaints, panels

from dashboards.source.files import BOARDS
from dashboards.source.frame import build

pytestmark = pytest.mark.unwatched  # what is tested is no code of the package

DASHBOARDS = {board.name: build(board) for board in BOARDS}
ALERTS = "alerts carry the labels of what they are about, seldom those of a scrape"
SUMMED = (
    "a rare outcome's series begins with its first run: the sum over outcomes stands at 0 before"
)
EXCEPTIONS = {
    ("target-job", "splitprobe-service", "Open alerts"): ALERTS,
    ("target-instance", "splitprobe-service", "Open alerts"): ALERTS,
    ("target-counter-agg", "splitprobe-service", "Error budget left, worst path"): SUMMED,
    ("target-counter-agg", "splitprobe-service", "Availability and error budget by path"): SUMMED,
    ("panel-units", "splitprobe-service", "Availability and error budget by path"): (
        "the linter knows no unit for a multiple: `suffix: x` is Grafana's way to write one"
    ),
}


@pytest.mark.parametrize("name", DASHBOARDS)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_the_linter_holds(rule: str, name: str) -> None:
    found = complaints(rule, DASHBOARDS[name])
    assert [c for c in found if (c.rule, c.dashboard, c.panel) not in EXCEPTIONS] == []


def test_every_exception_is_still_needed() -> None:
    found = {
        (c.rule, c.dashboard, c.panel)
        for rule in RULES
        for dashboard in DASHBOARDS.values()
        for c in complaints(rule, dashboard)
    }
    assert found == set(EXCEPTIONS)


def variable(dashboard: Dashboard, name: str) -> dict[str, Any]:
    return next(each for each in dashboard["templating"]["list"] if each["name"] == name)


def panel(dashboard: Dashboard) -> dict[str, Any]:
    return next(panels(dashboard))


def ask(query: str) -> Callable[[Dashboard], None]:
    def change(dashboard: Dashboard) -> None:
        panel(dashboard)["targets"][0]["expr"] = query

    return change


SELECTED = '{job=~"$job", instance=~"$instance"}'
BREAKS: dict[str, Callable[[Dashboard], object]] = {
    "template-datasource": lambda d: variable(d, "datasource").update(name="source"),
    "template-job": lambda d: variable(d, "job").update(allValue=".*"),
    "template-instance": lambda d: variable(d, "instance").update(multi=False),
    "template-label-promql": lambda d: variable(d, "job").update(query="label_values(up{, job)"),
    "template-on-time-change-reload": lambda d: variable(d, "job").update(refresh=1),
    "panel-datasource": lambda d: panel(d).update(datasource={"uid": "abc"}),
    "panel-title-description": lambda d: panel(d).update(description=""),
    "panel-units": lambda d: panel(d)["fieldConfig"].update(defaults={"unit": "parsec"}),
    "panel-no-targets": lambda d: panel(d).update(targets=[]),
    "target-promql": ask("sum by (job"),
    "target-rate-interval": ask(f"rate(x_total{SELECTED}[5m])"),
    "target-job": ask('up{instance=~"$instance"}'),
    "target-instance": ask('up{job=~"$job"}'),
    "target-counter-agg": ask(f"sum(x_total{SELECTED})"),
    "uneditable-dashboard": lambda d: d.update(editable=True),
    "target-logql": lambda d: variable(d, "datasource").update(query="loki"),
    "target-logql-auto": ask(f"rate(x_total{SELECTED}[$__auto])"),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_the_linter_can_fail(rule: str) -> None:
    broken = copy.deepcopy(DASHBOARDS["overview"])
    BREAKS[rule](broken)
    assert complaints(rule, broken) != []
    assert complaints(rule, DASHBOARDS["overview"]) == []


def test_a_counter_that_stands_alone_is_not_counted_either() -> None:
    broken = copy.deepcopy(DASHBOARDS["overview"])
    ask(f"x_total{SELECTED}")(broken)
    assert complaints("target-counter-agg", broken) != []


def test_all_17_rules_are_here() -> None:
    assert len(RULES) == len(BREAKS) == 17
