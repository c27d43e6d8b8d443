"""Hours of a scenario, played in about a minute, as a Prometheus would have stored them.

The whole daemon is scraped over its own socket, every 30 s of the virtual clock. A backfill cannot
contain Prometheus's staleness markers: a series that ends is seen five minutes longer.
"""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import aiohttp
from processes import prometheus, tool

from probe.rehearsing.recording import Recording
from probe.rehearsing.staging import Stage, play
from probe.simulator.scenario import Scenario

SCRAPE_EVERY_S = 30
STANDIN = "standin"
"""The service of the demo's configuration."""
NO_SCRAPES = "global: {scrape_interval: 30s, evaluation_interval: 30s}\n"


@dataclass(frozen=True)
class Place:
    """The names under which a scenario is stored, and how much later than it happened."""

    service: str = STANDIN
    instance: str = "splitprobe:9632"
    later_s: float = 0


HERE = Place()
BARE = Stage()


@dataclass
class Scrapes:
    """What the scrapes of one target saw: lines of OpenMetrics, each with its time."""

    sink: TextIO
    place: Place

    def start(self, address: str) -> None:
        self._task = asyncio.get_running_loop().create_task(self._go_on(address + "/metrics"))

    def take(self, text: str, at: float, took_s: float) -> None:
        samples = [line for line in text.splitlines() if line and not line.startswith("#")]
        own = [
            "up 1",
            f"scrape_duration_seconds {took_s:.6f}",
            f"scrape_samples_scraped {len(samples)}",
        ]
        moment = f"{at + self.place.later_s:.3f}\n"
        self.sink.writelines(f"{self._targeted(line)} {moment}" for line in samples + own)

    async def _go_on(self, url: str) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                began = time.perf_counter()
                async with session.get(url) as answer:
                    text = await answer.text()
                self.take(text, time.time(), time.perf_counter() - began)
                await asyncio.sleep(SCRAPE_EVERY_S)

    def _targeted(self, line: str) -> str:
        labels = f'job="splitprobe",instance="{self.place.instance}"'
        renamed = line.replace(f'service="{STANDIN}"', f'service="{self.place.service}"')
        series, value = renamed.rsplit(" ", 1)
        name, brace, rest = series.partition("{")
        return f"{name}{{{labels},{rest} {value}" if brace else f"{name}{{{labels}}} {value}"


def record(scenario: Scenario, file: Path, place: Place = HERE, stage: Stage = BARE) -> Recording:
    """Play `scenario` on `stage`, and append to `file` what scrapes of the whole daemon see."""
    with file.open("a", encoding="utf-8") as sink:
        return play(scenario, replace(stage, started=Scrapes(sink, place).start))


@contextmanager
def remembering(history: Path, folder: Path) -> Iterator[str]:
    """A real Prometheus that holds the lines of `history`; yields its address."""
    with history.open("a", encoding="utf-8") as sink:
        sink.write("# EOF\n")
    command = (tool("promtool", "prometheus"), "tsdb", "create-blocks-from", "openmetrics")
    subprocess.run([*command, history, folder / "data"], check=True, capture_output=True)
    config = folder / "prometheus.yaml"
    config.write_text(NO_SCRAPES, encoding="utf-8")
    with prometheus(config, folder) as address:
        yield address
