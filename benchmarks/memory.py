"""Resident memory and file descriptors, with 50 and with 1,000 paths, and over 200,000 runs."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from benchmarks import bench
from benchmarks.bench import Pair, Site, TooBusyError
from benchmarks.figure import Figure
from benchmarks.process import children, open_files, resident_mb
from benchmarks.targets import Targets

SETTLING_S: Final = 60.0
SIZES: Final = {50: 60.0, 1000: 150.0}
"""How many MB so many paths may take."""

MANY: Final = 400
EVERY_S: Final = 1.0
WARM_UP_RUNS: Final = 40_000
"""100 of each path: what is kept of its last 60 runs is full by then."""

OUTAGE_S: Final = 20.0
"""As long as it takes until every path has timed out and its confirmations have."""

RUNS: Final = 200_000
LONGEST_S: Final = 1500.0
GROWTH: Final = 2.0
"""Percent."""

MADE: Final = "sum(probe_runs_total) or vector(0)"


def measure() -> Iterator[Figure]:
    """Each size, with a journal and scraped; then whether a long run leaves anything behind."""
    sizes = {}
    for paths, at_most in SIZES.items():
        with _running(paths, 10.0) as (_, pair):
            time.sleep(SETTLING_S)
            sizes[paths] = used = resident_mb(pair.prober.pid)
        yield Figure(what=f"resident with {paths} paths", value=used, unit="MB", at_most=at_most)
    few, many = sizes
    each = 1000 * (sizes[many] - sizes[few]) / (many - few)
    yield Figure(what="a further path", value=each, unit="kB")
    with _running(MANY, EVERY_S) as (site, pair):
        _await(pair, MANY)
        _outage(site)
        _await(pair, WARM_UP_RUNS)
        before, files = resident_mb(pair.prober.pid), _most_files(pair)
        _await(pair, WARM_UP_RUNS + RUNS)
        after, files_after = resident_mb(pair.prober.pid), _most_files(pair)
    growth = 100 * (after / before - 1)
    yield Figure(what=f"growth over {RUNS} runs", value=growth, unit="%", at_most=GROWTH)
    yield Figure(what="file descriptors before, at most", value=files, unit="")
    yield Figure(
        what="file descriptors after, at most", value=files_after, unit="", at_most=1.1 * files
    )


@contextmanager
def _running(paths: int, interval_s: float) -> Iterator[tuple[Site, Pair]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(bench.site(folder))
        targets = Targets(base=site.http, count=paths, interval_s=interval_s)
        journal = folder / "journal.db"
        ours = bench.our_pair(targets, folder, journal, scraped_every_s=10.0)
        yield site, stack.enter_context(ours)


def _outage(site: Site) -> None:
    """Let every path hang at once, and its confirmations with it.

    The most runs that were ever under way together decide what a process holds from then on, and a
    hiccup of the machine that came by chance, later, would look like growth.
    """
    workers = children(site.pid)
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        time.sleep(OUTAGE_S)
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


def _await(pair: Pair, runs: int) -> None:
    """Wait until so many runs were made; fails where that takes too long."""
    deadline = time.monotonic() + LONGEST_S
    while bench.asked(pair.prometheus, MADE) < runs:
        if time.monotonic() > deadline:
            raise TooBusyError(f"there were not {runs} runs within {LONGEST_S:g} s")
        time.sleep(1)


def _most_files(pair: Pair) -> int:
    """The most that are open at a moment of a second: runs come and go."""
    seen = 0
    for _ in range(100):
        seen = max(seen, open_files(pair.prober.pid))
        time.sleep(0.01)
    return seen
