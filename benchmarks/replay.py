"""How fast a recorded day goes through judging: a quiet day, and 2 March.

On the quiet day, one run in a hundred of four paths fails; its runs come from the schedule, the
confirmation and the judging on a virtual clock. 2 March is played to the whole daemon.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from benchmarks.figure import Figure
from benchmarks.world import pass_time
from probe.config.path import ProbePath
from probe.config.shipped import shipped
from probe.model.event import Event, Observed
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.rehearsing.replay import judge_history
from probe.rehearsing.staging import Stage, play
from probe.simulator.scenario import load_scenario

DAY_S: Final = 86_400.0
OUTAGE: Final = "2026-03-02"
SEED: Final = 20260304
ERRORS: Final = 0.01
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
    """Runs per second on either day."""
    for name, runs in (("a quiet day", quiet_day()), ("2 March", outage())):
        yield Figure(
            what=f"{name}, {len(runs)} runs",
            value=median(_speed(runs) for _ in range(ROUNDS)),
            unit="runs/s",
            at_least=AT_LEAST,
        )


def quiet_day() -> list[Run]:
    """A day on which nothing is broken for long."""
    chance, runs = random.Random(SEED), Runs()

    def answer(_: ProbePath, __: float) -> tuple[Outcome, float]:
        return (Outcome.SERVER_ERROR if chance.random() < ERRORS else Outcome.OK), 0.05

    pass_time(answer, runs.handle, DAY_S)
    return runs.made


def outage() -> list[Run]:
    """The runs that the daemon makes in the shipped scenario."""
    runs = Runs()
    play(load_scenario(shipped("scenarios") / f"{OUTAGE}.yaml"), Stage(reporters=(runs,)))
    return runs.made


def _speed(runs: list[Run]) -> float:
    began = time.perf_counter()
    judge_history(runs)
    return len(runs) / (time.perf_counter() - began)
