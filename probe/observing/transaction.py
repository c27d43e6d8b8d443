"""The steps of a path in order, up to the first that fails, and the clean-up after it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from probe.config.path import ProbePath
from probe.config.transaction.steps import SUBMIT, Step
from probe.model.outcome import Outcome
from probe.model.run import SIGNING_IN, StepResult
from probe.observing.asking.request import compose
from probe.observing.deadline import Deadline
from probe.observing.failures import StepFailed
from probe.observing.journey import Journey
from probe.observing.step import perform

CLEANUP_S: Final = 2.0
"""What a step that always runs gets, even after the run's deadline."""


def steps_of(path: ProbePath) -> list[tuple[str, Step]]:
    """The steps of a run with their names: `step1`, `step2` if they have none."""
    return [(name, step) for name, step in _numbered(path) if not step.renew]


def _numbered(path: ProbePath) -> list[tuple[str, Step]]:
    return [(step.name or f"step{i}", step) for i, step in enumerate(path.steps, start=1)]


async def do_steps(
    steps: Iterable[tuple[str, Step]], journey: Journey, deadline: Deadline
) -> tuple[StepResult, ...]:
    """Do `steps` until one fails, then only those that always run.

    Never raises a target's fault.
    """
    results: list[StepResult] = []
    failed = False
    for name, step in steps:
        if (failed and not _cleans_up(step, journey)) or _is_behind(step, journey):
            continue
        limit = deadline.at_least(CLEANUP_S) if step.always else deadline
        result = await perform(step, name, journey, limit)
        if step.always and results and not failed:
            result = _with_proven_credential(result)
        results.append(result)
        failed = failed or result.outcome is not Outcome.OK
    return tuple(results)


def _with_proven_credential(result: StepResult) -> StepResult:
    """`result` of a step after others that were let in: a refused logout is no refused sign-in."""
    if result.outcome is not Outcome.UNAUTHORIZED:
        return result
    return replace(result, outcome=Outcome.UNEXPECTED_STATUS, perhaps_refused=False)


async def sign_in(journey: Journey, deadline: Deadline) -> tuple[StepResult, ...]:
    """Do the steps that establish a session: all except those that would end it again."""
    entering = [(name, step) for name, step in steps_of(journey.path) if not step.always]
    return await _inward(entering, journey, deadline)


async def renew(journey: Journey, deadline: Deadline) -> tuple[StepResult, ...]:
    """Do the steps that renew a session; none if something that they need is missing."""
    steps = [(name, step) for name, step in _numbered(journey.path) if step.renew]
    if not all(_is_composable(step, journey) for _, step in steps):
        return ()
    return await _inward(steps, journey, deadline)


async def _inward(
    steps: Iterable[tuple[str, Step]], journey: Journey, deadline: Deadline
) -> tuple[StepResult, ...]:
    results = await do_steps(steps, journey, deadline)
    return tuple(replace(result, name=f"{SIGNING_IN}{result.name}") for result in results)


def _cleans_up(step: Step, journey: Journey) -> bool:
    """Whether there is something to clean up, and everything its request needs is known."""
    return step.always and journey.sent and _is_composable(step, journey)


def _is_behind(step: Step, journey: Journey) -> bool:
    """Whether it fills in a page that the provider skipped, as consent, which is asked for once."""
    return journey.arrived and step.request.method == SUBMIT and step.callback is not None


def _is_composable(step: Step, journey: Journey) -> bool:
    """Whether everything that the request of `step` needs is known."""
    if step.request.method == SUBMIT:
        return journey.page is not None
    try:
        compose(step, journey.path, journey.variables)
    except StepFailed:
        return False
    return True
