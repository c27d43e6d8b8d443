"""What docs/words.md says of each word is complete, and what judging goes by."""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from probe.judging.verdict import TABLE
from probe.judging.weight import WEIGHTS
from probe.model.outcome import BLAME, Outcome
from probe.model.state import Finding, SkipReason, State, Verdict

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "words.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the tables below `heading`, cell by cell."""
    _, _, below = PAGE.partition(f"\n## {heading}\n")
    lines = below.partition("\n## ")[0].splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Verdicts", Verdict),
        ("Findings", Finding),
        ("Outcomes", Outcome),
        ("Skipped runs", SkipReason),
    ],
)
def test_every_word_has_its_row_with_what_it_means_and_what_to_do(
    heading: str, words: Iterable[StrEnum]
) -> None:
    explained = [row for row in rows(heading) if row[0].startswith("`")]
    assert [row[0] for row in explained] == [f"`{word}`" for word in words]
    assert len({len(row) for row in explained}) == 1
    assert all(all(cell.strip() for cell in row) for row in explained)


def test_the_table_of_planes_is_the_one_that_judges() -> None:
    states = list(State)
    cells = {
        (control, data): Verdict(cell.strip("`"))
        for row in rows("Verdicts")
        if (match := re.fullmatch(r"\*\*(\w+)\*\*", row[0]))
        for control in [State(match[1])]
        for data, cell in zip(states, row[1:], strict=True)
    }
    assert cells == dict(TABLE)


def test_blame_and_weight_of_every_outcome_are_those_that_count() -> None:
    told = {Outcome(row[0].strip("`")): row[1:3] for row in rows("Outcomes") if row[0][0] == "`"}
    assert {outcome: weight for outcome, (_, weight) in told.items()} == WEIGHTS
    assert told.pop(Outcome.TIMED_OUT)[0].startswith("theirs, or network")
    assert {outcome: blame for outcome, (blame, _) in told.items()} == BLAME


def test_every_page_that_is_linked_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert all((DOCS / link).exists() for link in links)
