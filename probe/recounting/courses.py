"""The paths and planes of a service through a time: their states, and when they were at rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from probe.judging import availability
from probe.judging.availability import Span
from probe.model.maintenance import Window
from probe.model.report import Stay
from probe.model.state import WATCHED, Plane
from probe.model.status import Spell


@dataclass(frozen=True, slots=True)
class Track:
    """A path or a plane: its stays, and its maintenance; `told` is how it counts beside that."""

    name: str
    plane: Plane
    stays: tuple[Stay, ...]
    resting: Sequence[Span]
    told: tuple[Stay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The time `span`: of each path its newest spell, stays, maintenance, and when it was there."""

    span: Span
    newest: Mapping[str, Spell]
    stays: Mapping[str, tuple[Stay, ...]]
    resting: Mapping[str, Sequence[Span]]
    lives: Mapping[str, Span]

    def paths(self) -> Iterator[Track]:
        """Each path."""
        for path, stays in self.stays.items():
            yield Track(path, self.newest[path].plane, stays, self.resting[path], stays)

    def planes(self) -> Iterator[Track]:
        """Each plane, as its paths make it.

        A path in maintenance counts as up for it, all of them at once as the plane's maintenance.
        One that was not there yet, or no more, does not count.
        """
        for plane in WATCHED:
            members = [path for path in self.stays if self.newest[path].plane is plane]
            if not members:
                continue
            stays = {(path, self.newest[path].critical): self._lived(path) for path in members}
            told = {
                key: availability.excused(lane, self.resting[key[0]]) for key, lane in stays.items()
            }
            yield Track(
                plane.value,
                plane,
                availability.plane_stays(stays, *self.span),
                availability.shared(self.resting[path] for path in members),
                availability.plane_stays(told, *self.span),
            )

    def _lived(self, path: str) -> tuple[Stay, ...]:
        return tuple(availability.clipped(self.stays[path], *self.lives[path]))


def course(
    spells: Sequence[Spell], held: Sequence[Window], span: Span, lives: Mapping[str, Span]
) -> Course:
    """What `spells` of one service, in order, and the windows `held` make of the time `span`.

    Paths that were gone before it are left out.
    """
    by_path = {
        path: list(group)
        for path, group in groupby(spells, key=lambda each: each.path)
        if lives[path][1] > span[0]
    }
    return Course(
        span=span,
        newest={path: group[-1] for path, group in by_path.items()},
        stays={path: availability.stays(group, *span) for path, group in by_path.items()},
        resting={
            path: [(each.since, each.until) for each in held if each.covers(path)]
            for path in by_path
        },
        lives=lives,
    )
