"""The paths and planes of a service over a period: their states and their maintenance."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from probe.judging import availability
from probe.judging.availability import Span
from probe.model.maintenance import Window
from probe.model.report import Stay
from probe.model.state import WATCHED, Plane
from probe.model.status import Spell

Member = tuple[str, bool]
"""A path, and whether it is critical."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A path or a plane: its stays as `observed`, and as `counted`: up while it was `resting`."""

    name: str
    plane: Plane
    observed: tuple[Stay, ...]
    resting: Sequence[Span]
    counted: tuple[Stay, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """That a path belonged to `plane`, critical or not, during `span`."""

    plane: Plane
    critical: bool
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTimeline:
    """The paths of a service during `span`: their planes in order, states and maintenance."""

    span: Span
    memberships: Mapping[str, Sequence[Membership]]
    stays: Mapping[str, tuple[Stay, ...]]
    resting: Mapping[str, Sequence[Span]]

    def paths(self) -> Iterator[Timeline]:
        """Each path."""
        for path, stays in self.stays.items():
            yield Timeline(
                name=path,
                plane=self.memberships[path][-1].plane,
                observed=stays,
                resting=self.resting[path],
                counted=stays,
            )

    def planes(self) -> Iterator[Timeline]:
        """Each plane, derived from its paths.

        A path in maintenance counts as up for it; while all are, the plane is in maintenance. A
        path does not count before it joined the plane or after it left; whether it is critical is
        that of the time.
        """
        for plane in WATCHED:
            stays = self._members(plane)
            if not stays:
                continue
            counted = {
                key: availability.excused(lane, self.resting[key[0]]) for key, lane in stays.items()
            }
            yield Timeline(
                name=plane.value,
                plane=plane,
                observed=availability.plane_stays(stays, *self.span),
                resting=self._rests(stays),
                counted=availability.plane_stays(counted, *self.span),
            )

    def _members(self, plane: Plane) -> dict[Member, tuple[Stay, ...]]:
        members: dict[Member, tuple[Stay, ...]] = defaultdict(tuple)
        for path, memberships in self.memberships.items():
            for membership in memberships:
                if membership.plane is plane:
                    lane = availability.clipped(self.stays[path], *membership.span)
                    members[path, membership.critical] += tuple(lane)
        return {member: lane for member, lane in members.items() if lane}

    def _rests(self, members: Mapping[Member, Sequence[Stay]]) -> list[Span]:
        """When every path that was in the plane was in maintenance, and there was one."""
        there = [(stay.since, stay.until) for lane in members.values() for stay in lane]
        idle = (
            [*self.resting[path], *availability.gaps(lane, self.span)]
            for (path, _), lane in members.items()
        )
        return availability.shared([there, *idle])


def timeline_of(
    spells: Sequence[Spell], held: Sequence[Window], span: Span, lives: Mapping[str, Span]
) -> ServiceTimeline:
    """What `spells` of one service, in order, and the windows `held` make of the period `span`.

    Paths that were gone before it are left out.
    """
    by_path = {
        path: list(group)
        for path, group in groupby(spells, key=lambda each: each.path)
        if lives[path][1] > span[0]
    }
    return ServiceTimeline(
        span=span,
        memberships={
            path: list(_memberships(group, lives[path][1])) for path, group in by_path.items()
        },
        stays={path: availability.stays(group, *span) for path, group in by_path.items()},
        resting={
            path: [(each.since, each.until) for each in held if each.covers(path)]
            for path in by_path
        },
    )


def _memberships(spells: Iterable[Spell], until: float) -> Iterator[Membership]:
    by_rank = groupby(spells, key=lambda each: (each.plane, each.critical))
    turns = [next(group) for _, group in by_rank]
    ends = [*(turn.since for turn in turns[1:]), until]
    for turn, end in zip(turns, ends, strict=True):
        yield Membership(turn.plane, turn.critical, (turn.since, end))
