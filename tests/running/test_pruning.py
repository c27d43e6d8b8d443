"""Forgetting takes its time, and holds up nobody who writes."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from made_runs import a_run
from made_statuses import a_status

from probe.config.settings import Retention
from probe.model.clock import SYSTEM
from probe.model.event import Event, Observed
from probe.model.state import Verdict
from probe.reporting.journal.retention import BATCH, Before
from probe.reporting.journal.store import Journal
from probe.running.remembering.pruning import keep_pruning
from probe.running.remembering.writer import Writer

STATUS = a_status(verdict=Verdict.HEALTHY)


class Diary(Journal):
    """A journal that keeps in which order it was used."""

    done: list[str]

    def record(self, events: Sequence[Event]) -> None:
        super().record(events)
        self.done.append("write")

    def prune_page(self, before: Before) -> int:
        rows = super().prune_page(before)
        self.done.append(f"{rows} forgotten")
        return rows

    def shrink(self) -> None:
        super().shrink()
        self.done.append("shrink")


def observed(started_at: float) -> Observed:
    return Observed(run=a_run(started_at=started_at), status=STATUS)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Diary]:
    opened = Diary.open(tmp_path / "journal.db")
    opened.done = []
    yield opened
    opened.close()


async def test_a_write_gets_its_turn_between_two_pages_of_what_is_forgotten(
    journal: Diary,
) -> None:
    long_ago = SYSTEM.now() - Retention().runs - 3600
    journal.record([observed(long_ago + number) for number in range(BATCH + 1)])
    journal.done.clear()
    writer, failed = Writer(), asyncio.Event()
    do = asyncio.get_running_loop().run_in_executor
    pruning = asyncio.create_task(keep_pruning(journal, writer, Retention, SYSTEM, failed.set))
    await asyncio.sleep(0)  # it has its first page in hand
    await do(writer, journal.record, [observed(SYSTEM.now())])
    while "shrink" not in journal.done:
        await do(writer, int)
    pruning.cancel()
    assert writer.end(10)
    assert journal.done == [f"{BATCH} forgotten", "write", "1 forgotten", "0 forgotten", "shrink"]
    assert not failed.is_set()


async def test_nothing_is_forgotten_for_a_clock_that_was_far_ahead_for_a_moment(
    journal: Diary,
) -> None:
    journal.record([observed(SYSTEM.wall() - 60)])
    journal.done.clear()
    ahead = replace(SYSTEM, now=lambda: SYSTEM.wall() + 365 * 86_400)
    writer, failed = Writer(), asyncio.Event()
    do = asyncio.get_running_loop().run_in_executor
    pruning = asyncio.create_task(keep_pruning(journal, writer, Retention, ahead, failed.set))
    while "shrink" not in journal.done:
        await do(writer, int)
    pruning.cancel()
    assert writer.end(10)
    assert journal.done == ["0 forgotten", "shrink"]
