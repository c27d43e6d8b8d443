"""Where one location looks, the rules and the daemon give a service the same verdict."""

import re
from itertools import product
from typing import Any

from promtool import CASES, document

from probe.judging.verdict import judge_service
from probe.model.state import WATCHED, Plane, State, Verdict

CELLS: dict[str, Any] = document(CASES / "cells.yaml")["tests"][0]
"""Proven against promtool with the other cases; here the expected values are proven as well."""


def expected() -> dict[str, Verdict]:
    """The verdict of each service of the case, as the unit test of the rules has it."""
    samples = CELLS["promql_expr_test"][0]["exp_samples"]
    found = [re.findall(r'(service|verdict)="([\w-]+)"', sample["labels"]) for sample in samples]
    return {labels["service"]: Verdict(labels["verdict"]) for labels in map(dict, found)}


def given() -> dict[str, dict[Plane, State]]:
    """The state of the planes of each service of the case."""
    services: dict[str, dict[Plane, State]] = {}
    for series in CELLS["input_series"]:
        if series["values"].startswith("1x"):
            labels = dict(re.findall(r'(\w+)="([\w-]+)"', series["series"]))
            planes = services.setdefault(labels["service"], {})
            planes[Plane(labels["plane"])] = State(labels["state"])
    return services


def test_the_rules_case_expects_what_the_daemon_judges() -> None:
    assert expected() == {name: judge_service(planes) for name, planes in given().items()}


def test_the_case_has_every_pair_of_states_and_every_lone_plane() -> None:
    pairs = [dict(zip(WATCHED, states, strict=True)) for states in product(State, repeat=2)]
    alone = [{plane: state} for plane, state in product(WATCHED, State)]
    seen = list(given().values())
    assert len(seen) == len(pairs + alone)
    assert all(planes in seen for planes in pairs + alone)
