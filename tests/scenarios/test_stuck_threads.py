"""The end of a command while a thread of it waits for a disk or a resolver that hangs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from apart import run_apart
from processes import CHECKOUT, Running, daemon, free_port, until

pytestmark = pytest.mark.scenario

CONFIG = """
listen: LISTEN
journal: {folder}/journal.db
services:
  - name: acme
    paths: [{{name: api, plane: data, steps: [{{request: "GET http://{host}/"}}]}}]
"""

WITH_A_PART_THAT_BREAKS = """
import asyncio, sys, threading
from probe.__main__ import main
from probe.running.daemon import Daemon

async def review(_):
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    raise ValueError("broken part")

Daemon._review = review
sys.argv.insert(1, "run")
main()
"""

WITH_A_RESOLVER_THAT_HANGS = """
import socket, sys, threading
from probe.__main__ import main

socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
sys.argv.insert(1, "once")
main()
"""

POOLED = (os.cpu_count() or 1) + 4
"""Threads that asyncio has for what names none of its own."""


def configured(folder: Path, host: str) -> Path:
    file = folder / "probe.yaml"
    file.write_text(CONFIG.format(folder=folder, host=host))
    return file


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Running]:
    config = configured(tmp_path, "127.0.0.1:1")
    with daemon(config, log=tmp_path / "daemon.log") as running:
        yield running


@contextmanager
def hanging(file: Path, watched: Running) -> Iterator[None]:
    """Let who reads `file` wait as on a disk that hangs; to be left once a thread of ours does."""
    threads = Path(f"/proc/{watched.program.process.pid}/task")
    before = len(list(threads.iterdir()))
    file.unlink()
    os.mkfifo(file)
    yield
    until(lambda: len(list(threads.iterdir())) > before, 10, "somebody reads it")


def ends_in_time(running: Running) -> bool:
    began = time.monotonic()
    return running.program.end() == 0 and time.monotonic() - began < 5


def test_a_configuration_that_cannot_be_read_to_its_end_delays_no_end(
    watched: Running, tmp_path: Path
) -> None:
    with hanging(tmp_path / "probe.yaml", watched):
        watched.program.process.send_signal(signal.SIGHUP)
    assert ends_in_time(watched)


def test_a_reader_who_asks_a_journal_that_hangs_delays_no_end(
    watched: Running, tmp_path: Path
) -> None:
    page = urlsplit(watched.address)
    with socket.create_connection((page.hostname, page.port)) as reader:
        with hanging(tmp_path / "journal.db", watched):
            reader.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert ends_in_time(watched)


def test_readers_who_give_up_on_a_journal_that_hangs_keep_no_metrics_from_others(
    watched: Running, tmp_path: Path
) -> None:
    with hanging(tmp_path / "journal.db", watched):
        for number in range(POOLED):
            with pytest.raises(TimeoutError):
                urlopen(f"{watched.address}/incidents/{number}", timeout=0.3)
    for packed in ("gzip", "identity"):
        asked = Request(f"{watched.address}/metrics", headers={"Accept-Encoding": packed})
        with urlopen(asked, timeout=2) as answer:
            assert answer.status == 200
            assert answer.read()
    assert ends_in_time(watched)


def ended_beside_a_resolver_that_hangs(folder: Path) -> None:
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(("127.0.0.1", 53))
    with daemon(folder / "probe.yaml", log=folder / "daemon.log") as running:
        resolver.recv(512)
        assert ends_in_time(running)


def test_a_resolver_that_hangs_delays_no_end(tmp_path: Path) -> None:
    configured(tmp_path, "acme.example")
    run_apart("scenarios.test_stuck_threads", "ended_beside_a_resolver_that_hangs", tmp_path)


def ran(code: str, config: Path) -> subprocess.CompletedProcess[str]:
    """A process of Python that has run `code`."""
    return subprocess.run(
        [sys.executable, "-c", code, str(config)],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=CHECKOUT,
        check=False,
    )


def test_a_resolver_that_hangs_delays_no_end_of_a_single_run(tmp_path: Path) -> None:
    config = configured(tmp_path, "acme.example")
    text = config.read_text().replace("LISTEN", f"127.0.0.1:{free_port()}")
    config.write_text(f"{text}\ndefaults: {{timeout: 100ms}}\n")
    ended = ran(WITH_A_RESOLVER_THAT_HANGS, config)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "acme/api timed_out" in ended.stdout


def test_a_part_that_breaks_while_a_thread_hangs_ends_the_daemon_and_is_named(
    tmp_path: Path,
) -> None:
    config = configured(tmp_path, "127.0.0.1:1")
    config.write_text(config.read_text().replace("LISTEN", f"127.0.0.1:{free_port()}"))
    ended = ran(WITH_A_PART_THAT_BREAKS, config)
    assert ended.returncode == 3, ended.stderr
    told = json.loads(ended.stderr.splitlines()[-1])
    assert (told["level"], told["event"], told["cause"]) == (
        "critical",
        "the task 'review' ended unexpectedly",
        "ValueError('broken part')",
    )
