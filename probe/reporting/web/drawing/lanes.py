"""What lasted from when to when, as lanes on one axis: the values that a template draws.

Widths are percent, so that the drawing fits a phone and words keep their size.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from probe.model.maintenance import Window
from probe.model.outcome import Outcome
from probe.reporting.legible import cut, legible
from probe.reporting.times import full
from probe.reporting.web.drawing.axis import Axis
from probe.reporting.web.drawing.strip import TALLY
from probe.reporting.web.history import Columns, Hour
from probe.reporting.words import Look, look_of

HOUR_S: Final = 3600.0
WORST_FIRST: Final = tuple(Look)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch, or an instant if `width` is None. `tone` names its colour."""

    left: float
    width: float | None
    tone: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A row: its name, the sentence that says what it shows, and the segments.

    The name of a `foreign` lane is not in our words.
    """

    name: str
    label: str
    segments: tuple[Segment, ...]
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What holds from `since` on; `tone` names it for the style, `word` for people."""

    since: float
    tone: str
    word: str


def stretch(axis: Axis, since: float, until: float, tone: str, word: str) -> Segment:
    """A period from `since` to `until`."""
    left = axis.place(since)
    title = f"{word}: {full(since)} to {full(until)}"
    return Segment(left=left, width=axis.place(until) - left, tone=tone, title=title)


def instant(axis: Axis, at: float, tone: str, word: str) -> Segment:
    """An event at one time."""
    return Segment(left=axis.place(at), width=None, tone=tone, title=f"{word}: {full(at)}")


def rests(axis: Axis, windows: Iterable[Window]) -> tuple[Segment, ...]:
    """The windows of maintenance as bands, to be laid over what was drawn before."""
    return tuple(
        stretch(axis, window.since, window.until, "maintenance", f"In maintenance, {window.name}")
        for window in windows
        if window.until > axis.since and window.since < axis.until
    )


def stretches(axis: Axis, told: Sequence[Change], until: float) -> tuple[Segment, ...]:
    """Each of `told` until the next one, the last until `until`; what ended before is left out."""
    ends = [*(after.since for after in told), until][1:]
    return tuple(
        stretch(axis, change.since, end, change.tone, change.word)
        for change, end in zip(told, ends, strict=True)
        if end > axis.since and change.since < axis.until
    )


def changes(told: Iterable[Change]) -> list[Change]:
    """`told` without repetitions of the one before."""
    listed = list(told)
    return listed[:1] + [new for old, new in pairwise(listed) if new.tone != old.tone]


def coarse(
    axis: Axis, told: Sequence[Change], columns: int, worst_first: Sequence[str]
) -> list[Change]:
    """`told`; if there are more than `columns`, the worst of each column."""
    if len(told) <= columns:
        return list(told)
    width_s = axis.length / columns
    within: dict[int, list[Change]] = defaultdict(list)
    for change in told:
        within[max(0, int((change.since - axis.since) // width_s))].append(change)
    stood, worst = told[0], []
    for column in range(columns):
        shown = min([stood, *within[column]], key=lambda change: worst_first.index(change.tone))
        worst.append(replace(shown, since=axis.since + column * width_s))
        stood = [stood, *within[column]][-1]
    return changes(worst)


def draw(lane: Lane, marks: Iterable[float] = ()) -> Markup:
    """The drawing of `lane`, with lines at `marks`. No template: a page has thousands of boxes."""
    boxes = "".join(map(_box, lane.segments))
    lines = "".join(_line(place, "mark") + "/>" for place in marks)
    return Markup(  # noqa: S704 - every text in it is escaped where it is inserted
        f'<svg class="lane" role="img" aria-label="{_escaped(lane.label, 600)}">'
        f'<rect class="ground" width="100%" height="100%"/>{boxes}{lines}</svg>'
    )


def _box(segment: Segment) -> str:
    title = f"<title>{_escaped(segment.title, 200)}</title>"
    if segment.width is None:
        return f"{_line(segment.left, f'instant {segment.tone}')}>{title}</line>"
    return (
        f'<rect class="{segment.tone}" x="{segment.left:.3f}%" width="{segment.width:.3f}%"'
        f' height="100%">{title}</rect>'
    )


def _line(place: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{place:.3f}%" x2="{place:.3f}%" y1="0" y2="100%"'


def _escaped(text: str, limit: int) -> str:
    return str(escape(legible(cut(text, limit))))


def runs_lane(
    axis: Axis,
    name: str,
    columns: Columns,
    hours: Sequence[Hour] = (),
    windows: Iterable[Window] = (),
) -> Lane:
    """The runs of a path, each box as bad as its worst run.

    Runs that are kept are in columns over the whole `hours` of those that were summed up; `windows`
    of maintenance are laid over them.
    """
    bands = rests(axis, windows)
    counts = sum([*columns, *(counted for _, counted in hours)], Counter[Outcome]())
    looks = _looks(counts)
    total = counts.total()
    tally = ", ".join(f"{looks[each]} {word}" for each, word in TALLY.items() if looks[each])
    label = f"{name}: {total} runs: {tally}" if total else f"{name}: no runs"
    label += "".join(f". {band.title}" for band in bands)
    return Lane(
        name=name,
        label=label,
        segments=(*_hours(axis, hours), *_columns(axis, columns), *bands),
    )


def _hours(axis: Axis, hours: Sequence[Hour]) -> Iterator[Segment]:
    for since, counts in hours:
        yield _box_of(axis, since, since + HOUR_S, counts)


def _columns(axis: Axis, columns: Columns) -> Iterator[Segment]:
    for place, counts in enumerate(columns):
        if counts:
            width_s = axis.length / len(columns)
            since = axis.since + place * width_s
            yield _box_of(axis, since, since + width_s, counts)


def _box_of(axis: Axis, since: float, until: float, counts: Counter[Outcome]) -> Segment:
    looks = _looks(counts)
    worst = next(each for each in WORST_FIRST if looks[each])
    word = f"{looks[worst]} of {counts.total()} runs {TALLY[worst]}"
    return stretch(axis, since, until, worst, word)


def _looks(counts: Counter[Outcome]) -> Counter[Look]:
    looks: Counter[Look] = Counter()
    for outcome, count in counts.items():
        looks[look_of(outcome)] += count
    return looks
