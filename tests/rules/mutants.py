"""Rules broken on purpose: each mutant of an expression differs from it in one place."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import promql_parser as promql
from promtool import Rule

OPERATORS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        ">": (">=", "<"),
        ">=": (">", "<"),
        "<": ("<=", ">"),
        "==": ("!=",),
        "+": ("-",),
        "-": ("+",),
        "*": ("/",),
        "/": ("*",),
        "and": ("unless",),
        "unless": ("and",),
        "or": (),
    }
)
SETS: Final = {"and", "unless", "or"}
AGGREGATIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"sum": ("max",), "max": ("min",), "min": ("max",), "avg": ("min", "max"), "count": ("sum",)}
)
FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"increase": ("rate",), "ceil": ("floor",)}
)
GROUPING: Final = re.compile(r"(?<=\b)(by|without|on|ignoring) ?\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one thing broken, and what that is."""

    what: str
    rule: Rule


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Each way to break `rule` in one place."""
    for key in ("for", "keep_firing_for"):
        if key in rule:
            kept = {name: value for name, value in rule.items() if name != key}
            yield Mutant(f"without {key}", kept)
    for was, becomes, whole in edits(promql.Expr.parse(rule["expr"])):
        yield Mutant(f"{was}  ->  {becomes}", {**rule, "expr": whole})


def printed(rule: Rule) -> Rule:
    """`rule` as the parser prints it: not a mutant, and the same to Prometheus."""
    return {**rule, "expr": str(promql.Expr.parse(rule["expr"]))}


def edits(expr: promql.Expr) -> Iterator[tuple[str, str, str]]:
    """A part of `expr`, its replacement, and the whole resulting expression."""
    for place, node in enumerate(_nodes(expr)):
        for text in _alternatives(node):
            yield str(node), text, str(_replaced(expr, place, promql.parse(text)))


def _nodes(expr: promql.Expr) -> list[promql.Expr]:
    seen: list[promql.Expr] = []
    promql.walk(expr, pre_visit=seen.append)
    return seen


def _replaced(expr: promql.Expr, place: int, new: promql.Expr) -> promql.Expr:
    """`expr` with its node number `place`, counted as `_nodes` does, replaced."""
    places = iter(range(len(_nodes(expr))))

    def swap(_: promql.Expr) -> promql.Expr | None:
        return new if next(places, None) == place else None

    return promql.transform(expr, pre_visit=swap)


def _alternatives(node: promql.Expr) -> Iterator[str]:
    yield from KINDS.get(type(node), lambda _: iter(()))(node)


def _binary(node: promql.BinaryExpr) -> Iterator[str]:
    left, right = str(node.lhs), str(node.rhs)
    between = str(node)[len(left) : -len(right)]
    operator = between.split()[0]
    for other in OPERATORS[operator]:
        yield f"{left}{between.replace(operator, other, 1)}{right}"
    if operator in SETS:
        yield left
    if operator == "or":
        yield right
    for fewer in _fewer_labels(between):
        yield f"{left}{fewer}{right}"


def _aggregate(node: promql.AggregateExpr) -> Iterator[str]:
    whole, inner = str(node), str(node.expr)
    head = whole.partition("(" + inner)[0] if node.param is None else whole
    name = re.split(r"\W", whole)[0]
    for other in AGGREGATIONS.get(name, ()):
        yield whole.replace(name, other, 1)
    for fewer in _fewer_labels(head):
        yield whole.replace(head, fewer, 1)


def _fewer_labels(text: str) -> Iterator[str]:
    """`text` without each of the labels of its first grouping."""
    found = GROUPING.search(text)
    labels = found[2].split(", ") if found else []
    for label in labels:
        kept = ", ".join(other for other in labels if other != label)
        yield text[: found.start(2)] + kept + text[found.end(2) :] if found else text


def _call(node: promql.Call) -> Iterator[str]:
    for other in FUNCTIONS.get(node.func.name, ()):
        yield str(node).replace(node.func.name, other, 1)


def _number(node: promql.NumberLiteral) -> Iterator[str]:
    value = float(str(node))
    yield from ("1",) if value == 0 else (f"{value * 2:g}", f"{value / 2:g}")


def _window(node: promql.MatrixSelector) -> Iterator[str]:
    half = int(node.range.total_seconds()) // 2
    yield re.sub(r"\[.*?\]", f"[{half}s]", str(node))


def _selector(node: promql.VectorSelector) -> Iterator[str]:
    text = str(node)
    for matcher in map(str, node.matchers.matchers):
        yield re.sub(r",(?=})|(?<={),", "", text.replace(matcher, "", 1).replace(",,", ","))
        for fewer in _fewer_values(matcher):
            yield text.replace(matcher, fewer, 1)
    if node.offset is not None:
        yield text.partition(" offset ")[0]


def _fewer_values(matcher: str) -> Iterator[str]:
    """A regular expression's matcher without each of its alternatives."""
    name, quote, rest = matcher.partition('"')
    values = rest.removesuffix(quote).split("|")
    for value in values if len(values) > 1 else ():
        kept = "|".join(other for other in values if other != value)
        yield f"{name}{quote}{kept}{quote}"


KINDS: Final[Mapping[type, Callable[[Any], Iterator[str]]]] = MappingProxyType(
    {
        promql.BinaryExpr: _binary,
        promql.AggregateExpr: _aggregate,
        promql.Call: _call,
        promql.NumberLiteral: _number,
        promql.MatrixSelector: _window,
        promql.VectorSelector: _selector,
    }
)
