"""Every promise and what measures it: a new one is a module with `measure` and a line here."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from benchmarks import (
    cpu,
    detection,
    duration,
    false_verdicts,
    growth,
    image,
    lateness,
    memory,
    replay,
    scrape,
    shards,
    start,
)
from benchmarks.figure import Figure

BARS: Final[Mapping[str, Callable[[], Iterator[Figure]]]] = {
    "cpu": cpu.measure,
    "lateness": lateness.measure,
    "duration": duration.measure,
    "scrape": scrape.measure,
    "memory": memory.measure,
    "growth": growth.measure,
    "detection": detection.measure,
    "false_verdicts": false_verdicts.measure,
    "replay": replay.measure,
    "shards": shards.measure,
    "start": start.measure,
    "image": image.measure,
}
