"""The confirmed states of a path over the last day and week, as lanes.

Where no spell reaches, nothing is known and nothing is drawn.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from probe.model.status import Spell
from probe.reporting.web.axis import Axis
from probe.reporting.web.lanes import Lane, draw, stretch
from probe.reporting.web.times import length
from probe.reporting.web.words import STATES

PERIODS: Final = {"24 h": 86400.0, "7 d": 604800.0}
LONGEST_S: Final = max(PERIODS.values())
MOST_SPELLS: Final = 200
"""Drawn of each path; of one that changes more often, the newest."""

Spells = Mapping[tuple[str, str], Sequence[Spell]]
Drawn = Mapping[tuple[str, str], Sequence[tuple[str, Markup]]]


def by_path(spells: Iterable[Spell]) -> Spells:
    """The newest spells of each path, in order."""
    grouped: dict[tuple[str, str], list[Spell]] = {}
    for spell in spells:
        grouped.setdefault((spell.service, spell.path), []).append(spell)
    return {key: of_path[-MOST_SPELLS:] for key, of_path in grouped.items()}


def drawn(spells: Iterable[Spell], now: float) -> Drawn:
    """The bands of every path that has spells, as drawings with their names."""
    return {
        key: [(lane.name, draw(lane)) for lane in bands(of_path, key[1], now)]
        for key, of_path in by_path(spells).items()
    }


def bands(spells: Sequence[Spell], path: str, now: float) -> list[Lane]:
    """A lane for each of the PERIODS."""
    return [
        _band(spells, f"{path}, last {name}", name, Axis(now - seconds, now))
        for name, seconds in PERIODS.items()
    ]


def _band(spells: Sequence[Spell], title: str, name: str, axis: Axis) -> Lane:
    shown = [spell for spell in spells if spell.until > axis.since and spell.since < axis.until]
    sums: Counter[str] = Counter()
    for spell in shown:
        lasted = min(spell.until, axis.until) - max(spell.since, axis.since)
        sums[STATES[spell.state].lower()] += int(lasted)
    tally = ", ".join(f"{word} {length(seconds)}" for word, seconds in sums.items())
    return Lane(
        name=name,
        label=f"{title}: {tally or 'nothing known'}",
        segments=tuple(
            stretch(
                axis, spell.since, min(spell.until, axis.until), spell.state, STATES[spell.state]
            )
            for spell in shown
        ),
    )
