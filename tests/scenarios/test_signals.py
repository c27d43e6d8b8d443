"""Signals at moments when nobody expects them."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from processes import Running, free_port, program, until

pytestmark = pytest.mark.scenario
ENDED_BY_SIGTERM = 128 + signal.SIGTERM


PROBE = (sys.executable, "-m", "probe")
IN_THE_BACKGROUND = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
"""As a shell without job control starts what ends in `&`: with SIGINT ignored."""

TOLD_TWICE = """
import asyncio, signal
from probe.__main__ import main

due = []
signal.signal(signal.SIGUSR1, lambda *_: due.extend([signal.SIGTERM] * 2))
run = asyncio.Handle._run

def told(handle):
    if due and "task_wakeup" in repr(handle):
        signal.raise_signal(due.pop())
    run(handle)

asyncio.Handle._run = told
main()
"""
"""Told to end when the loop has taken a task's wake-up from its queue and not called it yet."""


INTERRUPTED = """
import signal, sys
from probe.__main__ import main

class Interrupting:
    def find_spec(self, name, *_):
        if name == "probe.cli.commands":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
main()
"""
"""Interrupted while it loads."""


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(20)
        yield server


def written(folder: Path, server: socket.socket) -> Path:
    file = folder / "probe.yaml"
    steps = f"[{{request: GET http://127.0.0.1:{server.getsockname()[1]}/}}]"
    file.write_text(
        f"listen: 127.0.0.1:{free_port()}\ndefaults: {{interval: 30s, timeout: 20s}}\n"
        f"services: [{{name: acme, paths: [{{name: api, plane: data, steps: {steps}}}]}}]\n"
    )
    return file


@pytest.mark.parametrize("start", [(), IN_THE_BACKGROUND], ids=["", "in the background"])
def test_once_does_not_end_as_a_success_when_it_is_ended(
    tmp_path: Path, silent: socket.socket, start: tuple[str, ...]
) -> None:
    config = written(tmp_path, silent)
    with program(*start, *PROBE, "once", config, log=tmp_path / "log") as once:
        with closing(silent.accept()[0]):
            once.process.terminate()
            assert once.process.wait(10) == ENDED_BY_SIGTERM
        assert "Traceback" not in once.text()


def test_a_command_that_is_interrupted_while_it_loads_ends_without_a_word() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, "schema"], capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + signal.SIGINT, b"", b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_ended_says_nothing_of_broken_tasks_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    port, folder = free_port(), tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    options = ("--port", str(port), "--speed", "30")
    with program(*PROBE, "demo", *options, log=tmp_path / "log") as demo:
        page = Running(program=demo, address=f"http://127.0.0.1:{port}")
        until(lambda: page.verdict("standin") == "healthy", 30, "the demo is under way")
        demo.process.send_signal(number)
        assert demo.process.wait(10) == 128 + number
        assert "Traceback" not in demo.text()
        assert "unexpectedly" not in demo.text()
    assert list(folder.iterdir()) == []


def test_a_demo_that_outlives_its_terminal_by_nohup_goes_on(tmp_path: Path) -> None:
    port = free_port()
    options = ("demo", "--port", str(port), "--speed", "30")
    with program("nohup", *PROBE, *options, log=tmp_path / "log") as demo:
        page = Running(program=demo, address=f"http://127.0.0.1:{port}")
        until(lambda: page.verdict("standin") == "healthy", 30, "the demo is under way")
        demo.process.send_signal(signal.SIGHUP)
        demo.process.terminate()
        assert demo.process.wait(10) == ENDED_BY_SIGTERM


def test_a_demo_that_is_told_twice_to_end_loses_no_task_over_it(tmp_path: Path) -> None:
    port = free_port()
    options = ("demo", "--port", str(port))
    with program(sys.executable, "-c", TOLD_TWICE, *options, log=tmp_path / "log") as demo:
        page = Running(program=demo, address=f"http://127.0.0.1:{port}")
        until(lambda: page.verdict("standin") == "healthy", 30, "the demo is under way")
        assert demo.end(signal.SIGUSR1) == ENDED_BY_SIGTERM
        assert "Traceback" not in demo.text()


def test_a_reload_that_is_asked_of_a_daemon_while_it_loads_waits_until_it_can(
    tmp_path: Path, silent: socket.socket
) -> None:
    config = written(tmp_path, silent)
    with program(*PROBE, "run", config, log=tmp_path / "log") as daemon:
        until(lambda: blocks(daemon.process.pid, signal.SIGHUP), 10, "it waits for reloads")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "configuration reloaded" in daemon.text(), 20, "it took the file anew")
        assert daemon.process.poll() is None


def blocks(process: int, number: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigBlk"))
    return bool(int(mask.split()[1], 16) >> (number - 1) & 1)
