import asyncio

import pytest

from probe.model.clock import Clock
from probe.model.event import Event, SelfObserved
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane
from probe.running.virtual import run_virtually
from probe.running.vitals import Vitals


class Canaries:
    def __init__(self, *, answer: bool | None) -> None:
        self.answer = answer
        self.asked = 0

    async def check(self) -> bool | None:
        self.asked += 1
        return self.answer


def run_that(outcome: Outcome, at: float = 0.0) -> Run:
    return Run(
        id="1",
        service="acme",
        path="api",
        plane=Plane.DATA,
        started_at=at,
        duration_s=1.0,
        outcome=outcome,
    )


def excused(outcome: Outcome, canaries: Canaries) -> tuple[Run, list[Event]]:
    async def main(clock: Clock) -> tuple[Run, list[Event]]:
        told: list[Event] = []
        vitals = Vitals(canaries, clock, told.append)
        return await vitals.excuse(run_that(outcome, clock.now())), told

    return run_virtually(main, start=1000.0)


@pytest.mark.parametrize(
    "outcome", [Outcome.DNS_FAILURE, Outcome.CONNECT_FAILED, Outcome.TIMED_OUT]
)
def test_a_fault_that_our_network_explains_was_not_observed(outcome: Outcome) -> None:
    run, told = excused(outcome, Canaries(answer=False))
    assert run.outcome is Outcome.UNOBSERVED
    assert run.note == f"no canary answered either; seen was {outcome}"
    assert isinstance(told[0], SelfObserved)
    assert told[0].connected is False


@pytest.mark.parametrize("answer", [True, None])
def test_a_fault_counts_while_a_canary_answers_or_none_is_set(
    answer: bool | None,  # noqa: FBT001 - pytest's parameter
) -> None:
    run, _ = excused(Outcome.CONNECT_FAILED, Canaries(answer=answer))
    assert run.outcome is Outcome.CONNECT_FAILED


def test_an_answer_of_the_target_asks_no_canary() -> None:
    canaries = Canaries(answer=False)
    run, _ = excused(Outcome.SERVER_ERROR, canaries)
    assert (run.outcome, canaries.asked) == (Outcome.SERVER_ERROR, 0)


def test_a_time_out_during_a_stall_of_the_loop_was_not_observed() -> None:
    async def main() -> Run:
        clock = Clock(now=asyncio.get_running_loop().time, monotonic=lambda: 0.0)
        vitals = Vitals(Canaries(answer=True), clock, lambda _: None)
        vitals.note_lag(clock.now(), 2.0)
        return await vitals.excuse(run_that(Outcome.TIMED_OUT, clock.now() - 1))

    run = asyncio.run(main())
    assert run.note == "the event loop stalled meanwhile; seen was timed_out"


def test_what_the_daemon_knows_of_itself_is_told_regularly() -> None:
    async def main(clock: Clock) -> list[Event]:
        told: list[Event] = []
        task = asyncio.create_task(Vitals(Canaries(answer=True), clock, told.append).run())
        await asyncio.sleep(21)
        task.cancel()
        return told

    told = run_virtually(main, start=1000.0)
    assert len(told) >= 4
    assert all(isinstance(event, SelfObserved) and event.connected for event in told)
