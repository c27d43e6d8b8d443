"""Whether two processes that share the services cost what one costs for all of them.

One daemon runs the whole configuration, two run a half each, all at once against the same nginx.
The probes are counted by each daemon's own metrics.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from processes import free_port

from benchmarks import bench
from benchmarks.bench import Server
from benchmarks.figure import Figure
from benchmarks.process import cpu_s, resident_mb
from benchmarks.targets import Targets

WARM_UP_S: Final = 20.0
WATCHED_S: Final = 60.0
SHARDS: Final = 2
DEARER: Final = 1.1
"""How many times as much two may cost as one."""

MANY: Final = 10_000
MANY_EVERY_S: Final = 30.0
INTERVAL_S: Final = 10.0
TARGETS: Final = round(MANY * INTERVAL_S / MANY_EVERY_S)
"""As many runs a second as `MANY` paths make: at a lower rate a process costs more per run."""


def measure() -> Iterator[Figure]:
    """CPU per probe, of one and of two, and the memory of the larger shard."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(bench.site(folder))
        targets = Targets(base=site.http, count=TARGETS, interval_s=INTERVAL_S)
        whole = [stack.enter_context(bench.probing(targets, folder))]
        parts = [
            stack.enter_context(_shard(folder / "probe.yaml", number)) for number in range(SHARDS)
        ]
        time.sleep(WARM_UP_S)
        before = [_spent(side) for side in (whole, parts)]
        time.sleep(WATCHED_S)
        after = [_spent(side) for side in (whole, parts)]
        resident = max(resident_mb(part.pid) for part in parts)
    one, two = (
        1000 * (end[0] - begin[0]) / (end[1] - begin[1])
        for begin, end in zip(before, after, strict=True)
    )
    yield Figure(what="one process for all", value=one, unit="ms a probe")
    yield Figure(what=f"{SHARDS} shards", value=two, unit="ms a probe")
    yield Figure(what=f"{SHARDS} shards against one", value=two / one, unit="", at_most=DEARER)
    yield Figure(what="resident, the larger of them", value=resident, unit="MB")
    cores = two / 1000 * MANY / MANY_EVERY_S
    yield Figure(what=f"{MANY} paths every {MANY_EVERY_S:g} s need", value=cores, unit="cores")


def _shard(config: Path, number: int) -> AbstractContextManager[Server]:
    address = f"127.0.0.1:{free_port()}"
    share = ("--shard", f"{number}/{SHARDS}", "--listen", address)
    command = (sys.executable, "-m", "probe", "run", str(config), *share)
    log = config.with_name(f"shard-{number}.log")
    return bench.answering(command, f"http://{address}", "/-/healthy", log)


def _spent(daemons: Sequence[Server]) -> tuple[float, float]:
    """Seconds of CPU, and runs made."""
    return sum(cpu_s(each.pid) for each in daemons), sum(map(_runs, daemons))


def _runs(daemon: Server) -> float:
    with urlopen(f"{daemon.address}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    counts = re.findall(r"^probe_runs_total\{.*\} (\S+)$", text, re.MULTILINE)
    return sum(map(float, counts))
