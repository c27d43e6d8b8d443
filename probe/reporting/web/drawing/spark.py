"""How long the recent good runs of a path took, as one line."""

from collections.abc import Collection
from dataclasses import dataclass
from statistics import median
from typing import Final

from probe.reporting.picture import STRIP_LENGTH, Mark
from probe.reporting.times import took

HEIGHT: Final = 20
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A line's points within STRIP_LENGTH by HEIGHT, and what it says in words."""

    points: str
    label: str


def spark(marks: Collection[Mark]) -> Spark | None:
    """The line of the good runs among `marks`, from 0 to the longest; None for fewer than two."""
    first = STRIP_LENGTH - len(marks)
    good = [
        (first + place, mark.duration_s)
        for place, mark in enumerate(marks)
        if mark.outcome.succeeded
    ]
    if len(good) < _FEWEST:
        return None
    seconds = [duration_s for _, duration_s in good]
    longest = max(seconds) or 1.0
    points = " ".join(f"{x},{HEIGHT * (1 - each / longest):.1f}" for x, each in good)
    label = f"Duration of {len(good)} good runs: median {took(median(seconds))}"
    return Spark(points=points, label=f"{label}, longest {took(max(seconds))}")
