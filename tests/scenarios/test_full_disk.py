"""A disk that is full during an incident: the daemon goes on, says so, and loses nothing of it."""

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from itertools import repeat
from pathlib import Path

import pytest
from processes import Running, daemon, demo_config, put, simulator, until

pytestmark = pytest.mark.scenario


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False, timeout=20)
    except FileNotFoundError:
        pytest.skip("needs mount")
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a tmpfs: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=20)


def fill(folder: Path) -> Path:
    """A file that takes what is left, to the last block."""
    ballast, block = folder / "ballast", bytes(os.statvfs(folder).f_bsize)
    with ballast.open("wb", buffering=0) as stream, pytest.raises(OSError, match="No space left"):
        stream.writelines(repeat(block))
    return ballast


def total(watched: Running, metric: str) -> float:
    """The sum over all series of `metric`."""
    values = re.findall(rf"(?m)^{metric}{{.*}} (\S+)$", watched.get("/metrics"))
    assert values, metric
    return sum(map(float, values))


def asked(journal: Path, query: str) -> list[tuple[object, ...]]:
    """The answer of the file as it stands, read beside the daemon."""
    with closing(sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def configured(folder: Path, disk: Path, standin: str) -> Path:
    often = ("interval: 30s", "interval: 2s")
    return demo_config(folder, standin, often, journal=disk / "journal.db")


def test_a_start_on_a_full_disk_watches_and_says_that_nothing_is_kept(
    tmp_path: Path, disk: Path
) -> None:
    log = tmp_path / "second.log"
    with simulator(tmp_path / "simulator.log") as standin:
        with daemon(configured(tmp_path, disk, standin), log=tmp_path / "first.log") as watched:
            watched.await_verdict("standin", "healthy", 20)
        fill(disk)
        with daemon(configured(tmp_path, disk, standin), log=log) as watched:
            watched.await_verdict("standin", "healthy", 20)
            assert total(watched, "probe_journal_errors_total") >= 1
            put(f"{standin}/_simulator/faults", [{"on": "login_submit", "kind": "reset"}])
            watched.await_verdict("standin", "control_plane_down", 20)
    assert "started without the journal" in log.read_text()


def test_a_log_on_a_full_disk_keeps_nobody_from_watching(tmp_path: Path, disk: Path) -> None:
    log, ballast = disk / "daemon.log", fill(disk)
    with (
        simulator(tmp_path / "simulator.log") as standin,
        daemon(configured(tmp_path, tmp_path, standin), log=log) as watched,
    ):
        watched.await_verdict("standin", "healthy", 20)
        put(f"{standin}/_simulator/faults", [{"on": "login_submit", "kind": "reset"}])
        watched.await_verdict("standin", "control_plane_down", 20)
        assert log.read_bytes() == b""
        ballast.unlink()
        assert watched.program.end() == 0
    last = json.loads(log.read_text().splitlines()[-1])
    assert last["event"] == "stopped"


def test_an_incident_on_a_full_disk_is_watched_told_and_kept(tmp_path: Path, disk: Path) -> None:
    journal, log = disk / "journal.db", tmp_path / "daemon.log"
    with (
        simulator(tmp_path / "simulator.log") as standin,
        daemon(configured(tmp_path, disk, standin), log=log) as watched,
    ):
        watched.await_verdict("standin", "healthy", 20)
        assert total(watched, "probe_journal_errors_total") == 0
        ballast = fill(disk)
        until(lambda: total(watched, "probe_journal_errors_total"), 20, "it is counted")
        put(f"{standin}/_simulator/faults", [{"on": "login_submit", "kind": "reset"}])
        watched.await_verdict("standin", "control_plane_down", 20)
        incident = watched.service("standin")["incident"]
        assert watched.get("/-/healthy")
        put(f"{standin}/_simulator/faults", [])
        watched.await_verdict("standin", "healthy", 40)
        assert asked(journal, "SELECT id FROM incidents") == []
        ballast.unlink()
        until(lambda: asked(journal, "SELECT id FROM incidents"), 20, "the journal recovers")
        errors = total(watched, "probe_journal_errors_total")
        runs = total(watched, "probe_runs_total")
        until(lambda: total(watched, "probe_runs_total") > runs + 20, 20, "runs go on")
        assert total(watched, "probe_journal_errors_total") == errors
        assert watched.program.end() == 0
    assert "free some disk space or shorten retention:" in log.read_text("utf-8")
    assert asked(journal, "SELECT id, worst FROM incidents") == [(incident, "control_plane_down")]
    changes = asked(journal, "SELECT old, new FROM transitions ORDER BY number")
    assert changes[-2:] == [("healthy", "control_plane_down"), ("control_plane_down", "healthy")]
    ((longest,),) = asked(
        journal,
        "SELECT max(gap) FROM (SELECT started_at - lag(ended_at) OVER (ORDER BY ended_at) AS gap"
        " FROM runs WHERE path = 'login')",
    )
    assert isinstance(longest, float)
    assert longest < 8, "runs of the time without space are missing"
