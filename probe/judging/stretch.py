"""A stretch of calm: runs that `judge` would answer with no other state, verdict or finding.

Nearly every run is a good one of a path that is well, or one of the few poor ones that such a path
may have; and through an outage, what is down stays down. A recorded day is taken by the stretch,
many times faster than run by run, to the same memory; live, a stretch is one run long and takes
half of `judge`'s time.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from probe.judging import incident as incidents
from probe.judging.finding import shown_by
from probe.judging.path import KEPT_CAUSES, PathMemory, Rules, Sample, learn
from probe.judging.service import ServiceMemory
from probe.judging.weight import WEIGHTS, Weight
from probe.model.changing import replace
from probe.model.incident import Incident
from probe.model.outcome import Outcome
from probe.model.run import Proof, Run
from probe.model.state import TROUBLED, Finding, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

_NOT_CALM: Final = frozenset(
    outcome for outcome, weight in WEIGHTS.items() if weight is Weight.NONE
) | {Outcome.UNAUTHORIZED}
"""No evidence of a path's state, or only where a credential worked before; so is what may be a
refusal."""

_POOR: Final = frozenset({Weight.BAD, Weight.STRAINED})


@dataclass(slots=True, kw_only=True, eq=False)
class _Course:
    """How a path goes on in its state.

    `shown` is what findings go by in its latest failure, None where they do not. `causes` is there
    while a further good run leaves no trace in the tests of `judging.path`; `untraced` is the last
    of those that came since `memory`.
    """

    memory: PathMemory
    rules: Rules
    fresh_until: float
    shown: tuple[Finding | None, bool] | None
    causes: deque[str] | None = None
    untraced: Run | None = None
    last: Run | None = None
    failure: Run | None = None
    success: Run | None = None

    def takes(self, run: Run, fresh_until: float) -> bool:
        """Whether `run` changes nothing but what is remembered; then it is part of the course."""
        if self.causes is None or run.outcome is not Outcome.OK:
            return self._learns(run, fresh_until)
        self.causes.append(run.id)
        self.last = self.success = self.untraced = run
        self.fresh_until = max(self.fresh_until, fresh_until)
        return True

    def _learns(self, run: Run, fresh_until: float) -> bool:
        if self.shown is not None and run.outcome is not Outcome.OK and shown_by(run) != self.shown:
            return False
        weight = WEIGHTS[run.outcome]
        sample = Sample(weight=weight, at=run.ended_at, run=run.id, fresh_until=fresh_until)
        learned = learn(self.now(), sample, self.rules)
        if learned.state is not self.memory.state:
            return False
        self.memory, self.fresh_until, self.untraced = learned, learned.fresh_until, None
        self.last = run
        self.failure = self.failure if run.outcome is Outcome.OK else run
        self.success = run if run.outcome.succeeded else self.success
        self.note_causes()
        return True

    def note_causes(self) -> None:
        """Have the causes at hand, if a good run leaves no trace but there."""
        memory = self.memory
        plain = memory.streak_of is Weight.GOOD and memory.streak == 1
        if plain and memory.runs == memory.for_down == memory.for_impaired == 0:
            self.causes = deque(memory.causes, KEPT_CAUSES)
        else:
            self.causes = None

    def now(self) -> PathMemory:
        """What is remembered of the path."""
        if self.causes is None or self.untraced is None:
            return self.memory
        at = self.untraced.ended_at
        return replace(
            self.memory,
            causes=tuple(self.causes),
            last_good_at=at,
            fresh_until=self.fresh_until,
        )

    def restated(self, status: PathStatus) -> PathStatus:
        """`status` after the course."""
        failure = self.failure or status.last_failure
        return replace(
            status, last_run=self.last, last_failure=failure, fresh_until=self.fresh_until
        )


class Stretch:
    """What calm runs add to `memory`, which came out of `judge` or of another stretch."""

    def __init__(self, memory: ServiceMemory) -> None:
        self._memory = memory
        self._courses: dict[str, _Course] = {}
        self._troubled = any(path.state in TROUBLED for path in memory.status.paths)
        self._last_bad_at: float | None = None
        self._stale_at = -math.inf
        self._quiet_at = _quiet_at(memory.status, memory.service.quiet_after)
        self.judged_at = memory.judged_at

    def takes(self, run: Run, fresh_until: float) -> bool:
        """Whether `run` is calm; then it is part of the stretch."""
        at = max(run.ended_at, self.judged_at)
        if run.outcome in _NOT_CALM or at >= self._quiet_at or self._is_stale(run.ended_at):
            return False
        if run.outcome is not Outcome.OK and run.perhaps_refused:
            return False
        course = self._courses.get(run.path) or self._course(run.path)
        if course is None or not course.takes(run, fresh_until):
            return False
        self._courses[run.path] = course
        self.judged_at = at
        if self._troubled and WEIGHTS[run.outcome] in _POOR:
            self._last_bad_at = at
        return True

    def memory(self) -> ServiceMemory:
        """What `judge` would have come to."""
        memory, courses = self._memory, self._courses
        if not courses:
            return memory
        paths = {name: course.now() for name, course in courses.items()}
        proofs = {
            name: Proof(credential=course.success.credential, at=course.success.ended_at)
            for name, course in courses.items()
            if course.success is not None
        }
        statuses = tuple(
            courses[status.path].restated(status) if status.path in courses else status
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
        """The open incident, with the time that passed and the last run that was part of it."""
        memory = self._memory
        accounted = incidents.accounted(incident, statuses, memory.judged_at, self.judged_at)
        if self._last_bad_at is None:
            return accounted
        return replace(accounted, last_bad_at=self._last_bad_at)

    def _is_stale(self, at: float) -> bool:
        """Whether what was known of some path can no longer be claimed at `at`."""
        if at <= self._stale_at:  # evidence is only ever prolonged
            return False
        self._stale_at = min(
            (
                self._courses[status.path].fresh_until
                if status.path in self._courses
                else status.fresh_until
                for status in self._memory.status.paths
                if status.state is not State.UNKNOWN
            ),
            default=-math.inf,
        )
        return at > self._stale_at

    def _course(self, name: str) -> _Course | None:
        """How that path goes on; None where nothing is known, or its last run shows a finding."""
        status = self._memory.status.path(name)
        last, failure = status.last_run, status.last_failure
        if status.state is State.UNKNOWN or last is None or last.outcome in _NOT_CALM:
            return None
        path = next(path for path in self._memory.service.paths if path.name == name)
        memory = self._memory.paths[name]
        shows = failure is not None and status.state in TROUBLED
        course = _Course(
            memory=memory,
            rules=Rules(fail_after=path.fail_after, recover_after=path.recover_after),
            fresh_until=memory.fresh_until,
            shown=shown_by(failure) if shows and failure else None,
        )
        course.note_causes()
        return course


def _quiet_at(status: ServiceStatus, quiet_after_s: float) -> float:
    """When the open incident would end."""
    healing = status.incident is not None and status.verdict is Verdict.HEALTHY
    return status.since + quiet_after_s if healing else math.inf
