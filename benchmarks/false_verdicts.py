"""A month in which nothing is broken for long, on a virtual clock: nothing may be claimed.

One run in a hundred fails independently, and twenty times everything fails for 3 s.
"""

import random
from collections.abc import Iterator
from typing import Final

from benchmarks.figure import Figure
from benchmarks.world import pass_time
from probe.config.path import ProbePath
from probe.model.event import Changed, Event, Observed
from probe.model.outcome import Outcome

MONTH_S: Final = 30 * 86_400.0
SEED: Final = 20260304
ERRORS: Final = 0.01
BURSTS: Final = 20
BURST_S: Final = 3.0


def measure() -> Iterator[Figure]:
    """How often a verdict of trouble was reached."""
    chance = random.Random(SEED)
    bursts = [chance.uniform(0, MONTH_S) for _ in range(BURSTS)]
    failed = runs = claims = 0

    def answer(_: ProbePath, at: float) -> tuple[Outcome, float]:
        in_burst = any(burst <= at < burst + BURST_S for burst in bursts)
        if in_burst or chance.random() < ERRORS:
            return Outcome.SERVER_ERROR, 0.05
        return Outcome.OK, 0.05

    def note(event: Event) -> None:
        nonlocal failed, runs, claims
        if isinstance(event, Observed):
            runs += 1
            failed += event.run.outcome is not Outcome.OK
        claims += isinstance(event, Changed) and event.transition.new.troubled

    pass_time(answer, note, MONTH_S)
    yield Figure(what="runs in the month", value=runs, unit="")
    yield Figure(what="runs that failed", value=failed, unit="")
    yield Figure(what="verdicts of trouble", value=claims, unit="", at_most=0)
