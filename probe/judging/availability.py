"""How long things were up: the time in each state, weighed by the clock and not by runs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from probe.judging.plane import Member, judge_plane
from probe.model.report import Budget, Stay
from probe.model.state import State
from probe.model.status import Spell

Span = tuple[float, float]
"""Start and end, in seconds since the epoch."""


def stays(spells: Sequence[Spell], since: float, until: float) -> tuple[Stay, ...]:
    """One path from `since` to `until` without gaps: unknown where no evidence reaches."""
    ends = [*(spell.since for spell in spells[1:]), until]
    return merged(clipped(_with_gaps(spells, ends, since, until), since, until))


def plane_stays(
    members: Mapping[tuple[str, bool], Sequence[Stay]], since: float, until: float
) -> tuple[Stay, ...]:
    """A plane from `since` to `until`, from its paths, keyed by name and whether critical.

    A path counts as far as its stays reach; where none does, the plane is unknown.
    """
    ends = {at for lane in members.values() for stay in lane for at in _ends(stay)}
    moments = sorted({since, *ends, until})
    places = dict.fromkeys(members, 0)
    return merged(
        Stay(state=_plane_at(members, places, since), since=since, until=until)
        for since, until in pairwise(moments)
    )


def outside(lane: Iterable[Stay], windows: Sequence[Span] = ()) -> dict[State, float]:
    """The seconds of each state outside of `windows`."""
    sums, apart = dict.fromkeys(State, 0.0), list(_united(windows))
    for stay in lane:
        sums[stay.state] += stay.until - stay.since - _overlaid(stay, apart)
    return sums


def within(lane: Iterable[Stay], windows: Sequence[Span]) -> dict[State, float]:
    """The seconds of each state inside of `windows`."""
    sums, apart = dict.fromkeys(State, 0.0), list(_united(windows))
    for stay in lane:
        sums[stay.state] += _overlaid(stay, apart)
    return sums


def excused(lane: Iterable[Stay], windows: Sequence[Span]) -> tuple[Stay, ...]:
    """A path as its plane counts it: up during the `windows` of its maintenance."""
    apart = list(_united(windows))
    cuts = [at for window in apart for at in window]
    return merged(
        Stay(state=_excused(stay.state, begin, apart), since=begin, until=end)
        for stay in lane
        for begin, end in pairwise(
            sorted({*_ends(stay), *(at for at in cuts if stay.since < at < stay.until)})
        )
    )


def shared(of_each: Iterable[Sequence[Span]]) -> list[Span]:
    """The times at which all of them have a window."""
    first, *others = [list(_united(windows)) for windows in of_each]
    for other in others:
        first = [
            (max(one[0], two[0]), min(one[1], two[1]))
            for one in first
            for two in other
            if overlap(one, two) > 0
        ]
    return first


def gaps(lane: Iterable[Stay], span: Span) -> list[Span]:
    """The parts of `span` that `lane`, which is in order, does not cover."""
    ends = [span[0], *(at for stay in lane for at in _ends(stay)), span[1]]
    return [(begin, end) for begin, end in zip(ends[::2], ends[1::2], strict=True) if begin < end]


def availability(sums: Mapping[State, float]) -> float | None:
    """The share of the known time that was up; None if nothing is known."""
    known = sum(spent for state, spent in sums.items() if state is not State.UNKNOWN)
    return sums[State.UP] / known if known else None


def budget(objective: float, window_s: float, sums: Mapping[State, float]) -> Budget:
    """What `objective` percent over `window_s` allows, and how much of it was spent."""
    return Budget(
        objective=objective,
        window_s=window_s,
        allowed_s=(1 - objective / 100) * window_s,
        spent_s=sums[State.IMPAIRED] + sums[State.DOWN],
    )


def overlap(one: Span, other: Span) -> float:
    """Seconds that two spans share."""
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def merged(lane: Iterable[Stay]) -> tuple[Stay, ...]:
    """Adjacent stays of equal state joined into one."""
    groups = (list(group) for _, group in groupby(lane, key=lambda stay: stay.state))
    return tuple(
        Stay(state=group[0].state, since=group[0].since, until=group[-1].until) for group in groups
    )


def clipped(lane: Iterable[Stay], since: float, until: float) -> Iterator[Stay]:
    """The part of `lane` from `since` to `until`."""
    for stay in lane:
        begin, end = max(stay.since, since), min(stay.until, until)
        if end > begin:
            yield Stay(state=stay.state, since=begin, until=end)


def _with_gaps(
    spells: Sequence[Spell], ends: Sequence[float], since: float, until: float
) -> Iterator[Stay]:
    reached = since
    for spell, end in zip(spells, ends, strict=False):
        known_until = min(end, spell.until)
        yield Stay(state=State.UNKNOWN, since=reached, until=spell.since)
        yield Stay(state=spell.state, since=spell.since, until=known_until)
        reached = max(reached, known_until)
    yield Stay(state=State.UNKNOWN, since=reached, until=until)


def _overlaid(stay: Stay, apart: Iterable[Span]) -> float:
    return sum(overlap(_ends(stay), window) for window in apart)


def _excused(state: State, at: float, windows: Iterable[Span]) -> State:
    return State.UP if any(begin <= at < end for begin, end in windows) else state


def _ends(stay: Stay) -> Span:
    return stay.since, stay.until


def _plane_at(
    members: Mapping[tuple[str, bool], Sequence[Stay]],
    places: dict[tuple[str, bool], int],
    at: float,
) -> State:
    """The plane's state from `at` on; `places` remembers each path's stay from the last call."""
    found = []
    for member, lane in members.items():
        while places[member] < len(lane) and lane[places[member]].until <= at:
            places[member] += 1
        if places[member] < len(lane) and lane[places[member]].since <= at:
            found.append(Member(state=lane[places[member]].state, critical=member[1]))
    return judge_plane(found)


def _united(spans: Iterable[Span]) -> Iterator[Span]:
    """`spans` in order, touching ones joined."""
    since, until = None, 0.0
    for begin, end in sorted(spans):
        if since is not None and begin <= until:
            until = max(until, end)
            continue
        if since is not None:
            yield since, until
        since, until = begin, end
    if since is not None:
        yield since, until
