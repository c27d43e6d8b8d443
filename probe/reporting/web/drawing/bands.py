"""The confirmed states of a path over the last day and week, as lanes.

Where no spell reaches, nothing is known and nothing is drawn.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from probe.model.maintenance import Window, by_service
from probe.model.state import State
from probe.model.status import Spell
from probe.reporting.times import length
from probe.reporting.web.drawing.axis import Axis
from probe.reporting.web.drawing.lanes import Lane, draw, rests, stretch
from probe.reporting.words import STATES

PERIODS: Final = {"24 h": 86400.0, "7 d": 604800.0}
LONGEST_S: Final = max(PERIODS.values())
MOST_SPELLS: Final = 200
"""The most that are drawn of each path, the newest; all are counted in the words."""

Spells = Mapping[tuple[str, str], Sequence[Spell]]
Drawn = Mapping[tuple[str, str], Sequence[tuple[str, Markup]]]


def by_path(spells: Iterable[Spell]) -> Spells:
    """The spells of each path, in order."""
    grouped: dict[tuple[str, str], list[Spell]] = {}
    for spell in spells:
        grouped.setdefault((spell.service, spell.path), []).append(spell)
    return {key: list(_in_turn(of_path)) for key, of_path in grouped.items()}


def over(windows: Iterable[Window], service: str, path: str) -> list[Window]:
    """Those of `windows` that cover a path."""
    return [each for each in windows if each.service == service and each.covers(path)]


def drawn(spells: Iterable[Spell], windows: Sequence[Window], now: float) -> Drawn:
    """The bands of every path that has spells, as drawings with their names."""
    held = by_service(windows)
    return {
        key: [
            (lane.name, draw(lane))
            for lane in bands(of_path, over(held.get(key[0], ()), *key), key[1], now)
        ]
        for key, of_path in by_path(spells).items()
    }


def bands(spells: Sequence[Spell], windows: Sequence[Window], path: str, now: float) -> list[Lane]:
    """A lane for each of the PERIODS, with the windows of maintenance over it."""
    return [
        _band(spells, windows, f"{path}, last {name}", name, Axis(now - seconds, now))
        for name, seconds in PERIODS.items()
    ]


def _in_turn(spells: Sequence[Spell]) -> Iterator[Spell]:
    """`spells` of one path, each cut where the next begins: its evidence may overlap that.

    An unknown one has no evidence, and is left out.
    """
    ends = [*(after.since for after in spells[1:]), math.inf]
    for spell, end in zip(spells, ends, strict=True):
        if spell.state is not State.UNKNOWN:
            yield replace(spell, until=min(spell.until, end))


def _band(
    spells: Sequence[Spell], windows: Sequence[Window], title: str, name: str, axis: Axis
) -> Lane:
    shown = [spell for spell in spells if spell.until > axis.since and spell.since < axis.until]
    sums: defaultdict[str, float] = defaultdict(float)
    for spell in shown:
        lasted = min(spell.until, axis.until) - max(spell.since, axis.since)
        sums[STATES[spell.state].lower()] += lasted
    resting = rests(axis, windows)
    tally = ", ".join(f"{word} {length(seconds)}" for word, seconds in sums.items())
    return Lane(
        name=name,
        label=f"{title}: {tally or 'nothing known'}" + "".join(f". {r.title}" for r in resting),
        segments=(
            *(
                stretch(
                    axis, each.since, min(each.until, axis.until), each.state, STATES[each.state]
                )
                for each in shown[-MOST_SPELLS:]
            ),
            *resting,
        ),
    )
