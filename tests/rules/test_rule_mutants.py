"""The unit tests of the rules notice when a rule is broken in any one place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from equivalents import EQUIVALENT
from mutants import mutants, printed
from promtool import Rule, case_files, document, loaded, rule_files, rules, survivors

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


def with_rule(file: Path, index: int, rule: Rule, tests: str) -> str:
    """The text of `file` with its rule number `index` replaced, and what is asked for beside it.

    Of an alert those are its namesakes and the records that they name, of a record those that the
    `tests` name.
    """
    (group,) = document(file)["groups"]
    group["rules"][index] = rule
    records = [other for other in group["rules"] if "record" in other]
    if "alert" in rule:
        namesakes = [other for other in group["rules"] if other.get("alert") == rule["alert"]]
        group["rules"] = [*reachable(str(namesakes), records), *namesakes]
    else:
        group["rules"] = reachable(tests, records)
    return str(yaml.dump({"groups": [group]}, Dumper=yaml.CSafeDumper, sort_keys=False))


def reachable(text: str, records: list[Rule]) -> list[Rule]:
    """The records that `text` names, and those that these name; a record follows its parts."""
    found: list[Rule] = []
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
    tests = "".join(case.read_text("utf-8") for case in cases)

    def surviving(rules: list[Rule]) -> list[int]:
        return survivors(cases, file, [with_rule(file, index, each, tests) for each in rules])

    assert surviving([printed(rule)]), "the unit tests must pass before anything is broken"
    broken = list(mutants(rule))
    lives = [broken[number].what for number in surviving([mutant.rule for mutant in broken])]
    assert sorted(lives) == sorted(EQUIVALENT.get(label(rule), {}))


def test_a_mutant_that_is_no_rule_does_not_pass_for_one_that_was_noticed() -> None:
    file = rule_files()[0]
    rule = next(rules(file))
    cut = with_rule(file, 0, {**rule, "expr": f"{rule['expr']} +"}, rule["record"])
    with pytest.raises(AssertionError, match="a mutant must be a valid rule"):
        survivors(cases_for(file, rule), file, [cut])
