"""A journal that another program holds: it freezes nothing that is told, and delays no end."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from processes import Running, daemon, demo_config, put, until

pytestmark = pytest.mark.scenario


@pytest.fixture
def watched(tmp_path: Path, standin: str) -> Iterator[Running]:
    file = demo_config(tmp_path, standin, ("interval: 30s", "interval: 2s"))
    with daemon(file, log=tmp_path / "daemon.log") as running:
        running.await_verdict("standin", "healthy", 20)
        yield running


@contextmanager
def held(journal: Path) -> Iterator[None]:
    connection = sqlite3.connect(journal, isolation_level=None, timeout=10)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def errors(watched: Running) -> float:
    (count,) = re.findall(r"(?m)^probe_journal_errors_total{.*} (\S+)$", watched.get("/metrics"))
    return float(count)


def lines(watched: Running, words: str) -> int:
    return watched.program.text().count(f'"event": "{words}"')


def test_a_verdict_waits_a_second_at_most_for_a_journal_that_is_held(
    watched: Running, standin: str, tmp_path: Path
) -> None:
    with held(tmp_path / "journal.db"):
        until(lambda: errors(watched), 10, "it is counted")
        put(f"{standin}/_simulator/faults", [{"on": "login_submit", "kind": "reset"}])
        watched.await_verdict("standin", "control_plane_down", 20)
        reached = datetime.fromisoformat(watched.service("standin")["since"])
        waited_s = (datetime.now(UTC) - reached).total_seconds()
        assert lines(watched, "journal failed") == 1
    until(lambda: lines(watched, "journal works again"), 20, "it works again")
    assert waited_s < 1 + 1, "the second, and one more"
    assert watched.program.end() == 0
    with closing(sqlite3.connect(tmp_path / "journal.db")) as journal, journal:
        changes = journal.execute("SELECT old, new FROM transitions ORDER BY number").fetchall()
    assert changes[-1] == ("healthy", "control_plane_down")


def test_sigterm_ends_the_daemon_within_five_seconds_while_its_journal_is_held(
    watched: Running, standin: str, tmp_path: Path
) -> None:
    with held(tmp_path / "journal.db"):
        until(lambda: errors(watched), 10, "it is counted")
        put(f"{standin}/_simulator/faults", [{"on": "all", "kind": "hang"}])
        time.sleep(3)
        began = time.monotonic()
        assert watched.program.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5
    assert lines(watched, "journal not written to the end") == 1


def test_a_second_daemon_on_the_same_journal_is_told_so_and_disturbs_nothing(
    watched: Running, tmp_path: Path
) -> None:
    second = tmp_path / "second.yaml"
    text = (tmp_path / "probe.yaml").read_text()
    second.write_text(re.sub(r"(?m)^listen: .*$", "listen: 127.0.0.1:0", text))
    command = [sys.executable, "-m", "probe", "run", str(second)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "another daemon writes it; stop that one or name another file" in ended.stderr
    assert watched.verdict("standin") == "healthy"
    assert errors(watched) == 0
