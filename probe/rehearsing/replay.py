"""A recorded history through the same judging as live runs, without any network."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from probe.judging.service import Judgement, ServiceMemory, begin, judge, review
from probe.judging.stretch import Stretch
from probe.model.event import Changed, IncidentUpdated, Observed
from probe.model.run import Run
from probe.rehearsing.history import service_of
from probe.rehearsing.recording import Recording
from probe.running.cycle import FRESH_FOR_INTERVALS


def judge_history(runs: list[Run]) -> Recording:
    """Judge recorded `runs`, in order."""
    recording = Recording()
    service = service_of(runs)
    intervals = {path.name: path.interval for path in service.paths}
    gap = min(intervals.values())
    stretch = Stretch(begin(service, runs[0].started_at))
    for run in runs:
        if run.ended_at - stretch.judged_at > gap:
            stretch = Stretch(_told(recording, review(stretch.memory(), run.started_at)))
        fresh_until = run.ended_at + FRESH_FOR_INTERVALS * intervals[run.path]
        if stretch.takes(run, fresh_until):
            recording.quiet(run)
            continue
        judgement = judge(stretch.memory(), run, fresh_until=fresh_until)
        recording.handle(Observed(run=run, status=judgement.memory.status))
        stretch = Stretch(_told(recording, judgement))
    return recording


def _told(recording: Recording, judgement: Judgement) -> ServiceMemory:
    status = judgement.memory.status
    if judgement.transition is not None:
        recording.handle(Changed(transition=judgement.transition, status=status))
    if judgement.incident is not None:
        recording.handle(IncidentUpdated(incident=judgement.incident, status=status))
    return judgement.memory


def sampled(runs: list[Run], every: float) -> list[Run]:
    """A record of changes as samples: each run of a path again `every` seconds until its next."""
    return sorted(_repeated(runs, every), key=lambda run: run.ended_at)


def _repeated(runs: Iterable[Run], every: float) -> Iterator[Run]:
    by_path: dict[str, list[Run]] = {}
    for run in runs:
        by_path.setdefault(run.path, []).append(run)
    for of_path in by_path.values():
        for run, following in pairwise(of_path):
            at = run.started_at
            while at < following.started_at:
                yield run if at == run.started_at else replace(run, started_at=at)
                at += every
        yield of_path[-1]
