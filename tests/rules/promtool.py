"""promtool's unit tests of the rules: as shipped, and with one rule changed."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from processes import CHECKOUT, tool

RULES = CHECKOUT / "config" / "prometheus" / "rules"
CASES = Path(__file__).parent / "cases"
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


def kills(case: Path, file: Path, mutated: str) -> bool:
    """Whether a unit test of `case` fails when `file` holds `mutated`."""
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / file.name
        changed.write_text(mutated, "utf-8")
        places = [changed if name == file.name else RULES / name for name in loaded(case)]
        test = Path(folder) / f"test-{case.name}"
        test.write_text(with_rule_files(case, places), "utf-8")
        ended = promtool("test", "rules", test)
    assert "parse error" not in ended.stdout + ended.stderr, "a mutant must be a valid rule"
    return ended.returncode != 0


def with_rule_files(case: Path, places: list[Path]) -> str:
    """The text of `case` with other places of its rules."""
    listed = "[" + ", ".join(map(str, places)) + "]"
    return re.sub(r"(?m)^rule_files: .*$", f"rule_files: {listed}", case.read_text("utf-8"))
