"""From the first failing run to a quiet end: how an incident opens, grows and closes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from probe.model.incident import Incident, Move, Sighting, Transition, Wave
from probe.model.state import TROUBLED, Finding, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

SEVERITY = (
    Verdict.UNKNOWN,
    Verdict.HEALTHY,
    Verdict.DEGRADED,
    Verdict.DATA_PLANE_DOWN,
    Verdict.CONTROL_PLANE_DOWN,
    Verdict.OUTAGE,
)
"""From mild to bad; `worst` keeps the rightmost that was confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """Between which runs a trouble began."""

    first_bad_at: float
    last_good_at: float | None


def opened(transition: Transition, onset: Onset) -> Incident:
    """The incident that a transition to a troubled verdict opens."""
    return Incident(
        id=f"{transition.service}-{round(onset.first_bad_at * 1000):d}",
        service=transition.service,
        opened_at=onset.first_bad_at,
        confirmed_at=transition.at,
        last_good_at=onset.last_good_at,
        last_bad_at=transition.at,
        worst=transition.new,
        waves=(Wave(started_at=onset.first_bad_at),),
        transitions=(transition,),
        down_s={},
    )


def turned(incident: Incident, transition: Transition, onset: Onset | None) -> Incident:
    """`incident` after a further change of verdict: a wave ends, or another begins."""
    waves = incident.waves
    if transition.new is Verdict.HEALTHY:
        waves = (*waves[:-1], replace(waves[-1], ended_at=incident.last_bad_at))
    elif transition.new.troubled and waves[-1].ended_at is not None:
        started_at = onset.first_bad_at if onset else transition.at
        waves = (*waves, Wave(started_at=max(started_at, waves[-1].ended_at)))
    worst = max(incident.worst, transition.new, key=SEVERITY.index)
    return replace(
        incident, waves=waves, worst=worst, transitions=(*incident.transitions, transition)
    )


def accounted(
    incident: Incident, paths: Iterable[PathStatus], since: float, until: float
) -> Incident:
    """`incident` with the time from `since` to `until` added for every path that was down.

    Time without fresh evidence of a path does not count as its down time.
    """
    sums = {**incident.down_s}
    for path in paths:
        seconds = min(until, path.fresh_until) - since
        if path.state is State.DOWN and seconds > 0:
            sums[path.path] = sums.get(path.path, 0.0) + seconds
    if sums == incident.down_s:
        return incident
    return replace(incident, down_s=sums, signature=signature(incident.worst, sums))


def noticed(incident: Incident, findings: Collection[Finding], at: float) -> Incident:
    """`incident` with those of `findings` that it has not shown before."""
    known = {sighting.finding for sighting in incident.findings}
    new = [Sighting(finding=finding, at=at) for finding in sorted(findings) if finding not in known]
    return replace(incident, findings=(*incident.findings, *new)) if new else incident


def moved(incident: Incident, paths: Iterable[PathStatus], named: Collection[str] = ()) -> Incident:
    """`incident` with a move for each of `paths` whose state is new to it; all begin as up.

    A change of verdict tells of those in `named`.
    """
    known = {move.path: move.state for move in incident.moves}
    new = [
        Move(
            path=path.path,
            at=max(path.since, incident.opened_at),  # it may have been in it for longer
            state=path.state,
            reason=shown(path),
            named=path.path in named,
        )
        for path in paths
        if path.state is not known.get(path.path, State.UP)
    ]
    return replace(incident, moves=(*incident.moves, *new)) if new else incident


def deserted(incident: Incident, gone: Mapping[str, float]) -> Incident:
    """`incident` with the paths in `gone`, which were known until then, no longer failing."""
    known = {move.path: move.state for move in incident.moves}
    new = [
        Move(
            path=path,
            at=max(until, incident.opened_at),
            state=State.UNKNOWN,
            reason="it is watched no more",
        )
        for path, until in gone.items()
        if known.get(path) in TROUBLED
    ]
    return replace(incident, moves=(*incident.moves, *new)) if new else incident


def shown(path: PathStatus) -> str:
    """Why `path` is in its state: `timed_out at submit`; empty if that needs no reason."""
    if path.state is State.UP or path.last_failure is None:
        return ""
    if path.state is State.UNKNOWN:
        return "no fresh evidence"
    failure = path.last_failure
    return f"{failure.outcome} at {failure.failed_step}" if failure.failed_step else failure.outcome


def signature(worst: Verdict, down_s: Iterable[str]) -> str:
    """What makes two incidents alike: the worst verdict and the paths that were down."""
    return f"{worst}: {' '.join(sorted(down_s))}"


def not_after(incident: Incident, now: float) -> Incident:
    """`incident` with no time later than `now`: those come from a clock that was set back."""
    return replace(
        incident,
        opened_at=min(incident.opened_at, now),
        confirmed_at=min(incident.confirmed_at, now),
        last_good_at=_not_after(incident.last_good_at, now),
        last_bad_at=_not_after(incident.last_bad_at, now),
        waves=tuple(
            Wave(started_at=min(wave.started_at, now), ended_at=_not_after(wave.ended_at, now))
            for wave in incident.waves
        ),
        transitions=tuple(
            replace(each, at=min(each.at, now), first_bad_at=_not_after(each.first_bad_at, now))
            for each in incident.transitions
        ),
        findings=tuple(replace(each, at=min(each.at, now)) for each in incident.findings),
        moves=tuple(replace(each, at=min(each.at, now)) for each in incident.moves),
    )


def _not_after(at: float | None, now: float) -> float | None:
    return None if at is None else min(at, now)


def quiet(incident: Incident, status: ServiceStatus, now: float, quiet_after_s: float) -> bool:
    """Whether the service has been healthy long enough for `incident` to be over."""
    return (
        incident.open and status.verdict is Verdict.HEALTHY and now - status.since >= quiet_after_s
    )


def closed(incident: Incident, at: float) -> Incident:
    """`incident`, closed: it ended with its last bad run."""
    return replace(
        incident,
        closed_at=incident.last_bad_at or at,
        settled_at=at,
        signature=signature(incident.worst, incident.down_s),
    )
