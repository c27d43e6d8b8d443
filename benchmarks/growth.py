"""Whether a long run leaves anything behind: memory and file descriptors over 200,000 runs."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Final

from benchmarks import bench
from benchmarks.bench import Pair, Site, TooBusyError
from benchmarks.figure import Figure
from benchmarks.process import children, open_files, resident_mb

PATHS: Final = 400
EVERY_S: Final = 2.0
WARM_UP_RUNS: Final = 40_000
"""100 of each path: the store of its last 60 runs is full by then."""

OUTAGE_S: Final = 20.0
"""Long enough for every path and its confirmations to time out."""

RUNS: Final = 200_000
LONGEST_S: Final = 1500.0
GROWTH: Final = 2.0
"""Percent."""

SKIPPED: Final = 0.01
"""A daemon that skips more runs than this share cannot keep up: its backlog is no growth."""

MADE: Final = "sum(probe_runs_total) or vector(0)"
LEFT_OUT: Final = "sum(probe_runs_skipped_total) or vector(0)"


def measure() -> Iterator[Figure]:
    """What is held after an outage and the warm-up runs, and after RUNS more."""
    with bench.filling(PATHS, EVERY_S) as (site, pair):
        _await(pair, PATHS)
        _outage(site)
        _await(pair, WARM_UP_RUNS)
        before, files = resident_mb(pair.prober.pid), _lasting_files(pair)
        skipped = bench.asked(pair.prometheus, LEFT_OUT)
        _await(pair, WARM_UP_RUNS + RUNS)
        after, files_after = resident_mb(pair.prober.pid), _lasting_files(pair)
        skipped = bench.asked(pair.prometheus, LEFT_OUT) - skipped
    if skipped > SKIPPED * RUNS:
        raise TooBusyError(f"{skipped:.0f} of {RUNS} runs were skipped")
    growth = 100 * (after / before - 1)
    yield Figure(what="resident after the warm-up", value=before, unit="MB")
    yield Figure(what=f"growth over {RUNS} runs", value=growth, unit="%", at_most=GROWTH)
    yield Figure(what="file descriptors before", value=files, unit="")
    yield Figure(what="file descriptors after", value=files_after, unit="", at_most=1.1 * files)


def _outage(site: Site) -> None:
    """Let every path hang at once, and its confirmations with it.

    The most runs that were ever under way together determine what a process holds from then on; a
    later hiccup of the machine, by chance, would look like growth.
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
    """Wait until that many runs were made; raises TooBusyError if that takes too long."""
    deadline = time.monotonic() + LONGEST_S
    while bench.asked(pair.prometheus, MADE) < runs:
        if time.monotonic() > deadline:
            raise TooBusyError(f"there were not {runs} runs within {LONGEST_S:g} s")
        time.sleep(1)


def _lasting_files(pair: Pair) -> int:
    """The fewest files open at any moment of three seconds.

    Runs come and go, more of them at once on a busier machine; what one leaves behind stays.
    """

    def files() -> int:
        time.sleep(0.01)
        return open_files(pair.prober.pid)

    return min(files() for _ in range(300))
