import asyncio
from dataclasses import replace
from typing import Any

import pytest
from made_runs import a_run

from probe.model.clock import Clock
from probe.model.event import Event, SelfObserved
from probe.model.outcome import Outcome, Phase
from probe.model.run import Evidence, Hop, Run, StepResult
from probe.model.state import Plane
from probe.observing.connectivity import NOBODY, Reach
from probe.rehearsing.virtual import run_virtually
from probe.running.clock_skew import ClockSkew
from probe.running.vitals import SLOW_LASTS_S, Vitals


class Canaries:
    def __init__(
        self, *, answer: bool | None, resolves: bool | None = None, slow: str = ""
    ) -> None:
        self.answer = answer
        self.slow = slow
        self.resolves = resolves
        self.asked = 0

    async def check(self) -> Reach:
        self.asked += 1
        why = NOBODY if self.answer is False else ""
        return Reach(connected=self.answer, why=why, slow=self.slow, resolves=self.resolves)


def run_that(outcome: Outcome, at: float = 0.0) -> Run:
    return a_run(path="api", plane=Plane.DATA, started_at=at, outcome=outcome)


def excused(outcome: Outcome, canaries: Canaries) -> tuple[Run, list[Event]]:
    async def main(clock: Clock) -> tuple[Run, list[Event]]:
        told: list[Event] = []
        vitals = Vitals(canaries, clock, told.append)
        return await vitals.excuse(run_that(outcome, clock.now())), told

    return run_virtually(main, start=1000.0)


@pytest.mark.parametrize(
    "outcome",
    [
        *(Outcome.DNS_FAILURE, Outcome.CONNECT_FAILED, Outcome.TIMED_OUT),
        *(Outcome.CONNECTION_RESET, Outcome.TLS_FAILURE, Outcome.PROTOCOL_ERROR),
    ],
)
def test_a_fault_that_our_network_explains_was_not_observed(outcome: Outcome) -> None:
    run, told = excused(outcome, Canaries(answer=False))
    assert run.outcome is Outcome.UNOBSERVED
    assert run.note == f"no canary answered either; seen was {outcome}"
    assert isinstance(told[0], SelfObserved)
    assert told[0].connected is False


@pytest.mark.parametrize(
    ("outcome", "resolves", "kept"),
    [
        (Outcome.DNS_FAILURE, False, False),
        (Outcome.DNS_FAILURE, True, True),
        (Outcome.DNS_FAILURE, None, True),
        (Outcome.CONNECT_FAILED, False, True),
    ],
)
def test_a_name_that_is_not_found_counts_while_a_canarys_name_is_found(
    outcome: Outcome, *, resolves: bool | None, kept: bool
) -> None:
    run, _ = excused(outcome, Canaries(answer=True, resolves=resolves))
    assert (run.outcome is outcome) is kept
    assert kept or run.note == "no canary's name is found either; seen was dns_failure"


@pytest.mark.parametrize(
    ("phase", "resolves", "kept"),
    [
        (Phase.RESOLVE, False, False),
        (Phase.RESOLVE, True, True),
        (Phase.RESOLVE, None, True),
        (Phase.CONNECT, False, True),
    ],
)
def test_a_name_that_is_not_found_in_time_counts_as_one_that_is_not_found(
    phase: Phase, *, resolves: bool | None, kept: bool
) -> None:
    async def main(clock: Clock) -> Run:
        vitals = Vitals(Canaries(answer=True, resolves=resolves), clock, lambda _: None)
        waited = replace(run_that(Outcome.TIMED_OUT, clock.now()), failed_phase=phase)
        return await vitals.excuse(waited)

    run = run_virtually(main, start=1000.0)
    assert (run.outcome is Outcome.TIMED_OUT) is kept
    assert kept or run.note == "no canary's name is found either; seen was timed_out"


def test_a_time_out_counts_only_while_our_own_network_is_as_quick_as_usual() -> None:
    slow = "the canaries took 2.5 s to answer, usually 0.02 s"
    run, _ = excused(Outcome.TIMED_OUT, Canaries(answer=True, slow=slow))
    assert run.outcome is Outcome.UNOBSERVED
    assert run.note == f"our own network is slow: {slow}; seen was timed_out"
    refused, _ = excused(Outcome.CONNECT_FAILED, Canaries(answer=True, slow=slow))
    assert refused.outcome is Outcome.CONNECT_FAILED


def test_a_slow_run_is_a_good_one_if_our_own_network_was_slow_lately_and_asks_no_canary() -> None:
    async def main(clock: Clock) -> list[Outcome]:
        canaries = Canaries(answer=True, slow="the canaries took 2.5 s to answer, usually 0.02 s")
        vitals = Vitals(canaries, clock, lambda _: None)
        outcomes = [(await vitals.excuse(run_that(Outcome.SLOW, clock.now()))).outcome]
        await vitals.excuse(run_that(Outcome.TIMED_OUT, clock.now()))
        outcomes.append((await vitals.excuse(run_that(Outcome.SLOW, clock.now()))).outcome)
        assert canaries.asked == 1
        return outcomes

    assert run_virtually(main, start=1000.0) == [Outcome.SLOW, Outcome.OK]


def test_a_quick_check_soon_after_a_slow_one_may_be_chance() -> None:
    async def main(clock: Clock) -> list[Outcome]:
        canaries = Canaries(answer=True, slow="the canaries took 2.5 s to answer, usually 0.02 s")
        vitals = Vitals(canaries, clock, lambda _: None)
        outcomes = []
        for _ in range(3):
            late = run_that(Outcome.TIMED_OUT, clock.now())
            outcomes.append((await vitals.excuse(late)).outcome)
            canaries.slow = ""
            await asyncio.sleep(SLOW_LASTS_S * 0.6)
        return outcomes

    seen = run_virtually(main, start=1000.0)
    assert seen == [Outcome.UNOBSERVED, Outcome.UNOBSERVED, Outcome.TIMED_OUT]


def run_with(outcome: Outcome, **step: Any) -> Run:  # noqa: ANN401 - fields of any type
    url = step.pop("url", "https://a.invalid/")
    made = StepResult(
        name="one",
        outcome=outcome,
        duration_s=1.0,
        hops=(Hop(url=str(url), status=None, phases={}),),
        evidence=Evidence(status=step.pop("status", None), error=str(step.pop("error", ""))),
        **step,
    )
    return replace(run_that(outcome), steps=(made,), failed_step="one")


@pytest.mark.parametrize(
    ("run", "excusable"),
    [
        (run_with(Outcome.TLS_FAILURE), True),
        (run_with(Outcome.PROTOCOL_ERROR), True),
        (run_with(Outcome.UNEXPECTED_STATUS, status=302), True),
        (run_with(Outcome.UNEXPECTED_STATUS, status=404), False),
        (run_with(Outcome.UNEXPECTED_STATUS, status=404, url="http://a.invalid/"), True),
        (run_with(Outcome.BAD_CONTENT, status=200), False),
        (run_with(Outcome.BAD_CONTENT, status=200, url="http://a.invalid/"), True),
        (run_with(Outcome.SERVER_ERROR, status=500, url="http://a.invalid/"), False),
    ],
)
def test_what_a_portal_could_have_answered_asks_the_canaries(run: Run, *, excusable: bool) -> None:
    async def main(clock: Clock) -> Run:
        return await Vitals(Canaries(answer=False), clock, lambda _: None).excuse(run)

    assert (run_virtually(main, start=1000.0).outcome is Outcome.UNOBSERVED) is excusable


def told_of_itself(*runs: Run) -> tuple[Run, SelfObserved]:
    """The last run, excused or not, and what the daemon then says of itself."""

    async def main(clock: Clock) -> tuple[Run, SelfObserved]:
        told: list[Event] = []
        vitals = Vitals(Canaries(answer=True), clock, told.append)
        excused = [await vitals.excuse(run) for run in runs]
        task = asyncio.create_task(vitals.run())
        await asyncio.sleep(7)
        task.cancel()
        (itself,) = [event for event in told[-1:] if isinstance(event, SelfObserved)]
        return excused[-1], itself

    return run_virtually(main, start=1000.0)


def dated(host: str, skew_s: float) -> Run:
    return run_with(Outcome.OK, url=f"https://{host}/", clock_skew_s=skew_s)


def test_our_clock_is_compared_with_the_middle_of_all_hosts() -> None:
    _, itself = told_of_itself(
        dated("a.invalid", 500.0), dated("b.invalid", 0.25), dated("c.invalid", -0.5)
    )
    assert (itself.clock_skew_s, itself.clock_is_off) == (0.25, False)
    _, itself = told_of_itself(dated("a.invalid", 9.0), dated("a.invalid", -6.0))
    assert (itself.clock_skew_s, itself.clock_is_off) == (-6.0, True)
    _, itself = told_of_itself(run_with(Outcome.OK))
    assert (itself.clock_skew_s, itself.clock_is_off) == (None, False)


def test_our_clock_is_compared_with_the_canaries_too() -> None:
    class Dated(Canaries):
        async def check(self) -> Reach:
            return replace(await super().check(), skews={"canary.invalid": 9.0})

    async def main(clock: Clock) -> list[Event]:
        told: list[Event] = []
        vitals = Vitals(Dated(answer=False), clock, told.append)
        await vitals.excuse(run_that(Outcome.CONNECT_FAILED, clock.now()))
        return told

    (itself,) = run_virtually(main, start=1000.0)
    assert isinstance(itself, SelfObserved)
    assert itself.clock_skew_s == 9.0


def test_a_comparison_counts_for_a_quarter_of_an_hour_and_only_the_newest_hundred_do() -> None:
    skew = ClockSkew()
    skew.note("old.invalid", 9.0, 0.0)
    assert (skew.median(899.0), skew.median(900.0)) == (9.0, None)
    for n in range(201):
        skew.note(f"{n}.invalid", 9.0 if n < 101 else 1.0, 900.0)
    assert skew.median(900.0) == 1.0


@pytest.mark.parametrize(
    ("skew_s", "error", "ours"),
    [
        (86_400.0, "certificate has expired", True),
        (-86_400.0, "certificate is not yet valid", True),
        (86_400.0, "certificate is not yet valid", False),
        (-86_400.0, "certificate has expired", False),
        (1.0, "certificate has expired", False),
        (86_400.0, "self-signed certificate", False),
    ],
)
def test_a_certificate_of_the_wrong_time_is_ours_while_our_clock_is_off(
    skew_s: float, error: str, *, ours: bool
) -> None:
    refused = run_with(Outcome.TLS_FAILURE, error=f"verify failed: {error} (_ssl.c:1006)")
    run, _ = told_of_itself(dated("b.invalid", skew_s), refused)
    assert (run.outcome is Outcome.UNOBSERVED) is ours
    assert ("our clock is off by" in run.note) is ours


@pytest.mark.parametrize(
    ("first", "phase", "note"),
    [
        ({"answer": False}, Phase.CONNECT, "while it ran, no canary answered either"),
        ({"resolves": False}, Phase.RESOLVE, "while it ran, no canary's name is found either"),
        ({"resolves": False}, Phase.CONNECT, ""),
    ],
)
def test_a_run_that_began_while_our_network_was_down_does_not_count_though_it_is_back(
    first: dict[str, bool], phase: Phase, note: str
) -> None:
    canaries = Canaries(answer=True, resolves=True)

    async def main(clock: Clock) -> list[Run]:
        vitals = Vitals(canaries, clock, lambda _: None)
        waited = replace(run_that(Outcome.TIMED_OUT, clock.now()), failed_phase=phase)
        for name, value in first.items():
            setattr(canaries, name, value)
        await vitals.excuse(run_that(Outcome.DNS_FAILURE, clock.now()))
        canaries.answer = canaries.resolves = True
        await asyncio.sleep(1)
        later = replace(waited, started_at=clock.now())
        return [await vitals.excuse(waited), await vitals.excuse(later)]

    meanwhile, later = run_virtually(main, start=1000.0)
    assert meanwhile.note == (note and f"{note}; seen was timed_out")
    assert later.outcome is Outcome.TIMED_OUT


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


@pytest.mark.parametrize(
    ("lags", "ours"),
    [
        ([(-0.5, 2.0)], True),
        ([(-0.9, 0.1), (-0.5, 2.0), (-0.1, 0.1)], True),
        ([(-0.5, 0.4)], False),
        ([(-1.1, 2.0), (-0.5, 0.1)], False),
    ],
    ids=["during it", "among small ones", "too short", "before it"],
)
def test_a_time_out_counts_unless_the_loop_stalled_during_it(
    lags: list[tuple[float, float]], *, ours: bool
) -> None:
    async def main(clock: Clock) -> Run:
        vitals = Vitals(Canaries(answer=True), clock, lambda _: None)
        for at, seconds in lags:
            vitals.note_lag(clock.now() + at, seconds)
        return await vitals.excuse(run_that(Outcome.TIMED_OUT, clock.now() - 1))

    run = run_virtually(main, start=1000.0)
    stalled = "the event loop stalled meanwhile; seen was timed_out"
    assert (run.outcome is Outcome.UNOBSERVED, run.note) == (ours, stalled if ours else "")


def test_the_daemon_tells_the_longest_of_its_latest_stalls_and_why_it_is_blind() -> None:
    async def main(clock: Clock) -> list[Event]:
        told: list[Event] = []
        vitals = Vitals(Canaries(answer=False), clock, told.append)
        for seconds in (9.0, 0.0, 2.0, 0.1, 0.0, 0.0):
            vitals.note_lag(clock.now(), seconds)
        await vitals.excuse(run_that(Outcome.CONNECT_FAILED, clock.now()))
        return told

    (itself,) = run_virtually(main, start=1000.0)
    assert isinstance(itself, SelfObserved)
    assert (itself.loop_lag_s, itself.blind_because) == (2.0, NOBODY)


def test_a_reload_asks_its_own_canaries() -> None:
    async def main(clock: Clock) -> Run:
        vitals = Vitals(Canaries(answer=False), clock, lambda _: None)
        vitals.use(Canaries(answer=True))
        return await vitals.excuse(run_that(Outcome.CONNECT_FAILED, clock.now()))

    assert run_virtually(main, start=1000.0).outcome is Outcome.CONNECT_FAILED


@pytest.mark.parametrize(("answer", "asked"), [(True, 3), (False, 12)])
def test_canaries_are_left_in_peace_while_they_answer(*, answer: bool, asked: int) -> None:
    canaries = Canaries(answer=answer)

    async def main(clock: Clock) -> None:
        task = asyncio.create_task(Vitals(canaries, clock, lambda _: None).run())
        await asyncio.sleep(61.5)
        task.cancel()

    run_virtually(main, start=1000.0)
    assert abs(canaries.asked - asked) <= 1


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
