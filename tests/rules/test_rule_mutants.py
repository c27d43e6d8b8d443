"""The unit tests of the rules notice when a rule is broken in any one place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
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
    """The case files that load `file`: an alert's own, or all for a record."""
    covering = [case for case in case_files() if file.name in loaded(case)]
    if "alert" in rule:
        own = [case for case in covering if case.stem.split("-")[0] == rule["alert"]]
        window = rule["labels"].get("window", "")
        return sorted(own, key=lambda case: not case.stem.endswith(window))
    return sorted(covering, key=lambda case: case.stem[0].isupper())


def with_rule(file: Path, index: int, rule: Rule) -> str:
    """The text of `file` with its rule number `index` replaced."""
    changed: dict[str, Any] = deepcopy(document(file))
    places = [
        (group["rules"], n) for group in changed["groups"] for n in range(len(group["rules"]))
    ]
    listed, n = places[index]
    listed[n] = rule
    return yaml.safe_dump(changed, sort_keys=False)


def all_rules() -> Iterator[Any]:
    for file in rule_files():
        for index, rule in enumerate(rules(file)):
            yield pytest.param(file, index, rule, id=label(rule))


@pytest.mark.parametrize(("file", "index", "rule"), list(all_rules()))
def test_every_way_to_break_the_rule_is_noticed(file: Path, index: int, rule: Rule) -> None:
    cases = cases_for(file, rule)
    allowed = EQUIVALENT.get(label(rule), {})

    def survives(rule: Rule) -> bool:
        text = with_rule(file, index, rule)
        return not any(kills(case, file, text) for case in cases)

    assert survives(printed(rule)), "the unit tests must pass before anything is broken"
    broken = list(mutants(rule))
    with ThreadPoolExecutor(2) as pool:
        lives = pool.map(survives, [mutant.rule for mutant in broken])
        survivors = [mutant.what for mutant, left in zip(broken, lives, strict=True) if left]
    assert sorted(survivors) == sorted(allowed)
