"""A journal in trouble: it holds up nobody, is said once, and loses what it must in the open."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Gate
from typing import cast

import pytest
from dispatching import dispatch_to
from structlog.testing import capture_logs

from probe.model.claim import Claim, ClaimState
from probe.model.clock import Clock
from probe.model.event import Claimed, Event
from probe.rehearsing.virtual import run_virtually
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.store import Journal
from probe.running.remembering import journaling
from probe.running.remembering.writer import Writer
from probe.running.telling.dispatch import Dispatch
from probe.running.trouble import SAY_EVERY_S, Trouble

AT_ONCE_S = 0.02


def event(number: float, component: str = "api") -> Claimed:
    claim = Claim(
        service="acme", component=component, state=ClaimState.UNKNOWN, seen_at=float(number)
    )
    return Claimed(claim=claim)


class StickyJournal:
    """Writes hang until the gate opens."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.batches: list[list[Event]] = []

    def record(self, events: Sequence[Event]) -> None:
        assert self.gate.wait(10)
        self.batches.append(list(events))


@dataclass
class FullJournal:
    """Refuses everything while it is full; counts what it was offered."""

    full: bool = True
    offered: list[int] = field(default_factory=list)
    written: list[Event] = field(default_factory=list)

    def record(self, events: Sequence[Event]) -> None:
        self.offered.append(len(events))
        if self.full:
            raise JournalError("the disk is full")
        self.written += events


class Ears:
    def __init__(self) -> None:
        self.told: list[Event] = []

    def handle(self, event: Event) -> None:
        self.told.append(event)


@dataclass
class Counts:
    failures: int = 0
    lost: int = 0

    def failed(self) -> None:
        self.failures += 1

    def lose(self, events: int) -> None:
        self.lost += events


@dataclass
class Stage:
    dispatch: Dispatch
    ears: Ears
    counts: Counts

    async def tell(self, *events: Event) -> None:
        for each in events:
            self.dispatch.report(each)
        await self.dispatch.flush()

    async def written(self) -> None:
        """Until all that waited is written, however many batches that takes."""
        journaling = self.dispatch._journaling
        assert journaling is not None
        while journaling._is_under_way:
            await asyncio.get_running_loop().run_in_executor(self.dispatch.writer, int)


def staged(journal: object) -> Stage:
    ears, counts = Ears(), Counts()
    dispatch = dispatch_to(ears, journal=journal, failed=counts.failed, lost=counts.lose)
    return Stage(dispatch, ears, counts)


@asynccontextmanager
async def stuck(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[StickyJournal, Stage]]:
    """A journal whose first write hangs, and that was waited for in vain."""
    monkeypatch.setattr(journaling, "PATIENCE_S", AT_ONCE_S)
    journal = StickyJournal()
    try:
        stage = staged(journal)
        await stage.tell(event(1))
        yield journal, stage
    finally:
        journal.gate.set()
        assert stage.dispatch.close()


async def test_others_are_told_of_what_a_hanging_journal_has_not_written_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stuck(monkeypatch) as (journal, stage):
        assert (journal.batches, stage.ears.told) == ([], [event(1)])
        await stage.tell(event(2))
        assert stage.ears.told == [event(1), event(2)]


async def test_a_journal_that_is_known_to_hang_is_waited_for_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stuck(monkeypatch) as (_, stage):
        monkeypatch.setattr(journaling, "PATIENCE_S", math.inf)
        async with asyncio.timeout(5):
            await stage.tell(event(2))


async def test_what_came_during_a_write_that_hung_is_written_behind_it_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stuck(monkeypatch) as (journal, stage):
        await stage.tell(event(2))
        await stage.tell(event(3))
        journal.gate.set()
        await stage.written()
        await stage.tell(event(4))
        written = [each for batch in journal.batches for each in batch]
        assert written == [event(1), event(2), event(3), event(4)]


async def test_a_hanging_write_is_counted_and_said_once_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journaling, "LATE_S", AT_ONCE_S / 2)
    with capture_logs() as log:
        async with stuck(monkeypatch) as (journal, stage):
            for number in range(2, 9):
                await stage.tell(event(number))
            assert stage.counts.failures == 1
            (line,) = log
            assert (line["event"], line["log_level"]) == ("journal failed", "error")
            assert "a write takes longer than" in line["problem"]
            journal.gate.set()
            await stage.written()
            assert [line["event"] for line in log] == ["journal failed", "journal works again"]


async def test_a_write_that_others_no_longer_wait_for_is_no_failure_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with capture_logs() as log:
        async with stuck(monkeypatch) as (_, stage):
            await stage.tell(event(2))
            assert (stage.counts.failures, log) == (0, [])


async def test_a_stop_waits_for_a_hanging_journal_only_briefly_and_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("probe.running.telling.dispatch.LAST_WRITE_S", AT_ONCE_S)
    monkeypatch.setattr("probe.running.telling.dispatch.LAST_CALL_S", AT_ONCE_S)
    journal = StickyJournal()
    stage = staged(journal)
    stage.dispatch.report(event(1))
    stage.dispatch.report(event(2))
    with capture_logs() as log:
        async with asyncio.timeout(0.9):
            await stage.dispatch.finish()
    assert stage.ears.told == [event(1), event(2)]
    assert log[-1]["event"] == "journal not written to the end"
    assert log[-1]["events"] == 2
    assert not stage.dispatch.close()
    journal.gate.set()


async def test_a_stop_leaves_nothing_unwritten_where_the_journal_works() -> None:
    journal = FullJournal(full=False)
    stage = staged(journal)
    for number in range(1200):
        stage.dispatch.report(event(number))
    await stage.dispatch.finish()
    assert stage.dispatch.close()
    assert journal.written == [event(number) for number in range(1200)]


async def test_a_telling_that_is_cancelled_is_finished_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journaling, "PATIENCE_S", 10.0)
    journal = StickyJournal()
    stage = staged(journal)
    task = asyncio.create_task(stage.tell(event(1)))
    await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.ears.told == [event(1)]
    journal.gate.set()
    await stage.dispatch.finish()
    assert journal.batches == [[event(1)]]


async def test_a_backlog_is_offered_in_bounded_batches() -> None:
    journal = FullJournal()
    stage = staged(journal)
    for number in range(3000):
        stage.dispatch.report(event(number))
    await stage.dispatch.flush()
    for number in range(3000, 3020):
        await stage.tell(event(number))
    assert max(journal.offered) <= journaling.LARGEST_BATCH
    journal.full = False
    await stage.tell(event(3020))
    assert journal.written == [event(number) for number in range(3021)]


async def test_what_a_full_backlog_drops_is_counted_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journaling, "MOST_WAITING", 3)
    journal = FullJournal()
    stage = staged(journal)
    with capture_logs() as log:
        await stage.tell(*map(event, range(5)))
    assert stage.counts.lost == 2
    assert "events not journaled" in [line["event"] for line in log]
    journal.full = False
    await stage.tell(event(5))
    assert journal.written == [event(3), event(4), event(5)]


@pytest.mark.unwatched  # thousands of events go the way of one
async def test_what_too_many_waiting_events_push_out_is_counted_and_said() -> None:
    stage = staged(None)
    with capture_logs() as log:
        for number in range(journaling.MOST_WAITING + 2):
            stage.dispatch.report(event(number))
    await stage.dispatch.flush()
    assert stage.counts.lost == 2
    assert len(log) == 1
    assert stage.ears.told[0] == event(2)


@pytest.fixture
def real(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "journal.db")


@pytest.mark.parametrize("bad", [event(math.nan), event(1, component=cast("str", 7))])
async def test_an_event_that_no_row_can_hold_is_left_out_and_the_rest_is_written(
    bad: Claimed, real: Journal
) -> None:
    stage = staged(real)
    with capture_logs() as log:
        await stage.tell(event(1), bad, event(2))
        await stage.tell(event(3))
    assert [claim.seen_at for claim in real.words("acme")[0]] == [1, 2, 3]
    assert (stage.counts.failures, stage.counts.lost) == (1, 1)
    assert [line["event"] for line in log][:1] == ["events not journaled"]
    assert "no row can hold one" in log[0]["problem"]
    assert stage.dispatch.close()
    real.close()


def test_a_failure_that_lasts_is_said_once_a_minute_with_its_count() -> None:
    async def main(_clock: Clock) -> None:
        trouble = Trouble("it fails", "it works again")
        for _ in range(600):
            trouble.note("no space")
            await asyncio.sleep(1)
        trouble.end()

    with capture_logs() as log:
        run_virtually(main, start=1000.0)
    *failing, over = log
    assert [line["failures"] for line in failing] == [1 + 60 * n for n in range(10)]
    assert over == {"event": "it works again", "failures": 600, "log_level": "info"}


def test_what_fails_and_works_in_turns_floods_no_log() -> None:
    async def main(_clock: Clock) -> None:
        trouble = Trouble("it fails", "it works again")
        for _ in range(600):
            trouble.note("no space")
            trouble.end()
            await asyncio.sleep(1)

    with capture_logs() as log:
        run_virtually(main, start=1000.0)
    assert len(log) <= 2 * 600 / SAY_EVERY_S


def test_the_writer_calls_one_after_the_other_and_tells_whether_it_ended() -> None:
    writer, gate, order = Writer(), Gate(), list[int]()
    writer.submit(gate.wait, 10)
    calls = [writer.submit(order.append, number) for number in range(5)]
    assert not writer.end(AT_ONCE_S)
    gate.set()
    assert [call.result(5) for call in calls] == [None] * 5
    assert order == [0, 1, 2, 3, 4]


def test_a_writer_that_was_never_asked_ends_at_once() -> None:
    assert Writer().end(0)


def test_a_call_that_fails_tells_the_one_who_asked() -> None:
    writer = Writer()
    assert isinstance(writer.submit(int, "x").exception(5), ValueError)
    assert writer.end(5)
