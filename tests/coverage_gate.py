"""Fails when the coverage of lines or of branches, each on its own, is too low.

coverage.py's own `fail_under` checks only their sum.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FLOOR_PERCENT = 90.0


def shares(totals: dict[str, int]) -> dict[str, float]:
    """The percentage of lines and of branches that the tests covered."""
    pairs = {
        "lines": (totals["covered_lines"], totals["num_statements"]),
        "branches": (totals["covered_branches"], totals["num_branches"]),
    }
    return {kind: 100 * seen / (there or 1) for kind, (seen, there) in pairs.items()}


def missed(files: Mapping[str, Any]) -> Iterator[str]:
    """By file: the lines, and the branches between lines, that no test covered."""
    for name, file in files.items():
        places = [str(line) for line in file["missing_lines"]]
        places += [f"{start}->{end}" for start, end in file["missing_branches"]]
        if places:
            yield f"{name}: {', '.join(places)}"


def main(report: Path) -> None:
    told = json.loads(report.read_text(encoding="utf-8"))
    found = shares(told["totals"])
    words = ", ".join(f"{share:.1f} % of {kind}" for kind, share in found.items())
    print(f"covered: {words} (the floor is {FLOOR_PERCENT:.0f} % of each)")  # noqa: T201 - its output
    if min(found.values()) < FLOOR_PERCENT:
        sys.exit("\n".join((*missed(told["files"]), "too little is covered: see above")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
