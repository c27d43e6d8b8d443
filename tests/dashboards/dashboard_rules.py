"""The 17 rules of grafana/dashboard-linter, on promql-parser; each yields its complaints.

They are a little stricter than the original: each checks every kind of panel, not only some.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import promql_parser as promql

Dashboard = dict[str, Any]
Panel = dict[str, Any]

RATE_INTERVAL = timedelta(minutes=7, seconds=13)
"""Stands for $__rate_interval while a query is parsed: no query contains it otherwise."""
STEPS = {"__rate_interval": "7m13s", "__interval": "1m", "__range": "6h"}
UNITS = {"s", "percentunit", "none", "short", "cpm", "bytes", "dateTimeFromNow"}
"""Of the units that the linter knows, those that the dashboards use."""
VARIABLE_FUNCTIONS = {"label_names", "label_values", "metrics", "query_result"}
COUNTING = {"rate", "irate", "increase"}


@dataclass(frozen=True)
class Complaint:
    rule: str
    dashboard: str
    panel: str
    words: str


def panels(dashboard: Dashboard) -> Iterator[Panel]:
    """All panels except rows, including those inside folded rows."""
    for panel in dashboard["panels"]:
        yield from (each for each in (panel, *panel.get("panels", ())) if each["type"] != "row")


def targets(dashboard: Dashboard) -> Iterator[tuple[Panel, dict[str, Any]]]:
    return ((panel, target) for panel in panels(dashboard) for target in panel.get("targets", ()))


def variables(dashboard: Dashboard, kind: str) -> list[dict[str, Any]]:
    return [each for each in dashboard["templating"]["list"] if each["type"] == kind]


def parsed(query: str) -> promql.Expr:
    """The query with its variables filled in; those in label values can be parsed as they are."""
    filled = query
    for name, value in STEPS.items():
        filled = re.sub(rf"\$\{{?{name}\b\}}?", value, filled)
    return promql.parse(filled)


@cache
def nodes(query: str) -> Sequence[tuple[promql.Expr, Sequence[promql.Expr]]]:
    """Each part of a query and its ancestors, innermost last; nothing if it is not PromQL."""
    found: list[tuple[promql.Expr, Sequence[promql.Expr]]] = []
    above: list[promql.Expr] = []

    def enter(node: promql.Expr) -> None:
        found.append((node, tuple(above)))
        above.append(node)

    def leave(_: promql.Expr) -> None:
        above.pop()

    try:
        promql.walk(parsed(query), enter, leave)
    except ValueError:
        return ()
    return found


def template_datasource(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    sources = variables(dashboard, "datasource")
    if [(each["name"], each["label"]) for each in sources] != [("datasource", "Data source")]:
        yield "", "needs one variable `datasource`, labelled `Data source`"


def template_of(name: str) -> Callable[[Dashboard], Iterator[tuple[str, str]]]:
    def check(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
        named = [v for v in variables(dashboard, "query") if v["name"] == name]
        found: dict[str, Any] | None
        (found,) = named or (None,)
        wanted = {"label": name.capitalize(), "multi": True, "allValue": ".+"}
        if found is None:
            yield "", f"has no variable {name}"
        elif {key: found.get(key) for key in wanted} != wanted:
            yield "", f"variable {name} is not {wanted}"
        elif found["datasource"]["uid"] != "${datasource}":
            yield "", f"variable {name} does not ask the chosen data source"

    return check


def template_label_promql(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for variable in variables(dashboard, "query"):
        call = re.fullmatch(r"([a-z_]+)\((.+), \w+\)", variable["query"])
        if call is None or call[1] not in VARIABLE_FUNCTIONS or not nodes(call[2]):
            yield "", f"variable {variable['name']}: {variable['query']}"


def template_on_time_change_reload(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for variable in variables(dashboard, "query"):
        if variable["refresh"] != 2:
            yield "", f"variable {variable['name']} does not follow the time range"


def panel_datasource(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for panel in panels(dashboard):
        if panel.get("datasource", {}).get("uid") != "${datasource}":
            yield panel["title"], "does not ask the chosen data source"


def panel_title_description(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for panel in panels(dashboard):
        if not panel.get("title") or not panel.get("description"):
            yield panel.get("title", ""), "has no title or no description"


def panel_units(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for panel in panels(dashboard):
        config = panel["fieldConfig"]
        overridden = [p for o in config.get("overrides", ()) for p in o["properties"]]
        units = [p["value"] for p in overridden if p["id"] == "unit"]
        units += [config["defaults"]["unit"]] if "unit" in config["defaults"] else []
        known = bool(units) and set(units) <= UNITS
        if not known and not config["defaults"].get("mappings"):
            yield panel["title"], f"units {units}, and no mappings"


def panel_no_targets(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for panel in panels(dashboard):
        if not panel.get("targets"):
            yield panel["title"], "asks nothing"


def target_promql(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for panel, target in targets(dashboard):
        if not nodes(target["expr"]):
            yield panel["title"], f"is no PromQL: {target['expr']}"


def target_rate_interval(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for panel, target in targets(dashboard):
        for node, above in nodes(target["expr"]):
            if not isinstance(node, promql.MatrixSelector) or node.range == RATE_INTERVAL:
                continue
            if isinstance(above[-1], promql.Call) and above[-1].func.name in {"rate", "irate"}:
                yield panel["title"], f"a rate not over $__rate_interval: {target['expr']}"


def target_matches(name: str) -> Callable[[Dashboard], Iterator[tuple[str, str]]]:
    def check(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
        for panel, target in targets(dashboard):
            for node, _ in nodes(target["expr"]):
                if not isinstance(node, promql.VectorSelector):
                    continue
                matchers = {str(each) for each in node.matchers.matchers}
                if f'{name}=~"${name}"' not in matchers:
                    yield panel["title"], f'no {name}=~"${name}" in {node}'

    return check


def target_counter_agg(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    ranges = (promql.MatrixSelector, promql.SubqueryExpr)
    for panel, target in targets(dashboard):
        for node, above in nodes(target["expr"]):
            if isinstance(node, promql.VectorSelector) and (node.name or "").endswith("_total"):
                call = above[-2] if above and isinstance(above[-1], ranges) else None
                if not isinstance(call, promql.Call) or call.func.name not in COUNTING:
                    yield panel["title"], f"a counter that is not counted: {node}"


def uneditable_dashboard(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    if dashboard["editable"]:
        yield "", "is editable"


def target_logql(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    """No source here is a log: a Loki source would need rules for its queries, so it is refused."""
    for source in variables(dashboard, "datasource"):
        if source["query"] == "loki":
            yield "", "asks Loki"


def target_logql_auto(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    for panel, target in targets(dashboard):
        if "$__auto" in target["expr"]:
            yield panel["title"], "$__auto is LogQL's"


RULES: Mapping[str, Callable[[Dashboard], Iterator[tuple[str, str]]]] = {
    "template-datasource": template_datasource,
    "template-job": template_of("job"),
    "template-instance": template_of("instance"),
    "template-label-promql": template_label_promql,
    "template-on-time-change-reload": template_on_time_change_reload,
    "panel-datasource": panel_datasource,
    "panel-title-description": panel_title_description,
    "panel-units": panel_units,
    "panel-no-targets": panel_no_targets,
    "target-promql": target_promql,
    "target-rate-interval": target_rate_interval,
    "target-job": target_matches("job"),
    "target-instance": target_matches("instance"),
    "target-counter-agg": target_counter_agg,
    "uneditable-dashboard": uneditable_dashboard,
    "target-logql": target_logql,
    "target-logql-auto": target_logql_auto,
}


def complaints(rule: str, dashboard: Dashboard) -> list[Complaint]:
    return [
        Complaint(rule, dashboard["uid"], panel, words) for panel, words in RULES[rule](dashboard)
    ]
