"""How accurate measured durations are: a server answers after exactly 50 ms, 100 times a second.

`/metrics` is scraped every second meanwhile. The daemon's durations come from its journal, those of
blackbox_exporter from the Prometheus that has it probe the same number of targets as often; each
side has its own server.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks import bench
from benchmarks.bench import Server
from benchmarks.figure import Figure, spread
from benchmarks.targets import Targets
from probe.reporting.journal import opening

HELD_S: Final = 0.05
PATHS: Final = 500
INTERVAL_S: Final = 5.0
WARM_UP_S: Final = 15.0
WATCHED_S: Final = 60.0


def measure() -> Iterator[Figure]:
    """The error's median and 99th percentile, ours and theirs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bases = [stack.enter_context(bench.clockwork(HELD_S, folder / side)) for side in ("a", "b")]
        targets = Targets(base=bases[0], count=PATHS, interval_s=INTERVAL_S)
        journal = folder / "journal.db"
        stack.enter_context(bench.our_pair(targets, folder, journal, scraped_every_s=1.0))
        theirs = stack.enter_context(bench.their_pair(replace(targets, base=bases[1]), folder))
        time.sleep(WARM_UP_S)
        since = time.time()
        time.sleep(WATCHED_S)
        until = time.time()
        errors = {
            "splitprobe": spread(_ours(journal, since, until)),
            "blackbox_exporter": spread(_theirs(theirs.prometheus, until)),
        }
    for place, (word, at_most) in enumerate({"median": 1.0, "99th percentile": 5.0}.items()):
        theirs_ms = 1000 * errors["blackbox_exporter"][place]
        ours_ms = 1000 * errors["splitprobe"][place]
        yield Figure(
            what=f"error, {word}: splitprobe",
            value=ours_ms,
            unit="ms",
            at_most=min(at_most, theirs_ms),
        )
        yield Figure(what=f"error, {word}: blackbox_exporter", value=theirs_ms, unit="ms")


def _ours(journal: Path, since: float, until: float) -> list[float]:
    query = "SELECT ended_at - started_at FROM runs WHERE ended_at >= ? AND ended_at < ?"
    with closing(opening.for_reading(journal)) as connection:
        return [abs(lasted - HELD_S) for (lasted,) in connection.execute(query, (since, until))]


def _theirs(prometheus: Server, until: float) -> list[float]:
    query = quote(f"probe_duration_seconds[{WATCHED_S:g}s]")
    with urlopen(f"{prometheus.address}/api/v1/query?query={query}&time={until}") as answer:
        found = json.loads(answer.read())["data"]["result"]
    return [abs(float(value) - HELD_S) for series in found for _, value in series["values"]]
