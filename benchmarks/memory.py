"""Resident memory, with 50 and with 1,000 paths."""

import time
from collections.abc import Iterator
from typing import Final

from benchmarks import bench
from benchmarks.figure import Figure
from benchmarks.process import resident_mb

SETTLING_S: Final = 60.0
SIZES: Final = {50: 60.0, 1000: 150.0}
"""How many MB that many paths may take."""


def measure() -> Iterator[Figure]:
    """Each size, with a journal and scrapes."""
    sizes = {}
    for paths, at_most in SIZES.items():
        with bench.filling(paths, 10.0) as (_, pair):
            time.sleep(SETTLING_S)
            sizes[paths] = used = resident_mb(pair.prober.pid)
        yield Figure(what=f"resident with {paths} paths", value=used, unit="MB", at_most=at_most)
    few, many = sizes
    each = 1000 * (sizes[many] - sizes[few]) / (many - few)
    yield Figure(what="a further path", value=each, unit="kB")
