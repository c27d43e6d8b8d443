"""The unit tests of the rules notice when a rule is broken in any one place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from equivalents import EQUIVALENT
from mutants import mutants, printed
from promtool import Rule, case_files, document, kills, loaded, rule_files, rules

pytestmark = pytest.mark.scenario


def name(rule: Rule) -> str:
    return str(rule.get("alert") or rule["record"])


def label(rule: Rule) -> str:
    """What tells rules of one name apart."""
    return "-".join([name(rule), *map(str, rule.get("labels", {}).values())])


def cases_for(file: Path, rule: Rule) -> list[Path]:
    """The case files about the rule: an alert's bear its name, those of records a small letter.

    Where there are some for the rule's own window, they alone are about it.
    """
    covering = [case for case in case_files() if file.name in loaded(case)]
    if "alert" in rule:
        about = [case for case in covering if case.stem.split("-")[0] == rule["alert"]]
    else:
        about = [case for case in covering if case.stem[0].islower()]
    window = rule.get("labels", {}).get("window") or name(rule).partition("ratio_rate")[2]
    return [case for case in about if window and case.stem.endswith(f"-{window}")] or about


def with_rule(file: Path, index: int, rule: Rule) -> str:
    """The text of `file` with its rule number `index` replaced, and no alert of another name."""
    (group,) = document(file)["groups"]
    group["rules"][index] = rule
    records = [other for other in group["rules"] if "record" in other]
    if "alert" in rule:
        namesakes = [other for other in group["rules"] if other.get("alert") == rule["alert"]]
        group["rules"] = [*reachable(namesakes, records), *namesakes]
    else:
        group["rules"] = records
    return str(yaml.dump({"groups": [group]}, Dumper=yaml.CSafeDumper, sort_keys=False))


def reachable(alerts: list[Rule], records: list[Rule]) -> list[Rule]:
    """The records that alerts name, and those that these name; a record follows its parts."""
    text, found = str(alerts), []
    for record in reversed(records):
        if record["record"] in text:
            found.insert(0, record)
            text += record["expr"]
    return found


def all_rules() -> Iterator[Any]:
    for file in rule_files():
        for index, rule in enumerate(rules(file)):
            yield pytest.param(file, index, rule, id=label(rule))


@pytest.mark.parametrize(("file", "index", "rule"), list(all_rules()))
def test_every_way_to_break_the_rule_is_noticed(file: Path, index: int, rule: Rule) -> None:
    cases = cases_for(file, rule)
    allowed = EQUIVALENT.get(label(rule), {})

    def survives(rule: Rule) -> bool:
        return not kills(cases, file, with_rule(file, index, rule))

    assert survives(printed(rule)), "the unit tests must pass before anything is broken"
    broken = list(mutants(rule))
    with ThreadPoolExecutor(2) as pool:
        lives = pool.map(survives, [mutant.rule for mutant in broken])
        survivors = [mutant.what for mutant, left in zip(broken, lives, strict=True) if left]
    assert sorted(survivors) == sorted(allowed)
