import asyncio
import gc
from collections import defaultdict
from itertools import pairwise

import pytest
from configured import acme
from hypothesis import given
from hypothesis import strategies as st

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.model.clock import Clock
from probe.model.state import Plane, SkipReason
from probe.rehearsing.virtual import run_virtually
from probe.running.schedule import Schedule, offsets


def service(control: int, data: int, name: str = "acme") -> Service:
    paths = [
        {"name": f"{plane}{number}", "plane": plane, "interval": 30.0}
        for plane, count in (("control", control), ("data", data))
        for number in range(count)
    ]
    return acme(*paths, name=name).services[0]


class Diary:
    def __init__(self, clock: Clock, takes: float = 0.0) -> None:
        self.clock = clock
        self.takes = takes
        self.runs: dict[str, list[float]] = defaultdict(list)
        self.lags: list[float] = []
        self.failures: list[BaseException] = []
        self.skips: list[tuple[str, SkipReason]] = []

    async def run(self, _: str, path: str, lag: float) -> None:
        self.runs[path].append(self.clock.now())
        self.lags.append(lag)
        await asyncio.sleep(self.takes)

    def fail(self, cause: BaseException) -> None:
        self.failures.append(cause)

    def skip(self, _: str, path: str, reason: SkipReason) -> None:
        self.skips.append((path, reason))


def started(clock: Clock, takes: float = 0.0) -> tuple[Diary, Schedule]:
    diary = Diary(clock, takes)
    schedule = Schedule(diary.run, diary.skip, diary.fail, clock)
    schedule.start()
    return diary, schedule


def kept(*services: Service, seconds: float, takes: float = 0.0) -> Diary:
    async def main(clock: Clock) -> Diary:
        diary, schedule = started(clock, takes)
        schedule.set(services)
        await asyncio.sleep(seconds)
        schedule.stop()
        schedule.close()
        return diary

    return run_virtually(main, start=1_000_000.0)


def test_every_path_runs_once_an_interval_and_soon_after_the_start() -> None:
    diary = kept(service(2, 2), seconds=601)
    for times in diary.runs.values():
        assert times[0] - 1_000_000 <= 2
        assert len(times) in {20, 21, 22}
        assert all(after - before <= 60.01 for before, after in pairwise(times))
        assert all(b - a == pytest.approx(30, abs=0.01) for a, b in pairwise(times[1:]))


def test_the_first_look_is_none_beside_the_one_in_the_slot() -> None:
    for times in kept(service(2, 2), seconds=70).runs.values():
        assert all(later - earlier >= 6 for earlier, later in pairwise(times))


class Still:
    """A process that stands still at times: its clocks have gone on when it comes to again."""

    def __init__(self, clock: Clock) -> None:
        self.stood_s = 0.0
        self.clock = Clock(
            now=lambda: clock.now() + self.stood_s,
            monotonic=lambda: clock.monotonic() + self.stood_s,
            machine=lambda: clock.wall() + self.stood_s,
        )


def stood(after_s: float, for_s: float) -> Diary:
    async def main(clock: Clock) -> Diary:
        still = Still(clock)
        diary = Diary(still.clock)
        schedule = Schedule(diary.run, diary.skip, diary.fail, still.clock)
        schedule.start()
        schedule.set((service(1, 1),))
        await asyncio.sleep(after_s)
        still.stood_s = for_s
        await asyncio.sleep(120)
        schedule.close()
        return diary

    return run_virtually(main, start=1_000_000.0)


def test_turns_that_were_missed_are_skipped_as_one_and_the_slots_stay() -> None:
    diary = stood(25, 90)
    assert diary.skips == [("control0", SkipReason.MISFIRE), ("data0", SkipReason.MISFIRE)]
    assert [round(at - 1_000_000) % 30 for at in diary.runs["control0"]] == [0] * 5
    assert [round(at - 1_000_000) % 30 for at in diary.runs["data0"][1:]] == [15] * 5


def test_a_run_that_starts_late_tells_by_how_much() -> None:
    diary = stood(40, 5)
    assert diary.skips == []
    assert max(diary.lags) == pytest.approx(5, abs=0.1)


def test_a_fault_of_ours_in_a_turn_is_told() -> None:
    async def main(clock: Clock) -> Diary:
        still = Still(clock)
        diary = Diary(still.clock)

        def broken(_: str, __: str, ___: SkipReason) -> None:
            raise ValueError("our own fault")

        schedule = Schedule(diary.run, broken, diary.fail, still.clock)
        schedule.start()
        schedule.set((service(1, 0),))
        await asyncio.sleep(25)
        still.stood_s = 80
        await asyncio.sleep(10)
        schedule.close()
        return diary

    (failure,) = run_virtually(main, start=1_000_000.0).failures
    assert isinstance(failure, ValueError)


def test_nothing_is_late_on_an_idle_machine() -> None:
    assert max(kept(service(3, 3), seconds=300).lags) < 0.01


def test_a_run_longer_than_its_interval_is_counted_as_overlap() -> None:
    diary = kept(service(1, 0), seconds=300, takes=45)
    assert set(diary.skips) == {("control0", SkipReason.OVERLAP)}
    assert all(later - earlier >= 45 for earlier, later in pairwise(diary.runs["control0"]))


def test_after_a_stop_what_runs_goes_on_until_all_is_closed_and_nothing_starts() -> None:
    async def main(clock: Clock) -> tuple[Diary, list[bool]]:
        diary, schedule = started(clock, takes=100)
        schedule.set((service(1, 0),))
        await asyncio.sleep(10)
        schedule.stop()
        await asyncio.sleep(60)
        (run,) = (task for task in asyncio.all_tasks() if task is not asyncio.current_task())
        under_way = [not run.done()]
        schedule.close()
        await asyncio.sleep(1)
        return diary, [*under_way, run.cancelled()]

    diary, (went_on, cancelled) = run_virtually(main, start=1_000_000.0)
    assert (len(diary.runs["control0"]), diary.skips, diary.failures) == (1, [], [])
    assert went_on
    assert cancelled


def test_a_run_that_raises_is_told_of() -> None:
    async def main(clock: Clock) -> Diary:
        diary = Diary(clock)

        async def broken(_: str, __: str, ___: float) -> None:
            raise ValueError("our own fault")

        schedule = Schedule(broken, diary.skip, diary.fail, clock)
        schedule.start()
        schedule.set((service(1, 0),))
        await asyncio.sleep(3)
        schedule.close()
        return diary

    (failure,) = run_virtually(main, start=1_000_000.0).failures
    assert isinstance(failure, ValueError)


def test_a_new_plan_leaves_the_slots_of_unchanged_paths_alone() -> None:
    async def main(clock: Clock) -> Diary:
        diary, schedule = started(clock)
        old = service(1, 1)
        schedule.set((old,))
        await asyncio.sleep(95)
        added = old.paths[0].model_copy(update={"name": "added"})
        schedule.set((old.model_copy(update={"paths": (*old.paths, added)}),))
        await asyncio.sleep(95)
        schedule.set(())
        await asyncio.sleep(95)
        schedule.stop()
        schedule.close()
        return diary

    diary = run_virtually(main, start=1_000_000.0)
    times = diary.runs["data0"]
    assert all(b - a == pytest.approx(30, abs=0.01) for a, b in pairwise(times[1:]))
    assert times[-1] <= 1_000_000 + 190


def test_a_path_that_was_changed_is_looked_at_soon_and_in_its_slot_as_before() -> None:
    async def main(clock: Clock) -> Diary:
        diary, schedule = started(clock)
        old = service(1, 1)
        schedule.set((old,))
        await asyncio.sleep(95)
        changed = old.paths[1].model_copy(update={"timeout": 5.0})
        schedule.set((old.model_copy(update={"paths": (old.paths[0], changed)}),))
        await asyncio.sleep(30)
        schedule.close()
        return diary

    runs = run_virtually(main, start=1_000_000.0).runs
    assert [round(at - 1_000_000) for at in runs["control0"]] == [0, 30, 60, 90, 120]
    assert [round(at - 1_000_000) for at in runs["data0"]] == [1, 15, 45, 75, 96, 105]


def test_the_data_plane_is_looked_at_half_a_slot_after_the_control_plane() -> None:
    places = {path.name: offset for path, offset in offsets(service(2, 2))}
    assert places == {"control0": 0.0, "control1": 15.0, "data0": 7.5, "data1": 22.5}


def test_what_ended_and_what_is_planned_no_more_is_not_kept() -> None:
    async def main(clock: Clock) -> tuple[int, int]:
        _, schedule = started(clock)
        schedule.set((service(1, 1),))
        await asyncio.sleep(95)
        schedule.set(())
        left = len(schedule._running), len(schedule._scheduler.get_jobs())
        schedule.close()
        return left

    assert run_virtually(main, start=1_000_000.0) == (0, 0)


@given(st.integers(1, 8), st.integers(0, 8))
def test_the_paths_of_a_plane_are_spread_evenly(control: int, data: int) -> None:
    places = list(offsets(service(control, data)))
    for plane, count in ((Plane.CONTROL, control), (Plane.DATA, data)):
        slots = sorted(offset for path, offset in places if path.plane is plane)
        gaps = [
            after - before for before, after in pairwise([*slots, *(s + 30 for s in slots[:1])])
        ]
        assert all(gap == pytest.approx(30 / count) for gap in gaps)


@given(st.integers(2, 300))
def test_services_are_spread_evenly_however_many_there_are(count: int) -> None:
    one = service(1, 0)
    starts = sorted(next(offsets(one, number))[1] for number in range(count))
    gaps = [after - before for before, after in pairwise([*starts, starts[0] + 30])]
    assert max(gaps) < 2 * 30 / count


def test_paths_of_one_service_may_have_intervals_of_their_own() -> None:
    both = service(1, 1)
    slower = both.paths[1].model_copy(update={"interval": 60.0})
    diary = kept(both.model_copy(update={"paths": (both.paths[0], slower)}), seconds=301)
    assert [len(diary.runs[path]) for path in ("control0", "data0")] == [11, 6]
    assert all(b - a == pytest.approx(60, abs=0.01) for a, b in pairwise(diary.runs["data0"][1:]))


def test_a_path_taken_out_of_the_plan_is_not_started_any_more() -> None:
    async def main(clock: Clock) -> Diary:
        diary, schedule = started(clock)
        schedule.set((service(2, 0),))
        schedule.set((service(1, 0),))
        await asyncio.sleep(95)
        schedule.close()
        return diary

    assert set(run_virtually(main, start=1_000_000.0).runs) == {"control0"}


def test_a_path_that_was_taken_out_is_not_kept_until_it_would_have_been_due() -> None:
    async def main(clock: Clock) -> int:
        _, schedule = started(clock)
        before = paths()
        for number in range(10):
            schedule.set((service(1, 1, f"s{number}"),))
        left = paths() - before
        schedule.close()
        return left

    assert run_virtually(main, start=1_000_000.0) == 2


def paths() -> int:
    gc.collect()
    return sum(isinstance(each, ProbePath) for each in gc.get_objects())


def test_a_reload_that_outlasts_the_stop_starts_nothing() -> None:
    async def main(clock: Clock) -> Diary:
        diary, schedule = started(clock)
        schedule.stop()
        schedule.set((service(1, 1),))
        await asyncio.sleep(60)
        schedule.close()
        return diary

    assert run_virtually(main, start=1_000_000.0).runs == {}
