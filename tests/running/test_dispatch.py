import asyncio
from collections.abc import Sequence

from dispatching import dispatch_to
from web_stage import NOW, failed, run, status

from probe.model.claim import Claim, ClaimState
from probe.model.clock import Clock
from probe.model.event import Claimed, Event, Observed
from probe.model.run import Run
from probe.rehearsing.virtual import run_virtually
from probe.reporting.journal.errors import JournalError
from probe.running.telling.dispatch import GATHERING_S


class Diary:
    def __init__(self, *, broken: bool = False) -> None:
        self.told: list[Event] = []
        self.broken = broken

    def handle(self, event: Event) -> None:
        if self.broken:
            raise RuntimeError("broken reporter")
        self.told.append(event)


class FakeJournal:
    """Takes batches, unless it is full; only the seam that dispatch uses."""

    def __init__(self) -> None:
        self.batches: list[list[Event]] = []
        self.full = False

    def record(self, events: Sequence[Event]) -> None:
        if self.full:
            raise JournalError("the disk is full")
        self.batches.append(list(events))


def event(number: int) -> Event:
    claim = Claim(service="acme", component="api", state=ClaimState.UNKNOWN, seen_at=number)
    return Claimed(claim=claim)


async def test_a_broken_reporter_does_not_silence_the_others() -> None:
    good = Diary()
    dispatch = dispatch_to(Diary(broken=True), good)
    dispatch.report(event(1))
    await dispatch.flush()
    assert good.told == [event(1)]


async def test_the_journal_has_an_event_before_anyone_is_told() -> None:
    journal, order = FakeJournal(), list[str]()

    class Watcher:
        def handle(self, _: Event) -> None:
            order.append(f"told after {len(journal.batches)} batches")

    dispatch = dispatch_to(Watcher(), journal=journal)
    dispatch.report(event(1))
    await dispatch.flush()
    assert order == ["told after 1 batches"]


async def test_what_a_full_journal_refused_is_offered_again_and_others_are_told() -> None:
    journal, diary, failures = FakeJournal(), Diary(), []
    dispatch = dispatch_to(diary, journal=journal, failed=lambda: failures.append(1))
    journal.full = True
    dispatch.report(event(1))
    await dispatch.flush()
    assert (diary.told, len(failures)) == ([event(1)], 1)
    journal.full = False
    dispatch.report(event(2))
    await dispatch.flush()
    assert journal.batches == [[event(1), event(2)]]


async def test_handing_an_event_over_never_waits() -> None:
    dispatch = dispatch_to(diary := Diary())
    for number in range(1000):
        dispatch.report(event(number))
    assert diary.told == []
    await dispatch.flush()
    assert diary.told == [event(number) for number in range(1000)]


async def test_others_have_their_turns_while_much_is_told() -> None:
    turns, told = 0, []

    class Watcher:
        def handle(self, _: Event) -> None:
            told.append(turns)

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    dispatch = dispatch_to(Watcher())
    for number in range(20):
        dispatch.report(event(number))
    other = asyncio.create_task(take_turns())
    await dispatch.flush()
    other.cancel()
    assert len(set(told)) == 20


async def test_what_is_being_told_when_it_is_stopped_is_told_to_the_end() -> None:
    class Stopping(Diary):
        def handle(self, event: Event) -> None:
            super().handle(event)
            telling.cancel()

    dispatch = dispatch_to(diary := Stopping())
    for number in range(20):
        dispatch.report(event(number))
    telling = asyncio.create_task(dispatch.flush())
    await asyncio.wait({telling})
    assert telling.cancelled()
    assert diary.told == [event(number) for number in range(20)]


def batches(*told: tuple[float, Run]) -> list[list[Run]]:
    """What a journal is given, in its batches, of runs that are told after so many seconds each."""
    journal = FakeJournal()

    async def tell(_: Clock) -> None:
        dispatch = dispatch_to(journal=journal)
        task = asyncio.create_task(dispatch.run())
        for after_s, each in told:
            await asyncio.sleep(after_s)
            dispatch.report(Observed(run=each, status=status()))
        await asyncio.sleep(2 * GATHERING_S)
        task.cancel()
        assert dispatch.close()

    run_virtually(tell, start=NOW)
    written = [[each for each in batch if isinstance(each, Observed)] for batch in journal.batches]
    return [[each.run for each in batch] for batch in written]


def test_good_runs_of_a_moment_are_written_together() -> None:
    first, second, late = run(ago=3), run(ago=2), run(ago=1)
    told = (0.0, first), (GATHERING_S / 2, second), (GATHERING_S, late)
    assert batches(*told) == [[first, second], [late]]


def test_a_bad_run_is_written_at_once_and_takes_with_it_what_came_before() -> None:
    good, bad, after = run(ago=3), failed(), run(ago=1)
    told = (0.0, good), (0.0, bad), (GATHERING_S / 100, after)
    assert batches(*told) == [[good, bad], [after]]


def test_a_good_run_that_waits_for_others_at_the_stop_is_written_and_told() -> None:
    journal, diary, waiting = FakeJournal(), Diary(), Observed(run=run(ago=1), status=status())

    async def stop_meanwhile(_: Clock) -> None:
        dispatch = dispatch_to(diary, journal=journal)
        task = asyncio.create_task(dispatch.run())
        dispatch.report(waiting)
        await asyncio.sleep(GATHERING_S / 2)
        assert (journal.batches, diary.told) == ([], [])
        task.cancel()
        await asyncio.wait({task})
        await dispatch.finish()
        assert dispatch.close()

    run_virtually(stop_meanwhile, start=NOW)
    assert (journal.batches, diary.told) == ([[waiting]], [waiting])
