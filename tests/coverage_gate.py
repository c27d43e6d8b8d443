"""Fails when lines or branches, each for itself, are covered too little.

coverage.py's own `fail_under` holds only their sum.
"""

import json
import sys
from pathlib import Path

FLOOR_PERCENT = 90.0


def shares(totals: dict[str, int]) -> dict[str, float]:
    """The percentage of lines and of branches that the tests went through."""
    pairs = {
        "lines": (totals["covered_lines"], totals["num_statements"]),
        "branches": (totals["covered_branches"], totals["num_branches"]),
    }
    return {kind: 100 * seen / (there or 1) for kind, (seen, there) in pairs.items()}


def main(report: Path) -> None:
    found = shares(json.loads(report.read_text(encoding="utf-8"))["totals"])
    words = ", ".join(f"{share:.1f} % of {kind}" for kind, share in found.items())
    print(f"covered: {words} (the floor is {FLOOR_PERCENT:.0f} % of each)")  # noqa: T201 - its output
    if min(found.values()) < FLOOR_PERCENT:
        sys.exit("too little is covered; the table above names the lines")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
