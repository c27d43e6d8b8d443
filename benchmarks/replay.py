"""How fast a recorded day goes through judging: a quiet one, and that of 2 March.

The shipped scenarios are played to the whole daemon, and the runs it made are judged again.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from benchmarks.figure import Figure
from probe.config.shipped import shipped
from probe.model.event import Event, Observed
from probe.model.run import Run
from probe.running.replay import judge_history
from probe.running.staging import Stage, play
from probe.simulator.scenario import load_scenario

DAYS: Final = ("quiet-day", "2026-03-02")
ROUNDS: Final = 7
AT_LEAST: Final = 200_000


@dataclass
class Runs:
    """A reporter that keeps every run."""

    made: list[Run] = field(default_factory=list)

    def handle(self, event: Event) -> None:
        """Keep what was observed."""
        if isinstance(event, Observed):
            self.made.append(event.run)


def measure() -> Iterator[Figure]:
    """Runs a second of either day."""
    for day in DAYS:
        runs = Runs()
        play(load_scenario(shipped("scenarios") / f"{day}.yaml"), Stage(reporters=(runs,)))
        yield Figure(
            what=f"{day}, {len(runs.made)} runs",
            value=median(_speed(runs.made) for _ in range(ROUNDS)),
            unit="runs/s",
            at_least=AT_LEAST,
        )


def _speed(runs: list[Run]) -> float:
    began = time.perf_counter()
    judge_history(runs)
    return len(runs) / (time.perf_counter() - began)
