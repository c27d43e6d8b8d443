"""Judges a recorded history by the stretch: runs that change no state, verdict or finding.

Nearly every run is a good one of a path that is well, or one of the few poor ones that such a path
may have; and during an outage, what is down stays down. `Stretch` collects them as long as `judge`
would only remember them, and then arrives at the same memory, many times faster.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from probe.judging import incident as incidents
from probe.judging.finding import shown_by
from probe.judging.path import KEPT_CAUSES, PathMemory, Rules, Sample, learn
from probe.judging.service import ServiceMemory, rules_of
from probe.judging.weight import POOR, WEIGHTS, Weight
from probe.model.incident import Incident
from probe.model.outcome import Outcome
from probe.model.run import Proof, Run
from probe.model.state import TROUBLED, Finding, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

_CALM: Final[Mapping[Outcome, Weight]] = {
    outcome: weight
    for outcome, weight in WEIGHTS.items()
    if weight is not Weight.NONE and outcome is not Outcome.UNAUTHORIZED
}
"""The outcomes that are evidence whether or not a credential worked before, and their weight."""


@dataclass(slots=True, kw_only=True, eq=False)
class _PathStretch:
    """What one path adds to a stretch, in the state that it had before.

    `shown` is what findings depend on in its latest failure, None if they do not. Runs of the
    weight `inert` do not move the sequential tests of `judging.path`: they are only counted, as
    `inert_runs` since `memory`, and `causes` names the latest.
    """

    memory: PathMemory
    rules: Rules
    fresh_until: float
    shown: tuple[Finding | None, bool] | None
    inert: Weight | None = None
    causes: deque[str] = field(default_factory=deque)
    inert_runs: int = 0
    last: Run | None = None
    failure: Run | None = None
    success: Run | None = None

    def takes(self, run: Run, weight: Weight, fresh_until: float) -> bool:
        """Whether `run` changes only what is remembered; if so it is counted."""
        good = weight is Weight.GOOD
        if not good and self.shown is not None and shown_by(run) != self.shown:
            return False
        if weight is not self.inert:
            return self._learns(run, weight, fresh_until)
        self.inert_runs += 1
        self.causes.append(run.id)
        self.last = run
        if good:
            self.success = run
        else:
            self.failure = run
        self.fresh_until = max(self.fresh_until, fresh_until)
        return True

    def _learns(self, run: Run, weight: Weight, fresh_until: float) -> bool:
        sample = Sample(weight=weight, at=run.ended_at, run=run.id, fresh_until=fresh_until)
        learned = learn(self.now(), sample, self.rules)
        if learned.state is not self.memory.state:
            return False
        self.memory, self.fresh_until = learned, learned.fresh_until
        self.last = run
        self.failure = self.failure if run.outcome is Outcome.OK else run
        self.success = run if run.outcome.succeeded else self.success
        self.settle()
        return True

    def settle(self) -> None:
        """Determine which runs are only counted from here on."""
        self.inert, self.inert_runs = _inert_weight(self.memory), 0
        if self.inert is not None:
            self.causes = deque(self.memory.causes, KEPT_CAUSES)

    def now(self) -> PathMemory:
        """What is remembered of the path."""
        memory = self.memory
        if self.last is None or not self.inert_runs:
            return memory
        at, good = self.last.ended_at, self.inert is Weight.GOOD
        return memory._replace(
            streak=memory.streak if good else memory.streak + self.inert_runs,
            causes=tuple(self.causes),
            last_good_at=at if good else memory.last_good_at,
            last_poor_at=memory.last_poor_at if good else at,
            fresh_until=self.fresh_until,
        )

    def restated(self, status: PathStatus) -> PathStatus:
        """`status` after the stretch."""
        failure = self.failure or status.last_failure
        return replace(
            status, last_run=self.last, last_failure=failure, fresh_until=self.fresh_until
        )


def _inert_weight(memory: PathMemory) -> Weight | None:
    """The weight of runs that move no test: good ones if all is well, bad ones if down."""
    if memory.for_down == memory.for_impaired == 0:
        calm = memory.state is State.UP and memory.streak == 1 and memory.runs == 0
        if memory.streak_of is Weight.GOOD and calm:
            return Weight.GOOD
        if memory.streak_of is Weight.BAD and memory.state is State.DOWN:
            return Weight.BAD
    return None


class Stretch:
    """What calm runs add to `memory`, which came from `judge` or from another stretch."""

    def __init__(self, memory: ServiceMemory) -> None:
        self._memory = memory
        self._parts: dict[str, _PathStretch] = {}
        self._troubled = any(path.state in TROUBLED for path in memory.status.paths)
        self._last_bad_at: float | None = None
        self._stale_at = -math.inf
        self._quiet_at = _quiet_at(memory.status, memory.service.quiet_after)
        self.judged_at = memory.judged_at

    def takes(self, run: Run, fresh_until: float) -> bool:
        """Whether `run` is calm; if so it joins the stretch."""
        weight, ended_at = _CALM.get(run.outcome), run.ended_at
        at = max(ended_at, self.judged_at)
        if weight is None or at >= self._quiet_at:
            return False
        if ended_at > self._stale_at and self._is_stale(ended_at):
            return False
        if weight is not Weight.GOOD and run.perhaps_refused:
            return False
        part = self._parts.get(run.path) or self._begun(run.path)
        if part is None or not part.takes(run, weight, fresh_until):
            return False
        self._parts[run.path] = part
        self.judged_at = at
        if self._troubled and weight in POOR:
            self._last_bad_at = at
        return True

    def memory(self) -> ServiceMemory:
        """The memory that `judge` would have arrived at."""
        memory, parts = self._memory, self._parts
        if not parts:
            return memory
        paths = {name: part.now() for name, part in parts.items()}
        proofs = {
            name: Proof(credential=part.success.credential, at=part.success.ended_at)
            for name, part in parts.items()
            if part.success is not None
        }
        statuses = tuple(
            parts[status.path].restated(status) if status.path in parts else status
            for status in memory.status.paths
        )
        known = memory.status.incident
        incident = None if known is None else self._accounted(known, statuses)
        return replace(
            memory,
            paths={**memory.paths, **paths},
            proofs={**memory.proofs, **proofs},
            status=replace(memory.status, paths=statuses, incident=incident),
            judged_at=self.judged_at,
        )

    def _accounted(self, incident: Incident, statuses: tuple[PathStatus, ...]) -> Incident:
        """The open incident, with the time that passed and the last bad run that was part of it."""
        memory = self._memory
        accounted = incidents.accounted(incident, statuses, memory.judged_at, self.judged_at)
        if self._last_bad_at is None:
            return accounted
        return replace(accounted, last_bad_at=self._last_bad_at)

    def _is_stale(self, at: float) -> bool:
        """Whether the state of some path can no longer be claimed at `at`.

        Until `_stale_at` it can: evidence is only ever prolonged.
        """
        self._stale_at = min(
            (
                self._parts[status.path].fresh_until
                if status.path in self._parts
                else status.fresh_until
                for status in self._memory.status.paths
                if status.state is not State.UNKNOWN
            ),
            default=-math.inf,
        )
        return at > self._stale_at

    def _begun(self, name: str) -> _PathStretch | None:
        """The part of that path; None if its state is unknown, or its last run shows a finding."""
        status = self._memory.status.path(name)
        last, failure = status.last_run, status.last_failure
        if status.state is State.UNKNOWN or last is None or last.outcome not in _CALM:
            return None
        path = next(path for path in self._memory.service.paths if path.name == name)
        memory = self._memory.paths[name]
        shows = failure is not None and status.state in TROUBLED
        part = _PathStretch(
            memory=memory,
            rules=rules_of(path),
            fresh_until=memory.fresh_until,
            shown=shown_by(failure) if shows and failure else None,
        )
        part.settle()
        return part


def _quiet_at(status: ServiceStatus, quiet_after_s: float) -> float:
    """When the open incident would end."""
    healing = status.incident is not None and status.verdict is Verdict.HEALTHY
    return status.since + quiet_after_s if healing else math.inf
