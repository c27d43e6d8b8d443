"""Puts the figures of the results file into docs/performance.md, between the marks of each bar."""

import json
import re
from pathlib import Path
from typing import Any, Final

from benchmarks.__main__ import RESULTS, VERDICTS
from benchmarks.figure import Figure

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "performance.md"


def table(measured: dict[str, Any]) -> str:
    """The figures of one bar, and what they were measured on."""
    lines = ["| what | measured | bar | |", "|---|---|---|---|"]
    for known in measured["figures"]:
        figure = Figure(**{key: value for key, value in known.items() if key != "holds"})
        lines.append(
            f"| {figure.what} | {figure.shown} | {figure.bar} | {VERDICTS[figure.holds]} |"
        )
    on = "; ".join(f"{key} {value}" for key, value in measured["machine"].items())
    return "\n".join([*lines, "", f"Measured {measured['measured_at'][:16]} UTC: {on}."])


def main() -> None:
    """Update every table that has figures."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, measured in json.loads(RESULTS.read_text(encoding="utf-8")).items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = marks.sub(lambda found: f"{found[1]}{table(measured)}\n{found[2]}", text)  # noqa: B023 - used at once
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
