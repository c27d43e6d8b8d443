"""Path states over time, drawn here so that a report needs no script and no second file.

Time is cut into equal columns, and each shows the worst state within it: a short outage stays
visible in a long report, and the drawing is bounded whatever happened.
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
    width = (report.until - report.since) / LETTER_COLUMNS
    middles = [report.since + (place + 0.5) * width for place in range(LETTER_COLUMNS)]
    return "".join(
        "m" if _rests(lane, middle) else LETTERS[state]
        for middle, state in zip(middles, columns(lane.stays, report, LETTER_COLUMNS), strict=False)
    )


def chart(lane: Lane, report: Report) -> Markup:
    """The lane as a drawing of rectangles, with maintenance in a grey band over them."""
    bars = "".join(_bars(columns(lane.stays, report, COLUMNS))) + "".join(_rest(lane, report))
    return Markup(  # noqa: S704 - numbers and words of ours
        f'<svg class="lane" viewBox="0 0 {COLUMNS} {ROW}" preserveAspectRatio="none" '
        f'role="img" aria-label="states over time">{bars}</svg>'
    )


def _rests(lane: Lane, at: float) -> bool:
    return any(begin <= at < end for begin, end in lane.resting)


def _rest(lane: Lane, report: Report) -> Iterator[str]:
    scale = COLUMNS / (report.until - report.since)
    for begin, end in lane.resting:
        left = max(0.0, (begin - report.since) * scale)
        right = min(float(COLUMNS), (end - report.since) * scale)
        yield f'<rect class="rest" x="{left:.1f}" y="0" width="{right - left:.1f}" height="{ROW}"/>'


def columns(stays: Sequence[Stay], report: Report, count: int) -> list[State]:
    """The worst state within each of `count` equal parts of the report's time."""
    width = (report.until - report.since) / count
    found = [State.UP] * count if stays else []
    for stay in sorted(stays, key=lambda stay: _SEVERITY[stay.state]):  # the worst paints over all
        first = max(0, int((stay.since - report.since) / width))
        last = max(first, min(count, int(-(-(stay.until - report.since) // width))))
        found[first:last] = [stay.state] * (last - first)
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
