"""The recent runs of a path as a row of bars, drawn here so that it needs no script.

A bar's height says the same as its colour: the worse, the taller; an unobserved run is a stub.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from markupsafe import Markup, escape

from probe.model.maintenance import Window
from probe.reporting.legible import legible
from probe.reporting.picture import STRIP_LENGTH, Mark, PathView
from probe.reporting.times import full, took
from probe.reporting.words import OUTCOMES, PHASES, Look, look_of

HEIGHT: Final = 24
PITCH: Final = 5
BAR: Final = 4

_HEIGHTS: Final = {Look.OK: 13, Look.SLOW: 18, Look.BAD: HEIGHT, Look.BLIND: 5}
TALLY: Final = {
    Look.OK: "ok",
    Look.SLOW: "slow or limited",
    Look.BAD: "failed",
    Look.BLIND: "not seen",
}


class Strips:
    """Draws strips, each again only when its path has run since."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, str], tuple[object, Markup]] = {}

    def strip(self, service: str, path: PathView, windows: Sequence[Window] = ()) -> Markup:
        """The drawing of the path's marks, under the windows of maintenance that it was in."""
        held = path.status.maintenance if path.status is not None else None
        shown = (path.marks, *windows, *([held] if held else []))
        before, drawn = self._drawn.get((service, path.name), ((), None))
        if drawn is None or before != shown:
            drawn = draw(path.name, tuple(path.marks), [*windows, *([held] if held else [])])
            self._drawn[service, path.name] = (shown, drawn)
        return drawn

    def keep(self, paths: Collection[tuple[str, str]]) -> None:
        """Forget the strips of all but these `paths`, each given as service and path."""
        self._drawn = {key: drawn for key, drawn in self._drawn.items() if key in paths}


def draw(path: str, marks: tuple[Mark, ...], windows: Sequence[Window] = ()) -> Markup:
    """The drawing of `marks`, oldest first; the newest is at the right edge.

    Maintenance is drawn over the bars: those of failures would hide it.
    """
    first = STRIP_LENGTH - len(marks)
    bars = "".join(_bar(first + place, mark) for place, mark in enumerate(marks))
    bars += "".join(_rest(first + place, mark, windows) for place, mark in enumerate(marks))
    return Markup(  # noqa: S704 - every text in it is escaped where it is inserted
        f'<svg class="strip" role="img" aria-label="{_escaped(_label(path, marks))}"'
        f' viewBox="0 0 {STRIP_LENGTH * PITCH - 1} {HEIGHT}" preserveAspectRatio="none">'
        f"{_empty(first)}{bars}</svg>"
    )


def describe(mark: Mark) -> str:
    """When the run started, what, where and how long, in one line."""
    where = f" at step {mark.step}" if mark.step else ""
    phase = f" {PHASES[mark.phase]}" if mark.phase else ""
    extra = " · confirmation" if mark.confirmation else ""
    what = f"{OUTCOMES[mark.outcome]}{where}{phase}"
    return f"started {full(mark.started_at)} · {what} · {took(mark.duration_s)}{extra}"


def _bar(place: int, mark: Mark) -> str:
    look = look_of(mark.outcome)
    height = _HEIGHTS[look]
    return (
        f'<rect class="{look}" x="{place * PITCH}" y="{HEIGHT - height}"'
        f' width="{BAR}" height="{height}"><title>{_escaped(describe(mark))}</title></rect>'
    )


def _rest(place: int, mark: Mark, windows: Sequence[Window]) -> str:
    """The overlay of a run that was made in maintenance."""
    if not any(window.holds(mark.started_at) for window in windows):
        return ""
    return f'<rect class="rest" x="{place * PITCH}" y="0" width="{PITCH}" height="{HEIGHT}"/>'


def _empty(places: int) -> str:
    width = places * PITCH - 1
    if places == 0:
        return ""
    return f'<rect class="none" x="0" y="{HEIGHT - 2}" width="{width}" height="2"/>'


def _label(path: str, marks: tuple[Mark, ...]) -> str:
    if not marks:
        return f"{path}: no runs yet"
    counts = Counter(look_of(mark.outcome) for mark in marks)
    tally = ", ".join(f"{counts[each]} {word}" for each, word in TALLY.items() if counts[each])
    return f"{path}: last {len(marks)} runs: {tally}. Newest: {describe(marks[-1])}"


def _escaped(text: str) -> str:
    return str(escape(legible(text)))
