"""A start whose journal cannot be opened."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from probe.reporting.journal.errors import DiskError, JournalError
from probe.reporting.journal.store import Journal
from probe.running.remembering.beginning import begin_with, keep_missing


def test_a_disk_that_takes_no_more_keeps_nobody_from_watching(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(file: Path, *, now: float) -> Journal:
        raise DiskError(f"journal {file} at {now}: disk is full; free some disk space")

    monkeypatch.setattr(Journal, "open", full)
    with capture_logs() as logs:
        made, problem = begin_with(tmp_path / "journal.db", lambda journal: [journal], 0.0)
    assert made == [None]
    assert "free some disk space" in problem
    assert [line["event"] for line in logs] == ["started without the journal"]
    assert "free some disk space" in logs[0]["problem"]


def test_what_a_person_has_to_mend_ends_the_start(tmp_path: Path) -> None:
    made: list[Journal | None] = []
    with pytest.raises(JournalError, match="there is no folder"):
        begin_with(tmp_path / "missing" / "journal.db", made.append, 0.0)
    assert made == []


def test_without_a_journal_there_is_nothing_to_explain() -> None:
    assert begin_with(None, lambda journal: [journal], 0.0) == ([None], "")


async def test_that_nothing_is_kept_is_counted_and_told_until_a_restart(tmp_path: Path) -> None:
    failures: list[None] = []
    with capture_logs() as logs, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await keep_missing(
                tmp_path / "journal.db", "it was full", lambda: failures.append(None)
            )
    assert len(failures) == 1
    assert logs[0]["problem"] == "it was full"
    assert "restart the daemon" in logs[0]["now"]
