"""The state of a service, rebuilt by judging the journal's runs again."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, groupby

from probe.config.service import Service
from probe.judging.availability import outside, stays
from probe.judging.freshness import fresh_until
from probe.judging.incident import deserted, not_after, signature
from probe.judging.path import PathMemory
from probe.judging.service import ServiceMemory, begin, judge, resumed
from probe.model.incident import Incident
from probe.model.run import Proof, Run
from probe.model.state import TROUBLED, State, Verdict
from probe.model.status import PathStatus, Spell
from probe.reporting.journal.store import Journal
from probe.running.restraint.politeness import Politeness

REMEMBERED_RUNS = 120
"""Per path: more than the tests of `judging.path` count. What led to a state may lie further back,
so the state itself is taken from the journal."""


def remembered(
    service: Service, journal: Journal, politeness: Politeness, now: float
) -> ServiceMemory:
    """`service` as the journal's runs leave it at `now`; `politeness` learns from them too.

    Runs that began after `now` have the time of a clock that was since set back: they cannot tell
    how fresh they are, or how long a wait still lasts.
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
    told = {spell.path: spell for spell in journal.spells(now, now, service.name)}
    states = {name: _as_told(each, told.get(name)) for name, each in memory.paths.items()}
    memory = resumed(replace(memory, paths=states), now).memory
    return _with_stored(memory, told, journal, now)


def _as_told(path: PathMemory, told: Spell | None) -> PathMemory:
    """`path` in its last reported state, if its runs reach no further than that."""
    known_at = max(path.last_good_at or 0.0, path.last_poor_at or 0.0)
    if told is None or told.state is State.UNKNOWN or known_at > told.until:
        return path
    begun = path.first_poor_at
    if begun is None and told.state in TROUBLED:
        begun = told.since  # an incident needs an onset, and its failed runs may be gone
    return path._replace(state=told.state, since=told.since, first_poor_at=begun)


def _proofs(service: Service, journal: Journal, kept: list[list[Run]]) -> dict[str, Proof]:
    """Successes before the runs that are judged again; a later one proves nothing about them."""
    proofs: dict[str, Proof] = {}
    for path, runs in zip(service.paths, kept, strict=True):
        proof = journal.last_success(service.name, path.name)
        if proof is not None and (not runs or proof.at < runs[0].ended_at):
            proofs[path.name] = proof
    return proofs


def _with_stored(
    memory: ServiceMemory, told: Mapping[str, Spell], journal: Journal, now: float
) -> ServiceMemory:
    """`memory` with the open incident, and the times of verdict and states, from the journal.

    Trouble without an incident, because another configuration hid it, still counts as news.
    """
    status = memory.status
    incident = journal.open_incident(status.service)
    if incident is None and status.verdict.troubled:
        hidden = replace(status, verdict=Verdict.UNKNOWN, since=now, incident=None)
        return replace(memory, status=hidden)
    last = journal.last_transition(status.service)
    since = last.at if last is not None and last.new is status.verdict else status.since
    paths = tuple(_since_told(path, told.get(path.path), now) for path in status.paths)
    if incident is not None:
        incident = _grown(not_after(incident, now), memory, journal, now)
        gone = told.keys() - memory.paths.keys()
        incident = deserted(incident, {path: min(told[path].until, now) for path in sorted(gone)})
    held = replace(status, incident=incident, since=min(since, now), paths=paths)
    return replace(memory, status=held)


def _since_told(path: PathStatus, told: Spell | None, now: float) -> PathStatus:
    """`path` with its state's reported start: its runs may be gone; a new one begins `now`."""
    if told is None:
        return path if path.last_run is not None else replace(path, since=now)
    return replace(path, since=told.since) if told.state is path.state else path


def _grown(incident: Incident, memory: ServiceMemory, journal: Journal, now: float) -> Incident:
    """`incident` with what came after it was last written: it is written once a minute."""
    paths = memory.paths.values()
    failed_until = max((each.fresh_until for each in paths if each.state in TROUBLED), default=0.0)
    poor = (each.last_poor_at for each in paths if each.last_poor_at is not None)
    spells = journal.spells(incident.confirmed_at, now, incident.service)
    by_path = groupby(spells, key=lambda spell: spell.path)
    sums = {
        path: outside(stays(list(group), incident.confirmed_at, now))[State.DOWN]
        for path, group in by_path
    }
    down_s = {**incident.down_s, **{path: down for path, down in sums.items() if down > 0}}
    last_bad_at = incident.last_bad_at or incident.opened_at
    known = down_s.keys() == incident.down_s.keys()
    return replace(
        incident,
        last_bad_at=max([last_bad_at, *(at for at in poor if at <= failed_until)]),
        down_s=down_s,
        signature=incident.signature if known else signature(incident.worst, down_s),
    )


def carried(old: ServiceMemory | None, begun: ServiceMemory) -> ServiceMemory:
    """A service after a reload: `begun`, with what `old` knew of unchanged paths."""
    if old is None:
        return begun
    asked = {path.name: path for path in old.service.paths}
    same = {
        path.name
        for path in begun.service.paths
        if path.name in asked and path.asks_as(asked[path.name])
    }
    known = {status.path: status for status in old.status.paths if status.path in same}
    gone = {
        status.path: min(status.fresh_until, begun.judged_at)
        for status in old.status.paths
        if status.path not in begun.paths
    }
    incident = old.status.incident
    return replace(
        begun,
        paths={
            name: old.paths[name] if name in same else begun.paths[name] for name in begun.paths
        },
        proofs={**begun.proofs, **old.proofs},
        status=replace(
            old.status,
            incident=None if incident is None else deserted(incident, gone),
            paths=tuple(
                replace(known.get(new.path, new), plane=new.plane, critical=new.critical)
                for new in begun.status.paths
            ),
        ),
    )
