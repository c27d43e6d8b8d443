"""How long a scrape of 1,000 paths takes, and how long it stalls the event loop.

The daemon runs in this process, so that every turn of its loop can be timed; the scraper is a
separate process, started before it is needed: starting one stalls the loop as well. The stall is
the longest turn that began during a scrape, including other work of the loop: probing goes on.
"""

import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

import uvloop
from processes import free_port

from benchmarks import bench
from benchmarks.figure import Figure
from benchmarks.targets import Targets
from probe.config.loading import load
from probe.model.clock import SYSTEM
from probe.running import garbage
from probe.running.daemon import Daemon

PATHS: Final = 1000
INTERVAL_S: Final = 10.0
WARM_UP_S: Final = 15.0
SCRAPES: Final = 20
BETWEEN_S: Final = 0.5

SCRIPT: Final = """
import sys, time, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={"Accept-Encoding": "gzip"})
sys.stdin.readline()
began = time.perf_counter()
body = urllib.request.urlopen(asked).read()
took = time.perf_counter() - began
assert body[:2] == b"\\x1f\\x8b", "not gzip"
print(took)
"""


class Turns:
    """Times the turns of the running loop while it is `on`."""

    def __init__(self) -> None:
        self.on = False
        self.longest_s = 0.0

    def start(self) -> None:
        """Time every turn from now on."""
        self.on, self.longest_s = True, 0.0
        self._turn(time.perf_counter())

    def _turn(self, before: float) -> None:
        now = time.perf_counter()
        self.longest_s = max(self.longest_s, now - before)
        if self.on:
            asyncio.get_running_loop().call_soon(self._turn, now)


def measure() -> Iterator[Figure]:
    """The wall time of scrapes, their size, and the stall they cause."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(bench.site(folder))
        targets = Targets(base=site.http, count=PATHS, interval_s=INTERVAL_S)
        config = targets.daemon(folder / "probe.yaml")
        address = f"127.0.0.1:{free_port()}"
        config.write_text(config.read_text("utf-8").replace("LISTEN", address), "utf-8")
        walls, stalls = uvloop.run(_scraped(config))
    yield Figure(what="wall time, gzip, median", value=1000 * median(walls), unit="ms", at_most=300)
    yield Figure(what="wall time, gzip, longest", value=1000 * max(walls), unit="ms")
    yield Figure(what="stall of the loop, median", value=1000 * median(stalls), unit="ms")
    yield Figure(what="stall of the loop, longest", value=1000 * max(stalls), unit="ms", at_most=10)


async def _scraped(config: Path) -> tuple[list[float], list[float]]:
    settings = load(config)
    daemon, stop, turns = Daemon(settings, SYSTEM), asyncio.Event(), Turns()
    running = asyncio.create_task(daemon.run(stop, lambda _: None))
    garbage.settle()  # as a daemon in its own process does
    await asyncio.sleep(WARM_UP_S)
    url = f"http://{settings.listen}/metrics"
    walls = [await _scrape(await _scraper(url)) for _ in range(SCRAPES)]
    stalls = []
    for _ in range(SCRAPES):
        scraper = await _scraper(url)
        turns.start()
        await _scrape(scraper)
        turns.on = False
        stalls.append(turns.longest_s)
        await asyncio.sleep(BETWEEN_S)
    stop.set()
    await running
    return walls, stalls


async def _scraper(url: str) -> Process:
    """Start a process that will scrape once."""
    command = (sys.executable, "-c", SCRIPT, url)
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)


async def _scrape(scraper: Process) -> float:
    """Let it scrape; returns the seconds that it measured."""
    out, _ = await scraper.communicate(b"\n")
    return float(out)
