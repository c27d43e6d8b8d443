"""Where a service stood, from the journal: the same judging over the runs it kept."""

from dataclasses import replace
from itertools import chain

from probe.config.settings import Service
from probe.judging.service import ServiceMemory, begin, judge, review
from probe.reporting.journal.store import Journal
from probe.running.cycle import FRESH_FOR_INTERVALS

REMEMBERED_RUNS = 120
"""Per path: more than the tests of `judging.path` ever look back on."""


def remembered(service: Service, journal: Journal, now: float) -> ServiceMemory:
    """`service` as the journal's runs leave it at `now`."""
    proven = {
        path.name: at
        for path in service.paths
        if (at := journal.last_success(service.name, path.name)) is not None
    }
    intervals = {path.name: path.interval for path in service.paths}
    kept = (journal.recent_runs(service.name, name, REMEMBERED_RUNS) for name in intervals)
    runs = sorted(chain.from_iterable(kept), key=lambda run: run.ended_at)
    memory = begin(service, runs[0].started_at if runs else now, proven)
    for run in runs:
        fresh_until = run.ended_at + FRESH_FOR_INTERVALS * intervals[run.path]
        memory = judge(memory, run, fresh_until=fresh_until).memory
    return _with_stored(review(memory, now).memory, journal)


def _with_stored(memory: ServiceMemory, journal: Journal) -> ServiceMemory:
    """The open incident and the time of the verdict are the journal's own words, if it has any."""
    status = memory.status
    incident = journal.open_incident(status.service) or status.incident
    last = journal.last_transition(status.service)
    since = last.at if last is not None and last.new is status.verdict else status.since
    return replace(memory, status=replace(status, incident=incident, since=since))
