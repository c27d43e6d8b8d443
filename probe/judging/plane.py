"""The state of a plane, from its paths."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from probe.model.state import Plane, State
from probe.model.status import PathStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a plane needs to know of one of its paths."""

    state: State
    critical: bool


def judge_plane(members: Sequence[Member]) -> State:
    """`down` if a critical path is down or all are; `unknown` if that cannot be decided.

    A path that is not critical can only impair its plane. A plane whose paths are all unknown is
    unknown, critical or not; so is one without paths.
    """
    states = {member.state for member in members}
    critical = {member.state for member in members if member.critical}
    if State.DOWN in critical or states == {State.DOWN}:
        return State.DOWN
    if states <= {State.UNKNOWN} or (State.UNKNOWN in critical and State.DOWN not in states):
        return State.UNKNOWN
    if states & {State.DOWN, State.IMPAIRED}:
        return State.IMPAIRED
    return State.UP


def planes_of(paths: Iterable[tuple[PathStatus, State]]) -> dict[Plane, State]:
    """The state of each plane; each of its paths counts with the state paired with it."""
    members: dict[Plane, list[Member]] = {}
    for path, state in paths:
        member = Member(state=state, critical=path.critical)
        members.setdefault(path.plane, []).append(member)
    return {plane: judge_plane(of_plane) for plane, of_plane in members.items()}
