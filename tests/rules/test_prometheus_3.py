"""The rules mean the same in Prometheus 3, as far as one can tell without one.

promql-parser has the grammar of Prometheus 3.8; the rest is what the migration guide to 3.0 names.
CI installs Debian's Prometheus, which is of 2.x. With the promtool of a 3.x in front of it on PATH,
`test_rules.py` puts every rule and case to that one; all of them passed with 3.13.5, built from
`github.com/prometheus/prometheus@v0.313.5`.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import promql_parser as promql
import pytest
from promtool import Rule, document, rule_files

SECONDS = {"s": 1, "m": 60}


def rules_and_intervals() -> Iterator[Any]:
    for file in rule_files():
        for group in document(file)["groups"]:
            every = timedelta(seconds=int(group["interval"][:-1]) * SECONDS[group["interval"][-1]])
            for rule in group["rules"]:
                name = rule.get("alert") or rule["record"]
                yield pytest.param(rule, every, id=f"{group['name']}-{name}")


each_rule = pytest.mark.parametrize(("rule", "every"), list(rules_and_intervals()))


def complaints(rule: Rule, every: timedelta) -> list[str]:
    """What of a rule Prometheus 3 reads otherwise than 2.42, or may."""
    seen: list[promql.Expr] = []
    try:
        promql.walk(promql.parse(rule["expr"]), pre_visit=seen.append)
    except ValueError as error:
        return [str(error)]
    return [words for node in seen for words in _of_node(node, every)]


def _of_node(node: promql.Expr, every: timedelta) -> Iterator[str]:
    if isinstance(node, promql.MatrixSelector) and node.range < 4 * every:
        yield f"{node} loses one of few samples: a range is open to the left"
    if isinstance(node, promql.VectorSelector):
        yield from (words for each in node.matchers.matchers for words in _of_matcher(str(each)))


def _of_matcher(matcher: str) -> Iterator[str]:
    name, operator, value = re.findall(r'^(\w+)(=~|!~|!=|=)"(.*)"$', matcher)[0]
    if name in {"le", "quantile"}:
        yield f"{matcher}: numbers in labels are written otherwise"
    if operator.endswith("~") and "." in value:
        yield f"{matcher}: a dot matches a line's end as well"


@each_rule
def test_a_rule_is_read_in_the_same_way_by_prometheus_3(rule: Rule, every: timedelta) -> None:
    assert complaints(rule, every) == []


@pytest.mark.parametrize(
    "expr",
    [
        "holt_winters(x[1h], 0.5, 0.5)",
        'x_bucket{le="1"}',
        'x{path=~"login.*"}',
        'x{path!~"login."}',
        "rate(x[1m])",
    ],
)
def test_what_prometheus_3_reads_otherwise_is_noticed(expr: str) -> None:
    assert complaints({"expr": expr}, timedelta(seconds=30))
