"""A recorded history through the same judging as live runs, without any network."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from probe.judging.freshness import stands_s
from probe.judging.service import Judgement, ServiceMemory, begin, judge, review
from probe.model.event import Changed, IncidentUpdated, Observed
from probe.model.run import Run
from probe.model.state import State, Verdict
from probe.rehearsing.history import HistoryError, service_of
from probe.rehearsing.recording import Recording
from probe.rehearsing.stretch import Stretch

MOST_SAMPLES: Final = 5_000_000
_JUST_S: Final = 0.001
"""What holds until a given time is over this much later."""


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
            stretch = Stretch(_waited(recording, stretch.memory(), run.started_at))
        fresh_until = ended_at + stands[run.path]
        if stretch.takes(run, fresh_until):
            continue
        recording.quiet(number - recording.runs, stretch.judged_at)
        judgement = judge(stretch.memory(), run, fresh_until=fresh_until)
        recording.handle(Observed(run=run, status=judgement.memory.status))
        stretch = Stretch(_told(recording, judgement))
    recording.quiet(len(runs) - recording.runs, stretch.judged_at)
    status = stretch.memory().status
    if status.incident is not None and status.incident.open:  # it has grown since it was reported
        recording.handle(IncidentUpdated(incident=status.incident, status=status))
    return recording


def _waited(recording: Recording, memory: ServiceMemory, until: float) -> ServiceMemory:
    """`memory` at `until`, with the changes that time alone made, reported when they happened."""
    while (turn := _next_turn(memory)) < until:
        memory = _told(recording, review(memory, turn))
    return _told(recording, review(memory, until))


def _next_turn(memory: ServiceMemory) -> float:
    """When evidence next goes stale, or the quiet ends that closes the incident."""
    status = memory.status
    turns = [path.fresh_until for path in status.paths if path.state is not State.UNKNOWN]
    if status.incident is not None and status.verdict is Verdict.HEALTHY:
        turns.append(status.since + memory.service.quiet_after)
    after = (turn + _JUST_S for turn in turns)
    return min((at for at in after if at > memory.judged_at), default=math.inf)


def _told(recording: Recording, judgement: Judgement) -> ServiceMemory:
    status = judgement.memory.status
    if judgement.transition is not None:
        recording.handle(Changed(transition=judgement.transition, status=status))
    if judgement.incident is not None:
        recording.handle(IncidentUpdated(incident=judgement.incident, status=status))
    return judgement.memory


def sampled(runs: list[Run], every: float) -> list[Run]:
    """A record of changes as samples: each run again `every` seconds until its path's next.

    Raises:
        HistoryError: there would be more than can be judged.
    """
    counted = [(run, math.ceil(stood_s / every)) for run, stood_s in _standing(runs, every)]
    if (count := sum(times for _, times in counted)) > MOST_SAMPLES:
        advice = f"sample less often, to have at most {MOST_SAMPLES:,}"
        raise HistoryError(f"{count:,} samples, one every {every:g} s; {advice}")
    samples = (
        replace(run, started_at=run.started_at + number * every)
        for run, times in reversed(counted)
        for number in range(times)
    )
    return sorted(samples, key=lambda run: run.ended_at)


def _standing(runs: list[Run], every: float) -> Iterator[tuple[Run, float]]:
    """Each run, the last one first, and the seconds from it to the next one of its path.

    The last one of each path stands until the end of the record is confirmed, and the incident that
    this may have ended is over.
    """
    in_turn = sorted(runs, key=lambda run: run.started_at)
    service = service_of(runs)
    confirming = max(max(path.fail_after, path.recover_after) for path in service.paths)
    end = in_turn[-1].started_at + confirming * every + service.quiet_after
    next_at: dict[str, float] = {}
    for run in reversed(in_turn):
        yield run, next_at.get(run.path, end) - run.started_at
        next_at[run.path] = run.started_at
