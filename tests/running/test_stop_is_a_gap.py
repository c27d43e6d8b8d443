"""A daemon that was killed: a long stop is unknown time in a report, a short one is none."""

import os
import shutil
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from configured import acme
from made_runs import a_run

from probe.judging import availability
from probe.judging.service import begin, judge
from probe.model.clock import Clock
from probe.model.event import Observed, Reviewed
from probe.model.report import Stay
from probe.model.run import Run
from probe.model.state import Plane, State
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.store import Journal
from probe.running.remembering.rebuilding import remembered
from probe.running.restraint.politeness import Politeness

SETTINGS = acme({"name": "api", "plane": "data"})
(SERVICE,) = SETTINGS.services
NUMBERS = count()


def run(at: float) -> Run:
    return a_run(id=str(next(NUMBERS)), path="api", plane=Plane.DATA, started_at=at, duration_s=0.0)


def watch_until_killed(file: Path) -> None:
    """Ten good runs, one every 30 s, and then no chance to close anything."""
    journal, memory = Journal.open(file), begin(SERVICE, 0.0)
    for at in range(30, 330, 30):
        seen = run(float(at))
        memory = judge(memory, seen, fresh_until=at + 90.0).memory
        journal.record([Observed(run=seen, status=memory.status)])
    os.kill(os.getpid(), signal.SIGKILL)


def watch_again(file: Path, at: float) -> tuple[Stay, ...]:
    """A new daemon at `at`, its first run, and the path's time as a report tells it."""
    journal = Journal.open(file)
    clock = Clock(now=lambda: at, monotonic=lambda: at)
    memory = remembered(SERVICE, journal, Politeness(SETTINGS, clock.now()), at)
    seen = run(at)
    after = judge(memory, seen, fresh_until=at + 90.0).memory
    journal.record([Reviewed(status=memory.status), Observed(run=seen, status=after.status)])
    journal.close()
    reading = ReportQueries.open(file)
    try:
        return availability.stays(reading.spells(30.0, at + 60.0), 30.0, at + 60.0)
    finally:
        reading.close()


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, __file__, str(folder / "journal.db")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, check=False, timeout=60, env=env)
    assert ended.returncode == -signal.SIGKILL
    return folder


@pytest.fixture
def killed(left_behind: Path, tmp_path: Path) -> Path:
    """A journal as the killed daemon left it, with the log of what it wrote last."""
    return shutil.copytree(left_behind, tmp_path, dirs_exist_ok=True) / "journal.db"


def test_two_hours_after_a_kill_are_unknown_since_the_evidence_ended(killed: Path) -> None:
    assert watch_again(killed, 7500.0) == (
        Stay(state=State.UP, since=30.0, until=390.0),
        Stay(state=State.UNKNOWN, since=390.0, until=7500.0),
        Stay(state=State.UP, since=7500.0, until=7560.0),
    )


def test_a_quick_restart_after_a_kill_is_no_gap(killed: Path) -> None:
    assert watch_again(killed, 360.0) == (Stay(state=State.UP, since=30.0, until=420.0),)


def test_a_daemon_that_never_came_back_knows_nothing_after_its_evidence(killed: Path) -> None:
    reading = ReportQueries.open(killed)
    assert availability.stays(reading.spells(30.0, 1000.0), 30.0, 1000.0)[-1] == Stay(
        state=State.UNKNOWN, since=390.0, until=1000.0
    )
    reading.close()


if __name__ == "__main__":
    watch_until_killed(Path(sys.argv[1]))
