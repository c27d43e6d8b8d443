"""Maintenance laid over a judged status: an overlay, which judging itself knows nothing of."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from probe.judging.finding import find
from probe.judging.plane import Member, judge_plane
from probe.judging.verdict import judge_service
from probe.model.maintenance import Window
from probe.model.state import Plane, State
from probe.model.status import PathStatus, ServiceStatus


def overlaid(status: ServiceStatus, held: Collection[Window]) -> ServiceStatus:
    """`status` as it is told while `held` are in force.

    A path in maintenance keeps its state, but counts as up for its plane and so for the verdict,
    and shows no finding. A verdict that differs for that stands since maintenance began.
    """
    paths = tuple(_overlaid(path, held) for path in status.paths)
    if not any(path.maintenance for path in paths):
        return status
    planes = _planes(paths)
    verdict = judge_service(planes)
    told = replace(
        status,
        paths=paths,
        planes=planes,
        verdict=verdict,
        findings=find([path for path in paths if path.maintenance is None]),
    )
    if verdict is status.verdict or told.maintenance is None:
        return told
    return replace(told, since=told.maintenance.since)


def _overlaid(path: PathStatus, held: Collection[Window]) -> PathStatus:
    """`path` in that of `held` which lasts longest."""
    covering = [window for window in held if window.covers(path.path)]
    longest = max(covering, key=lambda window: window.until, default=None)
    return path if longest is None else replace(path, maintenance=longest)


def _planes(paths: Collection[PathStatus]) -> Mapping[Plane, State]:
    members: dict[Plane, list[Member]] = {}
    for path in paths:
        state = path.state if path.maintenance is None else State.UP
        member = Member(state=state, critical=path.critical)
        members.setdefault(path.plane, []).append(member)
    return {plane: judge_plane(of_plane) for plane, of_plane in members.items()}
