"""promtool's unit tests of the rules: as shipped, and with one rule changed."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from processes import CHECKOUT, tool

RULES = CHECKOUT / "config" / "prometheus" / "rules"
CASES = Path(__file__).parent / "cases"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
TRIED = re.compile(r"(?m)^Unit Testing:  (.+)$")
PASSED = re.compile(r"(?m)^Unit Testing:  (.+)\n  SUCCESS$")
FRUGAL = {"GOGC": "400", "GOMAXPROCS": "1"}
"""It ends before it has much garbage: collecting it less often saves a seventh of its CPU, and
using one processor, while another promtool uses another, a twelfth."""
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
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | FRUGAL,
    )


def loaded(case: Path) -> list[str]:
    """The names of the rule files that the unit tests of `case` load."""
    (listed,) = re.findall(r"(?m)^rule_files: \[(.*)\]$", case.read_text("utf-8"))
    return [Path(place).name for place in listed.split(", ")]


def survivors(cases: list[Path], file: Path, mutated: Sequence[str]) -> list[int]:
    """The indices of the `mutated` texts of `file` with which every unit test of `cases` passes."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        folders = [Path(name, str(number)) for number in range(len(mutated))]
        for folder, text in zip(folders, mutated, strict=True):
            folder.mkdir()
            (folder / file.name).write_text(text, "utf-8")
        for test in shortest_first(tuple(cases)):
            halves = pool.map(partial(_passing, _beside(file, test)), (folders[::2], folders[1::2]))
            folders = [folder for half in halves for folder in half]
        return sorted(int(folder.name) for folder in folders)


def _beside(file: Path, test: dict[str, Any]) -> str:
    """The text of `test`, loading the `file` next to it, and all others as shipped."""
    names = [Path(place).name for place in test["rule_files"]]
    places = [name if name == file.name else str(RULES / name) for name in names]
    return str(yaml.dump({**test, "rule_files": places}, Dumper=yaml.CSafeDumper))


def _passing(test: str, folders: Sequence[Path]) -> list[Path]:
    """Those of `folders` with whose rules `test` passes, all tried by one process."""
    if not folders:
        return []
    places = [folder / "test.yaml" for folder in folders]
    for place in places:
        place.write_text(test, "utf-8")
    ended = promtool("test", "rules", *places)
    assert "parse error" not in ended.stderr, "a mutant must be a valid rule"
    assert TRIED.findall(ended.stdout) == [*map(str, places)], ended.stderr
    return [Path(place).parent for place in PASSED.findall(ended.stdout)]


@cache
def shortest_first(cases: tuple[Path, ...]) -> list[dict[str, Any]]:
    """The unit tests of `cases`, each as its own file: those that last for hours come last."""
    alone = [
        {**document(case), "tests": [test]} for case in cases for test in document(case)["tests"]
    ]
    return sorted(alone, key=lambda file: _lasts_s(*file["tests"]))


def _lasts_s(test: dict[str, Any]) -> int:
    """The last time that promtool evaluates, in seconds."""
    asked = [*test.get("alert_rule_test", ()), *test.get("promql_expr_test", ())]
    return max(seconds(each["eval_time"]) for each in asked)


def seconds(duration: str) -> int:
    """The seconds of a duration in Prometheus's format, such as `1h30m`."""
    parts = re.findall(r"(\d+)([smhd])", duration)
    return sum(int(number) * SECONDS[unit] for number, unit in parts)
