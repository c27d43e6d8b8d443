"""When runs start: 1,000 paths every 10 s, by the daemon's histogram and as their server sees them.

The daemon's own clock gives the lateness of the schedule: how many runs begin within a given time
of their slot. The server gives what it cannot be wrong about: which requests came, how evenly, and
how far apart. It does not know when the very first slot was, so the earliest arrival, less its
place in the interval, stands for it. The delay of an arrival after that includes making a client
ready and connecting, and how early the earliest began: the loop's timers are rounded to whole
milliseconds, also downwards.
"""

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks import bench
from benchmarks.bench import Server
from benchmarks.figure import Figure, spread
from benchmarks.targets import Targets
from probe.config.loading import load
from probe.running.schedule import offsets

PATHS: Final = 1000
INTERVAL_S: Final = 10.0
WARM_UP_S: Final = 20.0
WATCHED_S: Final = 100.0
BURST_S: Final = 0.1
LAG: Final = "probe_schedule_lag_seconds"
SHARES: Final = {0.001: 50.0, 0.005: 99.0}
"""The percentage of runs that must begin within that many seconds: median and 99th percentile."""

Arrivals = dict[str, list[float]]
"""When each URL's path was requested."""


def measure() -> Iterator[Figure]:
    """Lateness, lost runs, the busiest tenth of a second, and the same as the server sees it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places, in_time = _watch(folder)
        came = _arrivals(folder / "arrivals")
    p50, p99 = spread(_lateness(came, places))
    gaps = [after - before for of in came.values() for before, after in pairwise(of)]
    lost = sum(round(gap / INTERVAL_S) - 1 for gap in gaps)
    for within_s, percent in in_time.items():
        yield Figure(
            what=f"begun within {1000 * within_s:g} ms of its slot",
            value=percent,
            unit="%",
            at_least=SHARES[within_s],
        )
    yield Figure(what="at the server after the most punctual, median", value=1000 * p50, unit="ms")
    yield Figure(what="the same, 99th percentile", value=1000 * p99, unit="ms")
    yield Figure(what="runs seen", value=sum(map(len, came.values())), unit="")
    yield Figure(what="runs lost", value=lost + PATHS - len(came), unit="", at_most=0)
    mean = PATHS / INTERVAL_S * BURST_S
    busiest = _busiest(sorted(at for of in came.values() for at in of))
    yield Figure(
        what=f"most starts within {BURST_S:g} s, where {mean:g} are the mean",
        value=busiest,
        unit="",
        at_most=2 * mean,
    )


def _watch(folder: Path) -> tuple[dict[str, float], dict[float, float]]:
    """Let the daemon probe for a while.

    Returns each path's place in the interval, and the percentage of runs that began in time.
    """
    with ExitStack() as stack:
        base = stack.enter_context(bench.clockwork(0.0, folder / "arrivals"))
        targets = Targets(base=base, count=PATHS, interval_s=INTERVAL_S)
        pair = stack.enter_context(bench.our_pair(targets, folder))
        time.sleep(WARM_UP_S)
        before = _begun(pair.prometheus)
        time.sleep(WATCHED_S)
        after = _begun(pair.prometheus)
        settings = load(folder / "probe.yaml")
        places = {
            str(path.steps[0].request.url).removeprefix(base): offset
            for number, service in enumerate(settings.services)
            for path, offset in offsets(service, number)
        }
    runs = after[math.inf] - before[math.inf]
    return places, {bound: 100 * (after[bound] - before[bound]) / runs for bound in SHARES}


def _begun(prometheus: Server) -> dict[float, float]:
    """How many runs there were, by upper bound of their lateness."""
    queries = {bound: f'sum({LAG}_bucket{{le="{bound}"}})' for bound in SHARES}
    queries[math.inf] = f"sum({LAG}_count)"
    return {bound: bench.asked(prometheus, query) for bound, query in queries.items()}


def _arrivals(file: Path) -> Arrivals:
    """What came after the warm-up, up to the last whole interval."""
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    begin = float(lines[0][0]) + WARM_UP_S
    came: Arrivals = {}
    for at, path in lines:
        if begin <= float(at) < begin + WATCHED_S - INTERVAL_S:
            came.setdefault(path, []).append(float(at))
    return came


def _lateness(came: Arrivals, places: dict[str, float]) -> list[float]:
    """How much later each run came than the most punctual one."""
    half = INTERVAL_S / 2
    turns = [at - places[path] for path, of in came.items() for at in of]
    near = [(turn - turns[0] + half) % INTERVAL_S for turn in turns]
    earliest = min(near)
    return [turn - earliest for turn in near]


def _busiest(starts: list[float]) -> int:
    most = left = 0
    for right, at in enumerate(starts):
        while starts[left] < at - BURST_S:
            left += 1
        most = max(most, right - left + 1)
    return most
