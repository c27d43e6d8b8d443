import asyncio
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace

import pytest
from configured import acme
from made_runs import a_run

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.judging.service import begin
from probe.model.clock import Clock
from probe.model.event import Changed, Event, IncidentUpdated, Observed, Reviewed, Skipped
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult
from probe.model.state import SkipReason, State, Verdict
from probe.rehearsing.virtual import run_virtually
from probe.running.confirmation import Confirmation
from probe.running.cycle import Cycle
from probe.running.restraint.politeness import Politeness

START = 1_000_000.0


def settings(interval: float = 30.0, **service: object) -> Settings:
    paths = [
        {"name": name, "plane": plane, "interval": interval}
        for name, plane in (("login", "control"), ("api", "data"), ("api2", "data"))
    ]
    return acme(*paths, **service)


class World:
    """What each path answers, and what was reported."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self.clock = clock
        self.answers: dict[str, Outcome] = {}
        self.takes = 0.0
        self.credential = ""
        self.most_at_once = self.at_once = 0
        self.events: list[Event] = []
        self.service: Service = settings.services[0]
        self.cycle = Cycle(
            {"acme": begin(self.service, clock.now())},
            self.observe,
            Politeness(settings, clock.now()),
            self.events.append,
            clock,
        )
        self.tasks: list[asyncio.Task[None]] = []
        self.confirmation = Confirmation(
            self.service.name,
            self.cycle,
            lambda coroutine, _: self.tasks.append(asyncio.create_task(coroutine)),
            lambda _service, _path: None,
            lambda _service, _path: nullcontext(),
        )

    async def observe(self, service: Service, path: ProbePath, confirmation: bool) -> Run:  # noqa: FBT001
        began = self.clock.now()
        self.at_once += path.name == "login"
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.takes)
        self.at_once -= path.name == "login"
        return Run(
            id=f"{path.name}@{began}",
            service=service.name,
            path=path.name,
            plane=path.plane,
            started_at=began,
            duration_s=self.clock.now() - began,
            outcome=self.answers.get(path.name, Outcome.OK),
            confirmation=confirmation,
            credential=self.credential,
        )

    async def due(self, name: str) -> None:
        path = next(path for path in self.service.paths if path.name == name)
        await self.confirmation.planned(self.service, path)

    async def healthy(self) -> None:
        for _ in range(3):
            for path in self.service.paths:
                await self.due(path.name)
            await asyncio.sleep(30)

    @property
    def runs(self) -> list[Run]:
        return [event.run for event in self.events if isinstance(event, Observed)]

    def confirmations(self, path: str) -> list[float]:
        return [
            run.started_at - START - 90
            for run in self.runs
            if run.confirmation and run.path == path
        ]

    @property
    def skips(self) -> list[SkipReason]:
        return [event.reason for event in self.events if isinstance(event, Skipped)]


def told(settings: Settings, failing: dict[str, Outcome], due: Iterable[str] = ("login",)) -> World:
    async def main(clock: Clock) -> World:
        world = World(clock, settings)
        await world.healthy()
        world.answers.update(failing)
        for name in due:
            await world.due(name)
        await asyncio.sleep(25)
        await asyncio.gather(*world.tasks)
        return world

    return run_virtually(main, start=START)


def test_a_total_failure_is_confirmed_by_rounds_two_four_and_six_seconds_later() -> None:
    world = told(settings(), {"login": Outcome.SERVER_ERROR})
    assert world.confirmations("login") == pytest.approx([2, 4, 6], abs=0.65)
    assert world.cycle.memories["acme"].status.verdict is Verdict.CONTROL_PLANE_DOWN


def test_all_paths_are_compared_at_the_same_instant() -> None:
    world = told(settings(), {"login": Outcome.SERVER_ERROR})
    assert world.confirmations("api") == world.confirmations("login")
    assert world.confirmations("api2") == world.confirmations("login")


def test_rounds_do_not_wait_for_a_path_that_hangs() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        await world.healthy()
        world.takes, world.answers["login"] = 10.0, Outcome.TIMED_OUT
        await world.due("login")
        await asyncio.sleep(10.9)
        return world

    world = run_virtually(main, start=START)
    assert world.cycle.memories["acme"].status.verdict is Verdict.CONTROL_PLANE_DOWN


def hanging(settings: Settings, seconds: float, before: float = 0.05) -> World:
    """Where login takes `seconds` and fails if they are the time-out, after runs of `before`."""

    async def main(clock: Clock) -> World:
        world = World(clock, settings)
        world.takes, world.credential = before, "kept"
        await world.healthy()
        world.takes = seconds
        if seconds >= settings.services[0].paths[0].timeout:
            world.answers["login"] = Outcome.TIMED_OUT
        await world.due("login")
        await asyncio.sleep(30)
        return world

    return run_virtually(main, start=START)


def test_what_hangs_is_confirmed_while_it_hangs() -> None:
    world = hanging(settings(), 10.0)
    began = next(run for run in world.runs if run.outcome is Outcome.TIMED_OUT).started_at
    logins = [run for run in world.runs if run.confirmation and run.path == "login"]
    assert [run.started_at - began for run in logins] == pytest.approx([2, 4, 6], abs=0.65)
    (confirmed,) = (
        event.transition.at - began
        for event in world.events
        if isinstance(event, Changed) and event.transition.new is Verdict.CONTROL_PLANE_DOWN
    )
    assert confirmed < 10 + 7


def test_an_incident_that_lasts_is_reported_once_a_minute() -> None:
    async def main(clock: Clock) -> list[Event]:
        world = World(clock, settings())
        await world.healthy()
        world.answers["login"] = Outcome.SERVER_ERROR
        await world.due("login")
        await asyncio.sleep(25)
        told = len(world.events)
        for _ in range(6):
            await asyncio.sleep(10)
            world.cycle.review()
        return world.events[told:]

    events = run_virtually(main, start=START)
    assert [type(event) for event in events if not isinstance(event, Reviewed)] == [IncidentUpdated]


def test_what_is_down_and_begins_to_hang_is_not_confirmed_again() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        world.credential = "kept"
        await world.healthy()
        world.answers["login"] = Outcome.SERVER_ERROR
        await world.due("login")
        await asyncio.sleep(25)
        world.takes = 10.0
        await world.due("login")
        await asyncio.sleep(30)
        return world

    assert len(run_virtually(main, start=START).confirmations("login")) == 3


@pytest.mark.parametrize(("seconds", "before"), [(1.5, 0.05), (5.0, 3.0)])
def test_a_run_that_takes_no_longer_than_is_usual_is_not_suspected(
    seconds: float, before: float
) -> None:
    assert not [run for run in hanging(settings(), seconds, before).runs if run.confirmation]


def test_a_run_that_was_only_slow_once_costs_one_round() -> None:
    world = hanging(settings(), 3.0)
    assert len([run for run in world.runs if run.confirmation]) == len(world.service.paths)
    assert world.cycle.memories["acme"].status.verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("worked_before", "credential", "at_once"),
    [(True, "a fingerprint", 4), (False, "a fingerprint", 1), (False, "", 3)],
)
def test_logins_overlap_only_where_what_they_sign_in_with_has_worked(
    worked_before: bool,  # noqa: FBT001 - a parameter of the test
    credential: str,
    at_once: int,
) -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        world.credential = credential
        if worked_before:
            await world.healthy()
        world.takes, world.answers["login"] = 10.0, Outcome.TIMED_OUT
        await world.due("login")
        await asyncio.sleep(25)
        return world

    world = run_virtually(main, start=START)
    assert world.most_at_once == at_once


def test_a_blip_ends_after_one_round() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        await world.healthy()
        world.answers["login"] = Outcome.TIMED_OUT
        await world.due("login")
        world.answers.clear()
        await asyncio.sleep(25)
        return world

    world = run_virtually(main, start=START)
    assert len(world.confirmations("login")) == 1
    assert world.cycle.memories["acme"].status.verdict is Verdict.HEALTHY


def test_a_path_that_turns_bad_in_a_round_gets_rounds_of_its_own() -> None:
    both = {"login": Outcome.TIMED_OUT, "api": Outcome.TIMED_OUT}
    world = told(settings(), both)
    assert world.cycle.memories["acme"].status.verdict is Verdict.OUTAGE
    assert len(world.confirmations("api")) >= 4


def test_rounds_of_its_own_come_two_four_and_six_seconds_after_those_it_turned_bad_in() -> None:
    both = {"login": Outcome.TIMED_OUT, "api": Outcome.TIMED_OUT}
    assert told(settings(), both).confirmations("api") == pytest.approx([2, 4, 6, 8], abs=0.8)


@pytest.mark.parametrize(("confirm_after", "rounds"), [((2.0, 4.0, 6.0), 4), ((), 3)])
def test_the_rounds_of_a_path_that_turns_bad_are_those_it_asks_for(
    confirm_after: tuple[float, ...], rounds: int
) -> None:
    configured = settings()
    (acme,) = configured.services
    login, api, other = acme.paths
    paths = (login, api.model_copy(update={"confirm_after": confirm_after}), other)
    service = acme.model_copy(update={"paths": paths})
    both = {"login": Outcome.TIMED_OUT, "api": Outcome.TIMED_OUT}
    world = told(Settings(services=(service,)), both)
    assert len(world.confirmations("api")) == rounds


def test_a_path_that_is_down_already_is_not_confirmed_again() -> None:
    world = told(settings(), {"login": Outcome.SERVER_ERROR}, due=("login", "login"))
    before = len(world.confirmations("login"))

    async def main(clock: Clock) -> None:
        world.clock = clock
        world.confirmation._consider(world.service.paths[0], world.runs[-1])

    run_virtually(main, start=START + 200)
    assert len(world.confirmations("login")) == before


def test_without_a_budget_nothing_is_confirmed_and_the_skips_are_counted() -> None:
    world = told(settings(confirm_budget=0), {"login": Outcome.SERVER_ERROR})
    assert world.confirmations("login") == []
    assert set(world.skips) == {SkipReason.CONFIRM_BUDGET}


def test_a_refused_login_is_not_tried_again_by_a_round() -> None:
    world = told(settings(), {"login": Outcome.UNAUTHORIZED})
    assert world.confirmations("login") == []
    assert world.confirmations("api") == []


def test_a_short_interval_squeezes_the_rounds() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings(interval=5.0))
        await world.healthy()
        for path in world.service.paths:
            await world.due(path.name)
        world.answers["login"] = Outcome.SERVER_ERROR
        await world.due("login")
        await asyncio.sleep(4.5)
        return world

    world = run_virtually(main, start=START)
    paths = {path.path: path.state for path in world.cycle.memories["acme"].status.paths}
    assert paths["login"] is State.DOWN


def test_what_nobody_could_see_is_not_confirmed() -> None:
    world = told(settings(), {"login": Outcome.UNOBSERVED})
    assert world.confirmations("login") == []


def test_a_stop_starts_no_round_and_no_run_any_more() -> None:
    async def main(clock: Clock) -> tuple[World, int]:
        world = World(clock, settings())
        await world.healthy()
        world.answers["login"] = Outcome.SERVER_ERROR
        await world.due("login")
        world.cycle.stop()
        before = len(world.runs)
        await world.due("api")
        await asyncio.sleep(30)
        return world, before

    world, before = run_virtually(main, start=START)
    assert len(world.runs) == before
    assert world.skips == []
    assert all(task.done() for task in world.tasks)


def test_a_spend_limit_is_never_retried_no_confirmation_and_the_plan_itself_rests() -> None:
    half_minutes = 12 * 120

    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        await world.healthy()
        world.answers["api"] = Outcome.QUOTA_EXHAUSTED
        for _ in range(half_minutes):
            await world.due("api")
            await asyncio.sleep(30)
        return world

    world = run_virtually(main, start=START)
    asked = [run for run in world.runs if run.started_at >= START + 90]
    assert {(run.path, run.confirmation) for run in asked} == {("api", False)}
    assert [round((run.started_at - START - 90) / 3600, 1) for run in asked] == [0, 1, 3, 7, 11]
    assert world.skips == [SkipReason.RETRY_AFTER] * (half_minutes - len(asked))


@pytest.mark.parametrize(
    "outcome", [Outcome.CHALLENGED, Outcome.QUOTA_EXHAUSTED, Outcome.THROTTLED]
)
def test_a_bot_wall_and_a_budget_are_not_tried_again_at_once(outcome: Outcome) -> None:
    assert not [run for run in told(settings(), {"login": outcome}).runs if run.confirmation]


def test_a_bot_wall_after_a_bad_run_starts_no_rounds() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings(confirm_budget=0))
        await world.healthy()
        world.answers["login"] = Outcome.SERVER_ERROR
        await world.due("login")
        await asyncio.sleep(25)
        world.events.clear()
        world.answers["login"] = Outcome.CHALLENGED
        await world.due("login")
        await asyncio.sleep(25)
        return world

    assert run_virtually(main, start=START).skips == []


def test_without_confirm_after_nothing_is_confirmed() -> None:
    silent = settings()
    paths = [path.model_copy(update={"confirm_after": ()}) for path in silent.services[0].paths]
    service = silent.services[0].model_copy(update={"paths": tuple(paths)})
    world = told(
        silent.model_copy(update={"services": (service,)}), {"login": Outcome.SERVER_ERROR}
    )
    assert world.confirmations("login") == []


def test_a_cancelled_run_is_recorded_as_unobserved() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        world.takes = 100
        task = asyncio.create_task(world.due("login"))
        await asyncio.sleep(5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return world

    world = run_virtually(main, start=START)
    (run,) = world.runs
    assert run.outcome is Outcome.UNOBSERVED
    assert run.duration_s == pytest.approx(5)


def test_a_path_never_runs_twice_at_once() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        world.takes = 10
        await asyncio.gather(world.due("login"), world.due("login"))
        return world

    world = run_virtually(main, start=START)
    assert (len(world.runs), world.skips) == (1, [SkipReason.OVERLAP])


def test_a_skip_says_until_when_only_where_a_target_asked_for_the_wait() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        asked = StepResult(name="1", outcome=Outcome.THROTTLED, duration_s=0.0, retry_after_s=600.0)
        run = a_run(started_at=START, duration_s=0.0, outcome=asked.outcome, steps=(asked,))
        world.cycle.politeness.learn(world.service, world.service.paths[0], run)
        await world.due("login")
        world.cycle.skip("acme", "login", SkipReason.OVERLAP)
        return world

    skips = [
        event for event in run_virtually(main, start=START).events if isinstance(event, Skipped)
    ]
    assert [skip.retry_after_until for skip in skips] == [START + 600, None]


def test_a_path_that_a_reload_took_away_before_its_turn_is_not_run() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        memory = world.cycle.memories["acme"]
        rest = world.service.model_copy(update={"paths": world.service.paths[1:]})
        world.cycle.memories["acme"] = begin(rest, memory.judged_at)
        await world.due("login")
        return world

    world = run_virtually(main, start=START)
    assert (world.runs, world.skips) == ([], [])


def test_a_round_does_not_run_beside_the_planned_run_of_a_path_that_nobody_suspects() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        world.takes = 10
        planned = asyncio.create_task(world.due("api"))
        await asyncio.sleep(1)
        await world.cycle.confirm(world.service, world.service.paths[1], suspected=False)
        await planned
        return world

    world = run_virtually(main, start=START)
    assert (len(world.runs), world.skips) == (1, [SkipReason.OVERLAP])


def test_a_run_of_a_path_that_a_reload_took_away_is_dropped() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        world.takes = 10
        task = asyncio.create_task(world.due("login"))
        await asyncio.sleep(1)
        memory = world.cycle.memories["acme"]
        rest = world.service.model_copy(update={"paths": world.service.paths[1:]})
        world.cycle.memories["acme"] = replace(memory, service=rest)
        await task
        return world

    assert run_virtually(main, start=START).runs == []


@pytest.mark.parametrize("after_s", [0.5, 2.5])
def test_rounds_of_a_service_that_a_reload_took_away_end(after_s: float) -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings())
        await world.healthy()
        world.takes, world.answers["login"] = 1.0, Outcome.SERVER_ERROR
        due = asyncio.create_task(world.due("login"))
        await asyncio.sleep(after_s)
        world.cycle.memories.clear()
        await asyncio.gather(due, *world.tasks)
        return world

    world = run_virtually(main, start=START)
    assert len(world.confirmations("login")) == 0


def test_a_path_known_to_be_impaired_leaves_half_of_the_budget_to_news() -> None:
    async def main(clock: Clock) -> World:
        world = World(clock, settings(confirm_budget=24))
        await world.healthy()
        for number in range(40):
            world.answers["login"] = Outcome.OK if number % 3 else Outcome.SERVER_ERROR
            await world.due("login")
            await asyncio.sleep(30)
        assert world.cycle.memories["acme"].paths["login"].state is State.IMPAIRED
        spent = sum(run.confirmation for run in world.runs)
        assert 12 <= spent < 24
        world.answers.update(login=Outcome.OK, api=Outcome.SERVER_ERROR)
        await world.due("api")
        await asyncio.sleep(25)
        assert world.cycle.memories["acme"].paths["api"].state is State.DOWN
        return world

    world = run_virtually(main, start=START)
    assert SkipReason.CONFIRM_BUDGET not in world.skips


def test_runs_in_flight_are_counted_while_they_last_confirmations_included() -> None:
    async def main(clock: Clock) -> list[int]:
        world = World(clock, settings())
        await world.healthy()
        world.takes, world.answers["login"] = 1.0, Outcome.SERVER_ERROR
        planned = asyncio.create_task(world.due("login"))
        seen = [world.cycle.in_flight]
        for _ in range(100):
            await asyncio.sleep(0.1)
            seen += [world.cycle.in_flight] if world.cycle.in_flight != seen[-1] else []
        await planned
        return seen

    assert run_virtually(main, start=START) == [0, 1, 0, 3, 0, 3, 0, 3, 0]
