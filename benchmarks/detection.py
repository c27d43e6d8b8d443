"""From a fault to the confirmed verdict: a hundred random onsets on a virtual clock.

Both control paths fail from the onset on, once with an immediate 500 and once by hanging until
their time-out. Prometheus with blackbox_exporter is given the same two targets at the same
interval, each scraped at a random place in it, and a rule `probe_success == 0` with `for: 1m` that
is evaluated every 15 s; that side is calculated from when it scrapes and evaluates, nothing is run.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from benchmarks.figure import Figure
from benchmarks.world import INTERVAL_S, STARTS, TIMEOUT_S, pass_time
from probe.config.path import ProbePath
from probe.model.event import Changed, Event
from probe.model.outcome import Outcome
from probe.model.state import Plane, Verdict

ONSETS: Final = 100
SEED: Final = 20260302
WELL_S: Final = 300.0
OBSERVED_S: Final = 180.0
PENDING_S: Final = 60.0
EVALUATED_EVERY_S: Final = 15.0
MEAN_S: Final = 15.0
WORST_S: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How the control plane fails: with which outcome, after how long."""

    name: str
    outcome: Outcome
    takes_s: float


FAULTS: Final = (
    Fault(name="a 500 at once", outcome=Outcome.SERVER_ERROR, takes_s=0.05),
    Fault(name=f"hanging for {TIMEOUT_S:g} s", outcome=Outcome.TIMED_OUT, takes_s=TIMEOUT_S),
)


def measure() -> Iterator[Figure]:
    """Ours against the bar, theirs for comparison."""
    chance = random.Random(SEED)
    onsets = [WELL_S + chance.uniform(0, INTERVAL_S) for _ in range(ONSETS)]
    for fault in FAULTS:
        allowed = fault.takes_s if fault.outcome is Outcome.TIMED_OUT else 0.0
        ours = [_detected_after(fault, onset) for onset in onsets]
        theirs = [_alerted_after(fault, chance) for _ in onsets]
        for word, of, limit in (("mean", fmean, MEAN_S), ("worst", max, WORST_S)):
            yield from _both(f"{fault.name}, {word}", of, ours, theirs, limit + allowed)


def _both(
    what: str,
    of: Callable[[list[float]], float],
    ours: list[float],
    theirs: list[float],
    at_most: float,
) -> Iterator[Figure]:
    yield Figure(what=f"{what}: splitprobe", value=of(ours), unit="s", at_most=at_most)
    yield Figure(what=f"{what}: Prometheus and blackbox_exporter", value=of(theirs), unit="s")


def _detected_after(fault: Fault, onset: float) -> float:
    """Seconds from the onset to the verdict; infinite if it never came."""
    confirmed: list[float] = []

    def answer(path: ProbePath, at: float) -> tuple[Outcome, float]:
        if path.plane is Plane.CONTROL and at >= onset:
            return fault.outcome, fault.takes_s
        return Outcome.OK, 0.05

    def note(event: Event) -> None:
        if isinstance(event, Changed) and event.transition.new is Verdict.CONTROL_PLANE_DOWN:
            confirmed.append(event.transition.at)

    pass_time(answer, note, onset + OBSERVED_S)
    return confirmed[0] - STARTS - onset if confirmed else math.inf


def _alerted_after(fault: Fault, chance: random.Random) -> float:
    """Seconds until the first of two alerts fires.

    It becomes pending at the first evaluation after a failed scrape, and fires at the first one a
    minute later.
    """
    seen = min(chance.uniform(0, INTERVAL_S) + fault.takes_s for _ in range(2))
    evaluated = chance.uniform(0, EVALUATED_EVERY_S)
    pending = evaluated + math.ceil((seen - evaluated) / EVALUATED_EVERY_S) * EVALUATED_EVERY_S
    return pending + math.ceil(PENDING_S / EVALUATED_EVERY_S) * EVALUATED_EVERY_S
