"""The daemon as a process: beside the simulator, on signals, on bad input."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from processes import (
    CHECKOUT,
    UP_WITHIN_S,
    Running,
    daemon,
    demo_config,
    free_port,
    program,
    put,
    until,
)

pytestmark = pytest.mark.scenario
INTERVAL_S = 5


def _config(folder: Path, standin: str, timeout_s: int = 3) -> Path:
    often, soon = ("interval: 30s", "interval: 5s"), ("timeout: 8s", f"timeout: {timeout_s}s")
    file = demo_config(folder, standin, often, soon)
    file.write_text(f"enable_reload: true\n{file.read_text()}")
    return file


@pytest.fixture
def watched(tmp_path: Path, standin: str) -> Iterator[Running]:
    with daemon(_config(tmp_path, standin), log=tmp_path / "daemon.log") as running:
        yield running


def test_a_login_fault_is_confirmed_within_ten_seconds_and_the_steps_time_out(
    watched: Running, standin: str
) -> None:
    watched.await_verdict("standin", "healthy", 15)
    put(f"{standin}/_simulator/faults", [{"on": "login_submit", "kind": "hang"}])
    began = time.monotonic()
    watched.await_verdict("standin", "control_plane_down", 30)
    assert time.monotonic() - began <= 10 + 3 + 1
    login = next(p for p in watched.service("standin")["paths"] if p["name"] == "login")
    assert login["state"] == "down"
    put(f"{standin}/_simulator/faults", [])
    watched.await_verdict("standin", "healthy", 40)


def test_a_login_that_hangs_for_long_is_confirmed_within_ten_seconds_more(
    tmp_path: Path, standin: str
) -> None:
    with daemon(_config(tmp_path, standin, 10), log=tmp_path / "daemon.log") as watched:
        watched.await_verdict("standin", "healthy", 15)
        put(f"{standin}/_simulator/faults", [{"on": "login_submit", "kind": "hang"}])
        began = time.monotonic()
        watched.await_verdict("standin", "control_plane_down", 30)
        assert time.monotonic() - began <= 10 + 10 + 1


def test_an_api_outage_reads_as_the_reverse_split(watched: Running, standin: str) -> None:
    watched.await_verdict("standin", "healthy", 15)
    put(f"{standin}/_simulator/faults", [{"on": "data", "kind": "reset"}])
    watched.await_verdict("standin", "data_plane_down", 20)


def test_sigterm_ends_the_daemon_within_five_seconds_with_runs_in_flight(
    watched: Running, standin: str
) -> None:
    watched.await_verdict("standin", "healthy", 15)
    put(f"{standin}/_simulator/faults", [{"on": "all", "kind": "hang"}])
    time.sleep(INTERVAL_S)
    began = time.monotonic()
    assert watched.program.end() == 0
    assert time.monotonic() - began < 5


def test_what_was_shown_survives_kill_nine(tmp_path: Path, standin: str) -> None:
    config = _config(tmp_path, standin)
    with daemon(config, log=tmp_path / "first.log") as running:
        running.await_verdict("standin", "healthy", 15)
        put(
            f"{standin}/_simulator/faults",
            [{"on": "login_submit", "kind": "status", "status": 500}],
        )
        running.await_verdict("standin", "control_plane_down", 20)
        incident = running.service("standin")["incident"]
        assert incident
        running.program.end(signal.SIGKILL)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as journal, journal:
        (runs,) = journal.execute("select count(*) from runs").fetchone()
    assert runs > 20
    config.write_text(
        re.sub(r"^listen: .*$", "listen: LISTEN", config.read_text(), flags=re.MULTILINE)
    )
    with daemon(config, log=tmp_path / "second.log") as running:
        assert running.verdict("standin") == "control_plane_down"
        assert running.service("standin")["incident"] == incident


def _paths(watched: Running) -> set[str]:
    return {path["name"] for path in watched.service("standin")["paths"]}


def test_a_reload_takes_a_good_file_and_refuses_a_bad_one(watched: Running, tmp_path: Path) -> None:
    watched.await_verdict("standin", "healthy", 15)
    config = tmp_path / "probe.yaml"
    good = config.read_text()
    config.write_text(good.replace("usage", "quota").replace("/api/quota", "/api/usage"))
    watched.program.process.send_signal(signal.SIGHUP)
    until(lambda: "quota" in _paths(watched), 5, "the new path is there")
    config.write_text(good.replace("plane: data", "plane: dota"))
    watched.program.process.send_signal(signal.SIGHUP)
    refused = 'probe_config_last_reload_successful{location="demo"} 0.0'
    until(lambda: refused in watched.get("/metrics"), 5, "the refusal is counted")
    assert "a plane is control or data" in watched.program.text()
    assert watched.verdict("standin") == "healthy"


def test_an_address_in_use_is_a_clear_sentence_and_exit_status_two(
    tmp_path: Path, standin: str
) -> None:
    config = _config(tmp_path, standin)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config.write_text(config.read_text().replace("LISTEN", f"127.0.0.1:{port}"))
        ended = _run("run", str(config))
    assert ended.returncode == 2
    assert "address" in ended.stderr


def test_an_unreachable_journal_folder_is_a_clear_sentence_and_exit_status_two(
    tmp_path: Path, standin: str
) -> None:
    config = _config(tmp_path, standin)
    text = config.read_text().replace(f"{tmp_path}/journal.db", "/nonexistent/journal.db")
    config.write_text(text.replace("LISTEN", "127.0.0.1:0"))
    ended = _run("run", str(config))
    assert ended.returncode == 2
    assert "/nonexistent" in ended.stderr


def test_check_prints_every_problem_and_exits_with_two(tmp_path: Path) -> None:
    config = tmp_path / "bad.yaml"
    config.write_text("services:\n  - name: a b\n    paths: []\n    colour: red\n")
    ended = _run("check", str(config))
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 3


def test_once_shows_steps_and_its_exit_status_tells(tmp_path: Path, standin: str) -> None:
    config = _config(tmp_path, standin)
    config.write_text(config.read_text().replace("LISTEN", "127.0.0.1:0"))
    good = _run("once", str(config), "standin/login")
    assert (good.returncode, "submit: ok" in good.stdout) == (0, True)
    put(f"{standin}/_simulator/faults", [{"on": "models", "kind": "overload"}])
    bad = _run("once", str(config), "standin/api")
    assert (bad.returncode, "overloaded" in bad.stdout) == (1, True)
    assert _run("once", str(config), "standin/nothing").returncode == 2


def test_the_healthcheck_command_tells_a_running_daemon_from_none(watched: Running) -> None:
    assert _run("healthcheck", "--url", watched.address).returncode == 0
    assert _run("healthcheck", "--url", f"http://127.0.0.1:{free_port()}").returncode == 1


def test_the_first_run_is_seen_long_before_the_first_interval_is_over(
    tmp_path: Path, standin: str
) -> None:
    config = _config(tmp_path, standin)
    config.write_text(config.read_text().replace("interval: 5s", "interval: 1h"))
    with daemon(config, log=tmp_path / "daemon.log") as running:
        until(lambda: "probe_success{" in running.get("/metrics"), 60, "a run was seen")


def test_the_start_is_logged_with_the_page_to_click_and_with_what_is_listened_on(
    tmp_path: Path, standin: str
) -> None:
    config, port = _config(tmp_path, standin), free_port()
    config.write_text(config.read_text().replace("LISTEN", f"0.0.0.0:{port}"))
    with program(sys.executable, "-m", "probe", "run", config, log=tmp_path / "log") as started:
        until(lambda: '"event": "started"' in started.text(), UP_WITHIN_S, "it started")
        (line,) = (json.loads(line) for line in started.text().splitlines() if "started" in line)
    assert (line["page"], line["listen"]) == (f"http://127.0.0.1:{port}", f"0.0.0.0:{port}")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "probe", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, cwd=CHECKOUT, check=False
    )
