"""How long `probe check` takes with 50 paths, and `probe run` until its first request arrives.

Both include the interpreter, every import and the whole check.
"""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from compileall import compile_dir
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Final

import probe
from benchmarks.figure import Figure
from benchmarks.targets import Targets

PATHS: Final = 50
ROUNDS: Final = 11


def measure() -> Iterator[Figure]:
    """The medians."""
    compile_dir(Path(probe.__file__).parent, quiet=1)  # as pip and the image do
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as target:
        base = "http://127.0.0.1:{1}".format(*target.getsockname())
        targets = Targets(base=base, count=PATHS, interval_s=30)
        config = targets.daemon(Path(folder, "probe.yaml"))
        config.write_text(config.read_text("utf-8").replace("LISTEN", "127.0.0.1:0"), "utf-8")
        check = (sys.executable, "-m", "probe", "check", str(config))
        run = (sys.executable, "-m", "probe", "run", str(config))
        checked = median(_seconds(check) for _ in range(ROUNDS))
        begun = median(_seconds_until_asked(run, target) for _ in range(ROUNDS))
    yield Figure(what="import and check of 50 paths", value=checked, unit="s", at_most=0.6)
    yield Figure(what="start to the first run of 50 paths", value=begun, unit="s", at_most=2.0)


def _seconds(command: tuple[str, ...]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _seconds_until_asked(command: tuple[str, ...], target: socket.socket) -> float:
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        asked, _ = target.accept()
        seconds = time.perf_counter() - began
        asked.close()
        daemon.kill()
    _forget_who_waits(target)
    return seconds


def _forget_who_waits(target: socket.socket) -> None:
    target.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            target.accept()[0].close()
    target.setblocking(True)
