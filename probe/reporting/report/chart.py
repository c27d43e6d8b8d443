"""Path states over time, drawn here so that a report needs no script and no second file.

Time is cut into equal columns, and each shows the worst state that fell into it: a short outage
stays visible in a long report, and the drawing is bounded whatever happened.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

from probe.model.report import Lane, Report, Stay
from probe.model.state import State

COLUMNS: Final = 720
LETTERS: Final = {State.UP: ".", State.UNKNOWN: "?", State.IMPAIRED: "~", State.DOWN: "#"}
LETTER_COLUMNS: Final = 72
ROW: Final = 22
_MILD_TO_BAD: Final = (State.UP, State.UNKNOWN, State.IMPAIRED, State.DOWN)
_SEVERITY: Final = {state: place for place, state in enumerate(_MILD_TO_BAD)}


def letters(lane: Lane, report: Report) -> str:
    """`....##~~..`: the lane as a line of text."""
    return "".join(LETTERS[state] for state in columns(lane.stays, report, LETTER_COLUMNS))


def chart(lane: Lane, report: Report) -> Markup:
    """The lane as a drawing of rectangles; its words stand beside it."""
    bars = "".join(_bars(columns(lane.stays, report, COLUMNS)))
    return Markup(  # noqa: S704 - numbers and words of ours
        f'<svg class="lane" viewBox="0 0 {COLUMNS} {ROW}" preserveAspectRatio="none" '
        f'role="img" aria-label="states over time">{bars}</svg>'
    )


def columns(stays: Sequence[Stay], report: Report, count: int) -> list[State]:
    """The worst state within each of `count` equal parts of the report's time."""
    width = (report.until - report.since) / count
    found = [State.UP] * count if stays else []
    for stay in stays:
        first = int((stay.since - report.since) / width)
        last = int(-(-(stay.until - report.since) // width))
        for place in range(max(0, first), min(count, last)):
            found[place] = max(found[place], stay.state, key=_SEVERITY.__getitem__)
    return found


def _bars(states: Sequence[State]) -> Iterator[str]:
    place = 0
    for state, group in groupby(states):
        width = len(list(group))
        height = ROW if state in {State.DOWN, State.IMPAIRED} else ROW - 8
        yield (
            f'<rect class="{state}" x="{place}" y="{ROW - height}" '
            f'width="{width}" height="{height}"/>'
        )
        place += width
