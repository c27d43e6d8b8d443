"""Where a service stood, from the journal: the same judging over the runs it kept."""

from dataclasses import replace
from itertools import chain

from probe.config.settings import Service
from probe.judging.freshness import fresh_until
from probe.judging.service import ServiceMemory, begin, judge, review
from probe.model.incident import Incident
from probe.model.run import Proof, Run
from probe.model.state import Verdict
from probe.model.status import PathStatus
from probe.reporting.journal.store import Journal
from probe.running.restraint.politeness import Politeness

REMEMBERED_RUNS = 120
"""Per path: more than the tests of `judging.path` ever look back on."""


def remembered(
    service: Service, journal: Journal, politeness: Politeness, now: float
) -> ServiceMemory:
    """`service` as the journal's runs leave it at `now`; `politeness` learns from them too.

    What began after `now` has the time of a clock that was set back since: nothing can be told
    from it of how fresh it is, or how long a wait still lasts.
    """
    paths = {path.name: path for path in service.paths}
    kept = [
        [run for run in runs if run.started_at <= now]
        for runs in (journal.recent_runs(service.name, name, REMEMBERED_RUNS) for name in paths)
    ]
    runs = sorted(chain.from_iterable(kept), key=lambda run: run.ended_at)
    memory = begin(service, runs[0].started_at if runs else now, _proofs(service, journal, kept))
    for run in runs:
        path = paths[run.path]
        until = fresh_until(run, path, politeness.learn(service, path, run))
        memory = judge(memory, run, fresh_until=until).memory
    return _with_stored(review(memory, now).memory, journal, now)


def _proofs(service: Service, journal: Journal, kept: list[list[Run]]) -> dict[str, Proof]:
    """Successes from before the runs that are judged anew; a later one proves nothing of them."""
    proofs: dict[str, Proof] = {}
    for path, runs in zip(service.paths, kept, strict=True):
        proof = journal.last_success(service.name, path.name)
        if proof is not None and (not runs or proof.at < runs[0].ended_at):
            proofs[path.name] = proof
    return proofs


def _with_stored(memory: ServiceMemory, journal: Journal, now: float) -> ServiceMemory:
    """The open incident and the time of the verdict are the journal's own words.

    A trouble that nobody opened an incident for, since another configuration hid it, is news yet.
    """
    status = memory.status
    incident = journal.open_incident(status.service)
    if incident is None and status.verdict.troubled:
        hidden = replace(status, verdict=Verdict.UNKNOWN, since=now, incident=None)
        return replace(memory, status=hidden)
    last = journal.last_transition(status.service)
    since = last.at if last is not None and last.new is status.verdict else status.since
    paths = tuple(_since_its_move(path, incident) for path in status.paths)
    held = replace(status, incident=incident, since=min(since, now), paths=paths)
    return replace(memory, status=held)


def _since_its_move(path: PathStatus, incident: Incident | None) -> PathStatus:
    """`path` in its state since the incident saw it come there: no run need be kept of that."""
    moves = [] if incident is None else [move for move in incident.moves if move.path == path.path]
    if not moves or moves[-1].state is not path.state:
        return path
    return replace(path, since=min(path.since, moves[-1].at))


def carried(service: Service, old: ServiceMemory | None, begun: ServiceMemory) -> ServiceMemory:
    """`service` after a reload: as `begun` anew, with what `old` knew of unchanged paths."""
    if old is None:
        return begun
    asked = {path.name: path for path in old.service.paths}
    same = {
        path.name for path in service.paths if path.name in asked and path.asks_as(asked[path.name])
    }
    known = {status.path: status for status in old.status.paths if status.path in same}
    return replace(
        begun,
        paths={
            name: old.paths[name] if name in same else begun.paths[name] for name in begun.paths
        },
        proofs={**begun.proofs, **old.proofs},
        status=replace(
            old.status,
            paths=tuple(
                replace(known.get(new.path, new), plane=new.plane, critical=new.critical)
                for new in begun.status.paths
            ),
        ),
    )
