"""A recorded history through the same judging as live runs, without any network."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from probe.judging.freshness import stands_s
from probe.judging.service import Judgement, ServiceMemory, begin, judge, review
from probe.model.event import Changed, IncidentUpdated, Observed
from probe.model.run import Run
from probe.rehearsing.history import HistoryError, service_of
from probe.rehearsing.recording import Recording
from probe.rehearsing.stretch import Stretch

MOST_SAMPLES: Final = 5_000_000


def judge_history(runs: list[Run]) -> Recording:
    """Judge recorded `runs`, in order."""
    recording = Recording()
    service = service_of(runs)
    stands = {path.name: stands_s(path.interval, path.timeout) for path in service.paths}
    gap = min(path.interval for path in service.paths)
    stretch = Stretch(begin(service, runs[0].started_at))
    for number, run in enumerate(runs):
        ended_at = run.ended_at
        if ended_at - stretch.judged_at > gap:
            stretch = Stretch(_told(recording, review(stretch.memory(), run.started_at)))
        fresh_until = ended_at + stands[run.path]
        if stretch.takes(run, fresh_until):
            continue
        recording.quiet(number - recording.runs, stretch.judged_at)
        judgement = judge(stretch.memory(), run, fresh_until=fresh_until)
        recording.handle(Observed(run=run, status=judgement.memory.status))
        stretch = Stretch(_told(recording, judgement))
    recording.quiet(len(runs) - recording.runs, stretch.judged_at)
    return recording


def _told(recording: Recording, judgement: Judgement) -> ServiceMemory:
    status = judgement.memory.status
    if judgement.transition is not None:
        recording.handle(Changed(transition=judgement.transition, status=status))
    if judgement.incident is not None:
        recording.handle(IncidentUpdated(incident=judgement.incident, status=status))
    return judgement.memory


def sampled(runs: list[Run], every: float) -> list[Run]:
    """A record of changes as samples: each run of a path again `every` seconds until its next.

    Raises:
        HistoryError: there would be more than can be judged.
    """
    paths: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        paths[run.path].append(run)
    spanned_s = sum(of_path[-1].started_at - of_path[0].started_at for of_path in paths.values())
    if (count := math.ceil(spanned_s / every) + len(paths)) > MOST_SAMPLES:
        advice = f"sample less often, to have at most {MOST_SAMPLES:,}"
        raise HistoryError(f"{count:,} samples, one every {every:g} s; {advice}")
    return sorted(_repeated(paths.values(), every), key=lambda run: run.ended_at)


def _repeated(paths: Iterable[list[Run]], every: float) -> Iterator[Run]:
    for of_path in paths:
        for run, following in pairwise(of_path):
            at = run.started_at
            while at < following.started_at:
                yield run if at == run.started_at else replace(run, started_at=at)
                at += every
        yield of_path[-1]
