"""Maintenance applied to a judged status: an overlay that judging itself does not know."""

from collections.abc import Collection
from dataclasses import replace
from itertools import takewhile

from probe.judging.finding import find
from probe.judging.plane import planes_of
from probe.judging.verdict import judge_service
from probe.model.maintenance import Window
from probe.model.state import State, Verdict
from probe.model.status import PathStatus, ServiceStatus


def overlaid(status: ServiceStatus, held: Collection[Window]) -> ServiceStatus:
    """`status` as it is reported while the windows `held` are in force.

    A path in maintenance keeps its state, but counts as up for its plane and so for the verdict,
    and shows no finding. If that changes the verdict, its `since` is the window's start if the
    window hides all that fails, and otherwise when the other paths reached that verdict.
    """
    paths = tuple(_overlaid(path, held) for path in status.paths)
    if not any(path.maintenance for path in paths):
        return status
    planes = planes_of((path, _counted(path)) for path in paths)
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
    hides_all = told.spared and verdict is Verdict.HEALTHY
    return replace(told, since=told.maintenance.since if hides_all else _since(paths, verdict))


def _overlaid(path: PathStatus, held: Collection[Window]) -> PathStatus:
    """`path` with that one of `held` that covers it and lasts longest."""
    covering = [window for window in held if window.covers(path.path)]
    longest = max(covering, key=lambda window: window.until, default=None)
    return path if longest is None else replace(path, maintenance=longest)


def _counted(path: PathStatus) -> State:
    return path.state if path.maintenance is None else State.UP


def _since(paths: Collection[PathStatus], verdict: Verdict) -> float:
    """Since when `paths` make `verdict` without a break, as far as their present states reach."""
    turns = {path.since for path in paths}
    turns.update(path.maintenance.since for path in paths if path.maintenance is not None)
    made = takewhile(lambda at: _verdict_at(paths, at) is verdict, sorted(turns, reverse=True))
    return min(made)


def _verdict_at(paths: Collection[PathStatus], at: float) -> Verdict:
    return judge_service(planes_of((path, _counted_at(path, at)) for path in paths))


def _counted_at(path: PathStatus, at: float) -> State:
    """The state that `path` counted as at `at`; before its present state that was another one."""
    if path.maintenance is not None and path.maintenance.since <= at:
        return State.UP
    if path.since <= at:
        return path.state
    return State.UNKNOWN if path.state is State.UP else State.UP
