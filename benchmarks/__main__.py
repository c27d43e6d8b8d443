"""Measures all promises, or the named ones; prints a table and writes it as JSON.

`python -m benchmarks [BAR ...]`, with the folders of the tests on the path. Earlier figures of bars
that are not named stay in the file.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console
from rich.table import Table

from benchmarks.bars import BARS
from benchmarks.bench import TooBusyError
from benchmarks.figure import Figure, document
from benchmarks.process import Theft
from probe.reporting.log import configure

RESULTS: Final = Path(__file__).with_name("results.json")
VERDICTS: Final = {None: "", True: "holds", False: "missed"}


def main(names: list[str]) -> int:
    """The exit status: 0 if every bar was cleared, 1 if one was missed, 2 for bad input."""
    unknown = [name for name in names if name not in BARS]
    if unknown:
        print(
            f"no bar is called {', '.join(unknown)}; there are: {', '.join(BARS)}", file=sys.stderr
        )
        return 2
    configure(level=logging.CRITICAL)
    missed = False
    for name in names or BARS:
        theft = Theft()
        try:
            figures = list(BARS[name]())
        except pytest.skip.Exception as missing:
            print(f"{name}: left out, it {missing}", file=sys.stderr)
            continue
        except TooBusyError as problem:
            print(f"{name}: {problem}; try again on a quiet machine", file=sys.stderr)
            missed = True
            continue
        show(name, figures)
        keep(name, figures, theft.share)
        missed = missed or any(figure.holds is False for figure in figures)
    return int(missed)


def show(name: str, figures: list[Figure]) -> None:
    """Print the figures of one bar."""
    table = Table("what", "measured", "bar", "", title=name, title_justify="left", box=None)
    for figure in figures:
        table.add_row(figure.what, figure.shown, figure.bar, VERDICTS[figure.holds])
    Console().print(table)


def keep(name: str, figures: list[Figure], stolen: float) -> None:
    """Replace the figures of that bar in the file."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    text = json.dumps({**known, name: document(figures, stolen)}, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
