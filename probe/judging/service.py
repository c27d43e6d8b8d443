"""A whole service after a run, or after time has passed: every judgement goes through here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.judging import incident as incidents
from probe.judging.finding import find
from probe.judging.incident import Onset
from probe.judging.path import PathMemory, Rules, Sample, learn
from probe.judging.plane import planes_of
from probe.judging.verdict import judge_service
from probe.judging.weight import POOR, Weight, weigh
from probe.model.incident import Incident, Transition
from probe.model.outcome import Outcome
from probe.model.run import Proof, Run
from probe.model.state import TROUBLED, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

CREDENTIAL_PROVEN_FOR_S = 86_400.0
"""The refusal of a credential that worked within this time is the target's failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMemory:
    """All that judging remembers of one service."""

    service: Service
    paths: Mapping[str, PathMemory]
    proofs: Mapping[str, Proof]
    status: ServiceStatus
    judged_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What follows from a run or from the passing of time.

    `transition` is set when the verdict changed, `incident` when an incident opened, turned or
    closed, or a path moved in it.
    """

    memory: ServiceMemory
    transition: Transition | None = None
    incident: Incident | None = None


def begin(service: Service, now: float, proofs: Mapping[str, Proof] | None = None) -> ServiceMemory:
    """A service that has not been observed yet.

    `proofs` has the credential that last worked for each path, as far as a journal remembers.
    """
    known = proofs or {}
    paths = {path.name: PathMemory() for path in service.paths}
    statuses = tuple(_first_status(service, path, now) for path in service.paths)
    status = ServiceStatus(
        service=service.name,
        verdict=Verdict.UNKNOWN,
        since=now,
        planes=planes_of((path, path.state) for path in statuses),
        paths=statuses,
    )
    return ServiceMemory(service=service, paths=paths, proofs=known, status=status, judged_at=now)


def judge(memory: ServiceMemory, run: Run, *, fresh_until: float) -> Judgement:
    """The service after `run`, whose evidence stands until `fresh_until`."""
    path = next(path for path in memory.service.paths if path.name == run.path)
    before = memory.paths[run.path]
    weight = _weight(memory, run)
    sample = Sample(weight=weight, at=run.ended_at, run=run.id, fresh_until=fresh_until)
    after = learn(before, sample, rules_of(path))
    statuses = tuple(
        _with_run(status, run, weight) if status.path == run.path else status
        for status in memory.status.paths
    )
    seen = replace(
        memory,
        paths={**memory.paths, run.path: after},
        proofs=_proofs_with(memory.proofs, run),
        status=replace(memory.status, paths=statuses),
    )
    return _settle(seen, max(run.ended_at, memory.judged_at), poor=weight in POOR)


def rules_of(path: ProbePath) -> Rules:
    """The thresholds that the configuration sets for `path`."""
    return Rules(fail_after=path.fail_after, recover_after=path.recover_after)


def review(memory: ServiceMemory, now: float) -> Judgement:
    """The service at `now` without a new run: evidence goes stale, incidents end."""
    if memory.status.incident is None and not _stale(memory, now):
        return Judgement(memory=memory)
    return _settle(memory, max(now, memory.judged_at), poor=False)


def resumed(memory: ServiceMemory, now: float) -> Judgement:
    """The service at `now`, if its paths or their rules may have changed since it was judged."""
    return _settle(memory, max(now, memory.judged_at), poor=False)


def _stale(memory: ServiceMemory, now: float) -> bool:
    """Whether some path's state can no longer be claimed."""
    return any(
        status.state is not State.UNKNOWN and now > status.fresh_until
        for status in memory.status.paths
    )


def _weight(memory: ServiceMemory, run: Run) -> Weight:
    """What `run` is worth; a possibly wrong password that never worked is no evidence."""
    if run.perhaps_refused and _proof(memory, run) is None:
        return Weight.NONE
    return weigh(run.outcome, credential_proven=is_proven(memory, run))


def is_proven(memory: ServiceMemory, run: Run) -> bool:
    """Whether this very credential worked recently: a mistyped new one is our own fault."""
    proof = _proof(memory, run)
    return proof is not None and run.ended_at - proof.at <= CREDENTIAL_PROVEN_FOR_S


def _proof(memory: ServiceMemory, run: Run) -> Proof | None:
    """The last success of the path with the very credential of `run`."""
    proof = memory.proofs.get(run.path)
    return proof if proof is not None and proof.credential == run.credential else None


def _proofs_with(proofs: Mapping[str, Proof], run: Run) -> Mapping[str, Proof]:
    if not run.outcome.succeeded:
        return proofs
    return {**proofs, run.path: Proof(credential=run.credential, at=run.ended_at)}


def _first_status(service: Service, path: ProbePath, now: float) -> PathStatus:
    return PathStatus(
        service=service.name,
        path=path.name,
        plane=path.plane,
        critical=path.critical,
        state=State.UNKNOWN,
        since=now,
        session=path.session,
    )


def _with_run(status: PathStatus, run: Run, weight: Weight) -> PathStatus:
    """`status` with its last run; a run that is no evidence explains no trouble."""
    explains = run.outcome is not Outcome.OK and not (
        weight is Weight.NONE and status.state in TROUBLED
    )
    return replace(status, last_run=run, last_failure=run if explains else status.last_failure)


def _settle(memory: ServiceMemory, now: float, *, poor: bool) -> Judgement:
    """Derive everything that follows from the paths' memories at `now`."""
    old, new = memory.status, _status_at(memory, now)
    transition, moved = None, []
    if new.verdict is not old.verdict:
        moved = _moved(old.paths, new.paths)
        transition = _transition(memory, moved, new.verdict, now)
    incident = _incident(memory, new, transition, now, poor=poor)
    if incident is not None:
        incident = incidents.moved(incident, new.paths, [path.path for path in moved])
        incident = incidents.noticed(incident, new.findings, now)
    told = transition is not None or _grows(old.incident, incident)
    kept = incident if incident is None or incident.open else None
    if kept is not old.incident:
        new = replace(new, incident=kept)
    return Judgement(
        memory=replace(memory, status=new, judged_at=now),
        transition=transition,
        incident=incident if told else None,
    )


def _status_at(memory: ServiceMemory, now: float) -> ServiceStatus:
    """What the paths' memories say at `now`; the incident is still the one before."""
    old = memory.status
    paths = tuple(_path_at(path, memory.paths[path.path], now) for path in old.paths)
    planes = planes_of((path, path.state) for path in paths)
    verdict = judge_service(planes)
    return replace(
        old,
        verdict=verdict,
        since=old.since if verdict is old.verdict else now,
        planes=planes,
        paths=paths,
        findings=find(paths),
    )


def _grows(old: Incident | None, new: Incident | None) -> bool:
    """Whether an incident has news though the verdict is unchanged."""
    if old is None or new is None:
        return False
    return not new.open or len(new.moves) > len(old.moves)


def _moved(old: Sequence[PathStatus], new: Sequence[PathStatus]) -> list[PathStatus]:
    """Those of `new` that are in another state than in `old`."""
    return [path for path, was in zip(new, old, strict=True) if path.state is not was.state]


def _path_at(status: PathStatus, memory: PathMemory, now: float) -> PathStatus:
    state = memory.state_at(now)
    if state is status.state and memory.fresh_until == status.fresh_until:
        return status
    since = _since(status, memory, state, now)
    return replace(status, state=state, since=since, fresh_until=memory.fresh_until)


def _since(status: PathStatus, memory: PathMemory, state: State, now: float) -> float:
    """When `state` began: an unknown one began when the evidence ended, not when we noticed."""
    if state is not status.state:
        return min(now, status.fresh_until) if state is State.UNKNOWN else now
    lapsed = state is not State.UNKNOWN and memory.since > status.fresh_until
    return memory.since if lapsed else status.since


def _transition(
    memory: ServiceMemory, moved: Sequence[PathStatus], verdict: Verdict, now: float
) -> Transition:
    onset = _onset(memory, moved) if verdict.troubled else None
    return Transition(
        service=memory.service.name,
        at=now,
        old=memory.status.verdict,
        new=verdict,
        reason="; ".join(_in_words(path) for path in moved) or "the configuration changed",
        causes=tuple(run for path in moved for run in memory.paths[path.path].causes[-4:]),
        first_bad_at=onset.first_bad_at if onset else None,
    )


def _in_words(path: PathStatus) -> str:
    reason = incidents.shown(path)
    return f"{path.path} is {path.state}: {reason}" if reason else f"{path.path} is {path.state}"


def _onset(memory: ServiceMemory, paths: Iterable[PathStatus]) -> Onset | None:
    """Between which runs the trouble of the impaired and down ones of `paths` began."""
    troubled = [memory.paths[path.path] for path in paths if path.state in TROUBLED]
    first = min(
        (path for path in troubled if path.first_poor_at is not None),
        key=lambda path: path.first_poor_at or 0.0,
        default=None,
    )
    if first is None or first.first_poor_at is None:
        return None
    return Onset(first_bad_at=first.first_poor_at, last_good_at=first.good_before)


def _incident(
    memory: ServiceMemory,
    status: ServiceStatus,
    transition: Transition | None,
    now: float,
    *,
    poor: bool,
) -> Incident | None:
    incident = memory.status.incident
    onset = _onset(memory, status.paths) if transition is not None else None
    if incident is None:
        if transition is None or not status.verdict.troubled or onset is None:
            return None
        return incidents.opened(transition, onset)
    incident = incidents.accounted(incident, memory.status.paths, memory.judged_at, now)
    around = (*memory.status.paths, *status.paths)  # the run that begins a wave is part of it
    if poor and any(path.state in TROUBLED for path in around):
        incident = replace(incident, last_bad_at=now)
    if transition is not None:
        incident = incidents.turned(incident, transition, onset)
    if incidents.quiet(incident, status, now, memory.service.quiet_after):
        return incidents.closed(incident, now)
    return incident
