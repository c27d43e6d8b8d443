"""The planes of a report are made of the paths that they had at the time."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf

from probe.model.claim import Owner
from probe.model.maintenance import Window
from probe.model.report import Stay
from probe.model.state import Plane, State
from probe.model.status import Spell
from probe.recounting.timelines import timeline_of

HOUR = 3600.0
SPAN = (0.0, 10 * HOUR)


def path(name: str, *turns: tuple[float, State, Plane, bool]) -> list[Spell]:
    """The spells of a path that turned at each of those hours; all evidence reaches the next."""
    ends = [*(turn[0] for turn in turns), 10.0]
    return [
        Spell(
            service="acme",
            path=name,
            plane=plane,
            critical=critical,
            state=state,
            since=since * HOUR,
            until=until * HOUR,
        )
        for (since, state, plane, critical), (_, until) in zip(turns, pairwise(ends), strict=True)
    ]


def planes(
    *paths: list[Spell],
    held: Sequence[Window] = (),
    lives: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, list[tuple[float, State]]]:
    """What each plane turned to at which hour."""
    spells = [spell for each in paths for spell in each]
    known = {each[0].path: (each[0].since, inf) for each in paths} | dict(lives or {})
    tracks = timeline_of(spells, held, SPAN, known).planes()
    return {track.name: [turn(stay) for stay in track.counted] for track in tracks}


def turn(stay: Stay) -> tuple[float, State]:
    return stay.since / HOUR, stay.state


LOGIN = path("login", (0, State.UP, Plane.CONTROL, True))
API = path("api", (0, State.UP, Plane.DATA, True))
FAILED_ONCE = (
    (0, State.UP, Plane.CONTROL, False),
    (1, State.DOWN, Plane.CONTROL, False),
    (2, State.UP, Plane.CONTROL, False),
)
UP_AND_DOWN = [(0, State.UP), (1, State.IMPAIRED), (2, State.UP)]


def test_a_path_that_becomes_critical_was_none_before() -> None:
    usage = path(
        "usage",
        *FAILED_ONCE,
        (5, State.UP, Plane.CONTROL, True),
        (6, State.DOWN, Plane.CONTROL, True),
        (7, State.UP, Plane.CONTROL, False),
        (8, State.DOWN, Plane.CONTROL, False),
    )
    assert planes(LOGIN, usage)["control"] == [
        *UP_AND_DOWN,
        (6, State.DOWN),
        (7, State.UP),
        (8, State.IMPAIRED),
    ]


def test_a_path_that_goes_to_another_plane_failed_in_the_one_that_it_was_in() -> None:
    usage = path(
        "usage",
        *FAILED_ONCE,
        (5, State.UP, Plane.DATA, False),
        (6, State.DOWN, Plane.DATA, False),
    )
    told = planes(LOGIN, API, usage)
    assert told["control"] == UP_AND_DOWN
    assert told["data"] == [(0, State.UP), (6, State.IMPAIRED)]


def test_a_plane_that_has_no_path_any_more_is_told_of_as_long_as_it_had() -> None:
    usage = path("usage", (0, State.UP, Plane.CONTROL, True), (4, State.DOWN, Plane.DATA, True))
    told = planes(API, usage)
    assert told["control"] == [(0, State.UP), (4, State.UNKNOWN)]
    assert told["data"] == [(0, State.UP), (4, State.DOWN)]


def resting(*paths: list[Spell], held: Sequence[Window]) -> Sequence[tuple[float, float]]:
    """In which hours the control plane was in maintenance."""
    spells = [spell for each in paths for spell in each]
    lives = {each[0].path: (each[0].since, inf) for each in paths}
    tracks = timeline_of(spells, held, SPAN, lives).planes()
    (rests,) = [track.resting for track in tracks if track.plane is Plane.CONTROL]
    return [(since / HOUR, until / HOUR) for since, until in rests]


def window(path: str, since: float, until: float) -> Window:
    return Window(
        service="acme",
        name="move",
        whose=Owner.OURS,
        since=since * HOUR,
        until=until * HOUR,
        paths=(path,),
    )


def test_a_path_keeps_no_plane_awake_that_it_was_not_in() -> None:
    usage = path("usage", (2, State.UP, Plane.CONTROL, True), (5, State.UP, Plane.DATA, True))
    held = [window("login", 1, 3), window("login", 4, 7)]
    assert resting(LOGIN, API, usage, held=held) == [(1, 2), (5, 7)]


def test_a_plane_that_nobody_was_in_was_not_in_maintenance() -> None:
    login = path("login", (4, State.UP, Plane.CONTROL, True))
    assert resting(login, API, held=[window("login", 6, 7)]) == [(6, 7)]
