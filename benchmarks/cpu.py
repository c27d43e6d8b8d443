"""CPU per probe: the daemon and Prometheus's scrape of it, against blackbox_exporter and its own.

Both sides run at once on the same targets, each with its own Prometheus. A process's seconds come
from /proc/<pid>/stat over windows of whole intervals, after a warm-up; they are divided by the
probes that each side's Prometheus counted. Beside them runs the floor: a bare loop of aiohttp at
the same pace.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import bench
from benchmarks.bench import Pair
from benchmarks.figure import Figure
from benchmarks.process import cpu_s
from benchmarks.targets import Targets

TARGETS: Final = 600
INTERVAL_S: Final = 10.0
WARM_UP_S: Final = 30.0
WINDOW_S: Final = 30.0
WINDOWS: Final = 3
OURS: Final = "sum(probe_runs_total)"
THEIRS: Final = "sum(count_over_time(probe_success[1h]))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One way to probe, and the share of the exporter's CPU that it may take."""

    name: str
    secure: bool
    connection: str
    at_most: float
    journal: bool = False


STAGES: Final = (
    Stage(name="plain HTTP", secure=False, connection="fresh", at_most=0.45),
    Stage(name="fresh TLS", secure=True, connection="fresh", at_most=0.75),
    Stage(name="plain HTTP, reused", secure=False, connection="reuse", at_most=0.3),
    Stage(
        name="plain HTTP with a journal",
        secure=False,
        connection="fresh",
        at_most=0.45,
        journal=True,
    ),
)


def measure() -> Iterator[Figure]:
    """Every stage, one after the other."""
    for stage in STAGES:
        yield from _compared(stage)


def _compared(stage: Stage) -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(bench.site(folder))
        targets = Targets(
            base=site.https if stage.secure else site.http,
            count=TARGETS,
            interval_s=INTERVAL_S,
            connection=stage.connection,
            authority=site.authority if stage.secure else None,
        )
        journal = folder / "journal.db" if stage.journal else None
        ours = stack.enter_context(bench.our_pair(targets, folder, journal))
        theirs = stack.enter_context(bench.their_pair(targets, folder))
        floor = Floor(pid=stack.enter_context(bench.bare(targets, folder)))
        ms = _ms_per_probe({OURS: ours, THEIRS: theirs}, floor)
    yield from _shares(stage, ms, floor.ms_per_request)


def _shares(stage: Stage, ms: dict[str, tuple[float, float]], floor_ms: float) -> Iterator[Figure]:
    names = {
        OURS: ("the daemon", "Prometheus's scrape of it"),
        THEIRS: ("blackbox_exporter", "Prometheus's scrapes of it"),
    }
    for query, parts in names.items():
        for part, value in zip(parts, ms[query], strict=True):
            yield Figure(what=f"{stage.name}: {part}", value=value, unit="ms a probe")
    yield Figure(
        what=f"{stage.name}: a bare loop of aiohttp, no checks",
        value=floor_ms,
        unit="ms a request",
    )
    theirs = sum(ms[THEIRS])
    yield Figure(what=f"{stage.name}: share of the bare loop", value=floor_ms / theirs, unit="")
    share = sum(ms[OURS]) / theirs
    yield Figure(
        what=f"{stage.name}: share of blackbox_exporter and Prometheus",
        value=share,
        unit="",
        at_most=stage.at_most,
    )


class Floor:
    """What the bare loop spends, noted at the same times as the others."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._used: list[float] = []
        self._at: list[float] = []

    def note(self) -> None:
        """Note its CPU time now."""
        self._used.append(cpu_s(self._pid))
        self._at.append(time.monotonic())

    @property
    def ms_per_request(self) -> float:
        """The median over the windows; its pace is constant, so time gives its requests."""
        requests = [(end - begin) * TARGETS / INTERVAL_S for begin, end in pairwise(self._at)]
        return _median_ms(self._used, requests)


def _ms_per_probe(pairs: dict[str, Pair], floor: Floor) -> dict[str, tuple[float, float]]:
    """The medians over the windows, of the prober and of its Prometheus."""
    time.sleep(WARM_UP_S)
    moments, used = [time.time()], [_used(pairs)]
    floor.note()
    for _ in range(WINDOWS):
        time.sleep(WINDOW_S)
        moments.append(time.time())
        used.append(_used(pairs))
        floor.note()
    found = {}
    for query, pair in pairs.items():
        counts = [bench.asked(pair.prometheus, query, at) for at in moments]
        probes = [after - before for before, after in pairwise(counts)]
        parts = zip(*(seconds[query] for seconds in used), strict=True)
        prober, prometheus = (_median_ms(list(part), probes) for part in parts)
        found[query] = prober, prometheus
    return found


def _used(pairs: dict[str, Pair]) -> dict[str, tuple[float, float]]:
    return {
        query: (cpu_s(pair.prober.pid), cpu_s(pair.prometheus.pid)) for query, pair in pairs.items()
    }


def _median_ms(used: list[float], probes: list[float]) -> float:
    spent = [after - before for before, after in pairwise(used)]
    return median(1000 * each / count for each, count in zip(spent, probes, strict=True))
