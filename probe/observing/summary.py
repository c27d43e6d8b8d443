"""From the results of its steps to what a run saw and what that shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from probe.model.outcome import Outcome, Phase
from probe.model.run import StepResult


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionResult:
    """What a run of a path saw, how long it took, and how old its session was.

    `duration_s` is what the steps took, and entering the kept session before them. Preparing a
    client, judging an answer and closing connections are not included: they wait for other runs'
    turns of the event loop, and once took 25 ms in a run of a hundred.
    """

    steps: tuple[StepResult, ...]
    duration_s: float
    session_age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What decided a run, and where."""

    outcome: Outcome
    failed_step: str | None = None
    failed_phase: Phase | None = None
    note: str = ""


def summarize(steps: Sequence[StepResult], slow_after: float | None) -> Summary:
    """The first failure decides; without one, whether the path's own steps took too long."""
    for step in steps:
        if step.outcome is not Outcome.OK:
            own_fault = step.outcome is Outcome.UNOBSERVED
            return Summary(
                outcome=step.outcome,
                failed_step=step.name,
                failed_phase=step.failed_phase,
                note=step.evidence.error if own_fault else "",
            )
    spent_s = sum(step.duration_s for step in steps if not step.signs_in)
    slow = slow_after is not None and spent_s > slow_after
    return Summary(outcome=Outcome.SLOW if slow else Outcome.OK)


def took_s(steps: Sequence[StepResult]) -> float:
    """Seconds that all of them took."""
    return sum(step.duration_s for step in steps)


def succeeded(steps: Sequence[StepResult]) -> bool:
    """Whether all of them succeeded."""
    return all(step.outcome is Outcome.OK for step in steps)
