"""A journal that was damaged: it is an alarm of our own, and nobody is watched less for it."""

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from running_daemon import RunningDaemon
from structlog.testing import capture_logs

from probe.config.loading import load
from probe.model.clock import Clock
from probe.model.run import Run
from probe.model.state import State
from probe.rehearsing.virtual import run_virtually
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.store import Journal
from probe.running.daemon import Daemon

START: Final = 1_772_409_600.0
PAGE: Final = 4096
UNREADABLE: Final = {
    "a run that is none": "UPDATE runs SET document = x'00112233' WHERE number = 2",
    "text that is none": "UPDATE runs SET document = CAST(x'ff00ff' AS TEXT) WHERE number = 2",
    "a state that is none": "UPDATE states SET state = 'sideways' WHERE path = 'api'",
    "a time that is none": "UPDATE last_successes SET ended_at = 'noon'",
    "a transition": "UPDATE transitions SET document = '{'",
    "an open incident": "INSERT INTO incidents VALUES ('i', 'acme', 1.0, NULL, 'outage', '{}')",
    "a claim": "INSERT INTO claims VALUES (1, 'acme', 'API', 1.0, 'ok', '{}')",
    "a post": "INSERT INTO posts VALUES (1, 'acme', 'i', 1.0, '{}')",
    "work": "INSERT INTO maintenances VALUES (1, 'acme', 'i', 1.0, '{')",
    "an account": "INSERT INTO accounts VALUES ('i', 'acme', '{}')",
    "a message": "INSERT INTO outbox VALUES (1, 'i', 'team', 1.0, '{}')",
    "a message that was told": "INSERT INTO told VALUES ('team', 'acme', '{}')",
}


@dataclass
class Stage(RunningDaemon):
    """A target that answers, a daemon that looks at it, and its journal."""

    folder: Path
    clock: Clock
    url: str = ""

    @property
    def journal(self) -> Path:
        return self.folder / "journal.db"

    def write(self, *paths: str) -> None:
        listed = "".join(
            f"      - {{name: {path}, plane: data, steps: [{{request: 'GET {self.url}'}}]}}\n"
            for path in paths
        )
        (self.folder / "probe.yaml").write_text(
            f"journal: {self.journal}\nlisten: 127.0.0.1:0\n"
            f"defaults: {{interval: 10s}}\nservices:\n  - name: acme\n    paths:\n{listed}"
        )

    async def start(self) -> None:
        file = self.folder / "probe.yaml"
        await self.begin(Daemon(load(file), self.clock, config=file))

    def damage(self, statement: str) -> None:
        with closing(sqlite3.connect(self.journal)) as journal, journal:
            journal.execute(statement)

    def overwrite(self, page: int) -> None:
        with self.journal.open("r+b") as file:
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)

    def root_of(self, table: str) -> int:
        """The number of a page that has something of `table` on it, counted from 0."""
        with closing(sqlite3.connect(self.journal)) as journal:
            query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
            return int(journal.execute(query, (table,)).fetchone()[0]) - 1

    @property
    def states(self) -> set[State]:
        return {path.state for path in self.daemon.cycle.memories["acme"].status.paths}


def played(folder: Path, play: Callable[[Stage], Awaitable[None]]) -> None:
    """Play a piece on a virtual clock, after a minute of a daemon whose journal it may damage."""

    async def main(clock: Clock) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response()

        application = web.Application()
        application.router.add_get("/", answer)
        async with TestServer(application) as server:
            stage = Stage(folder, clock, str(server.make_url("/")))
            stage.write("login", "api")
            await stage.start()
            await asyncio.sleep(60)
            await play(stage)
            await stage.end()

    run_virtually(main, start=START)


@pytest.mark.parametrize("statement", UNREADABLE.values(), ids=UNREADABLE)
def test_a_row_that_cannot_be_read_is_left_out_by_a_start(statement: str, tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        await stage.end()
        stage.damage(statement)
        with capture_logs() as logs:
            await stage.start()
            await asyncio.sleep(60)
        assert "damaged journal rows skipped" in [line["event"] for line in logs]
        assert stage.states == {State.UP}
        assert stage.daemon._journal is not None
        assert not [line for line in logs if line["event"] == "events not journaled"]

    played(tmp_path, play)


def test_a_row_that_cannot_be_read_refuses_no_reload(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.damage(UNREADABLE["a run that is none"])
        stage.write("login", "api", "usage")
        assert (await stage.daemon.reload()).successful
        await asyncio.sleep(30)
        assert stage.states == {State.UP}

    played(tmp_path, play)


@pytest.mark.parametrize(
    ("what", "ask"),
    [
        ("a run that is none", lambda journal: journal.recent_runs("acme", "api", 9)),
        ("a state that is none", lambda journal: journal.spells(START, START + 60.0)),
        ("work", lambda journal: journal.windows(START, START + 60.0)),
    ],
)
def test_a_report_tells_of_a_row_that_cannot_be_read(
    what: str, ask: Callable[[ReportQueries], object], tmp_path: Path
) -> None:
    async def play(stage: Stage) -> None:
        stage.damage(UNREADABLE[what])
        with (
            closing(ReportQueries.open(stage.journal)) as journal,
            pytest.raises(JournalError, match="move the file away"),
        ):
            ask(journal)

    played(tmp_path, play)


@pytest.mark.parametrize("table", ["sqlite_schema", "runs", "runs_of_path", "states", "told"])
def test_a_file_that_was_damaged_keeps_nobody_from_watching(table: str, tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        await stage.end()
        stage.overwrite(0 if table == "sqlite_schema" else stage.root_of(table))
        with capture_logs() as logs:
            await stage.start()
            await asyncio.sleep(150)
        assert stage.states == {State.UP}
        events = [line["event"] for line in logs if line["log_level"] in {"error", "critical"}]
        assert events == [
            "started without the journal",
            *["running without a journal"] * 3,
        ]
        assert "move the file away" in next(line["problem"] for line in logs if "problem" in line)
        exposed, _ = await stage.daemon.metrics.exposition("")
        (failures,) = re.findall(rb"probe_journal_errors_total\{.*\} (.*)", exposed)
        assert float(failures) == 3

    played(tmp_path, play)


def test_what_is_said_each_minute_of_a_damaged_file_is_what_to_do(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        await stage.end()
        stage.overwrite(stage.root_of("runs"))
        with capture_logs() as logs:
            await stage.start()
            await asyncio.sleep(70)
            stage.journal.rename(stage.folder / "away.db")
            await asyncio.sleep(60)
        said = [line for line in logs if line["event"] == "running without a journal"]
        assert all("move the file away" in line["problem"] for line in said)
        *before, after = [line["now"] for line in said]
        assert before
        assert all("malformed; move the file away" in now for now in before)
        assert "restart the daemon" in after

    played(tmp_path, play)


def test_a_reload_that_cannot_read_the_journal_takes_a_service_up_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(journal: Journal, service: str, path: str, limit: int) -> list[Run]:
        raise JournalError(f"{journal}, {service}, {path}, {limit}: malformed")

    async def play(stage: Stage) -> None:
        monkeypatch.setattr(Journal, "recent_runs", refused)
        stage.write("login", "api", "usage")
        with capture_logs() as logs:
            assert (await stage.daemon.reload()).successful
        events = {line["event"] for line in logs}
        assert {
            "service state not restored from the journal",
            "service shown without its history",
        } <= events
        await asyncio.sleep(30)
        assert stage.states == {State.UP}

    played(tmp_path, play)
