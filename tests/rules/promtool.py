"""promtool's unit tests of the rules: as shipped, and with one rule changed."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from processes import CHECKOUT, tool

RULES = CHECKOUT / "config" / "prometheus" / "rules"
CASES = Path(__file__).parent / "cases"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Rule = dict[str, Any]


def document(file: Path) -> dict[str, Any]:
    return dict(yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader))


def rules(file: Path) -> Iterator[Rule]:
    for group in document(file)["groups"]:
        yield from group["rules"]


def rule_files() -> list[Path]:
    return sorted(RULES.glob("*.yaml"))


def case_files() -> list[Path]:
    return sorted(CASES.glob("*.yaml"))


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [tool("promtool", "prometheus"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def loaded(case: Path) -> list[str]:
    """The names of the rule files that the unit tests of `case` load."""
    (listed,) = re.findall(r"(?m)^rule_files: \[(.*)\]$", case.read_text("utf-8"))
    return [Path(place).name for place in listed.split(", ")]


def kills(cases: list[Path], file: Path, mutated: str) -> bool:
    """Whether a unit test of `cases` fails when `file` holds `mutated`."""
    with tempfile.TemporaryDirectory() as folder:
        changed, alone = Path(folder) / file.name, Path(folder) / "test.yaml"
        changed.write_text(mutated, "utf-8")
        for test in shortest_first(tuple(cases)):
            names = [Path(place).name for place in test["rule_files"]]
            places = [changed if name == file.name else RULES / name for name in names]
            only = {**test, "rule_files": [*map(str, places)]}
            alone.write_text(yaml.dump(only, Dumper=yaml.CSafeDumper), "utf-8")
            ended = promtool("test", "rules", alone)
            said = ended.stdout + ended.stderr
            assert "parse error" not in said, "a mutant must be a valid rule"
            if ended.returncode != 0:
                return True
    return False


@cache
def shortest_first(cases: tuple[Path, ...]) -> list[dict[str, Any]]:
    """The unit tests of `cases`, each a file of its own: what is evaluated for hours comes last."""
    alone = [
        {**document(case), "tests": [test]} for case in cases for test in document(case)["tests"]
    ]
    return sorted(alone, key=lambda file: _lasts_s(*file["tests"]))


def _lasts_s(test: dict[str, Any]) -> int:
    """Until when promtool evaluates."""
    asked = [*test.get("alert_rule_test", ()), *test.get("promql_expr_test", ())]
    return max(seconds(each["eval_time"]) for each in asked)


def seconds(duration: str) -> int:
    """Of what Prometheus writes as `1h30m`."""
    parts = re.findall(r"(\d+)([smhd])", duration)
    return sum(int(number) * SECONDS[unit] for number, unit in parts)
