"""How long `probe check` takes with 50 paths: the interpreter, every import, the whole check."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from compileall import compile_dir
from pathlib import Path
from statistics import median
from typing import Final

import probe
from benchmarks.figure import Figure
from benchmarks.targets import Targets

PATHS: Final = 50
ROUNDS: Final = 11


def measure() -> Iterator[Figure]:
    """The median, and what the imports of the whole daemon take."""
    compile_dir(Path(probe.__file__).parent, quiet=1)  # as pip and the image do
    with tempfile.TemporaryDirectory() as folder:
        targets = Targets(base="http://127.0.0.1:1", count=PATHS, interval_s=30)
        config = targets.daemon(Path(folder, "probe.yaml"))
        config.write_text(config.read_text("utf-8").replace("LISTEN", "127.0.0.1:9632"), "utf-8")
        check = (sys.executable, "-m", "probe", "check", str(config))
        daemon = (sys.executable, "-c", "import probe.cli.commands, probe.running.live")
        checked = median(_seconds(check) for _ in range(ROUNDS))
        imported = median(_seconds(daemon) for _ in range(ROUNDS))
    yield Figure(what="import and check of 50 paths", value=checked, unit="s", at_most=0.6)
    yield Figure(what="import of the daemon", value=imported, unit="s")


def _seconds(command: tuple[str, ...]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began
