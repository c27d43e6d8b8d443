"""Runs made by hand, and paths fed with a series of outcomes."""

from collections.abc import Iterable, Iterator

from configured import acme

from probe.config.service import Service
from probe.judging.path import PathMemory, Rules, Sample, learn
from probe.judging.service import Judgement, ServiceMemory, judge
from probe.judging.weight import Weight
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane, State

LETTERS = {"G": Weight.GOOD, "S": Weight.STRAINED, "B": Weight.BAD, "-": Weight.NONE}


def fed(letters: str, memory: PathMemory | None = None, *, interval: float = 30) -> PathMemory:
    """A path after runs of these weights, one per interval."""
    memory = memory or PathMemory()
    at = _latest(memory)
    for letter in letters:
        at += interval
        sample = Sample(weight=LETTERS[letter], at=at, run=f"r{at:.0f}", fresh_until=at + 90)
        memory = learn(memory, sample, Rules())
    return memory


def _latest(memory: PathMemory) -> float:
    return max(memory.last_good_at or 0.0, memory.last_poor_at or 0.0)


def states(weights: Iterable[Weight]) -> list[State]:
    return [memory.state for memory in learned(weights)]


def learned(weights: Iterable[Weight], memory: PathMemory | None = None) -> Iterator[PathMemory]:
    """The path after each of these runs, half a minute apart."""
    memory = memory or PathMemory()
    began = _latest(memory)
    for number, weight in enumerate(weights, 1):
        at = began + number * 30.0
        sample = Sample(weight=weight, at=at, run=str(number), fresh_until=at + 90)
        memory = learn(memory, sample, Rules())
        yield memory


def service(*paths: dict[str, object]) -> Service:
    return acme(*paths).services[0]


def run_of(
    path: str, outcome: Outcome, at: float, plane: Plane = Plane.CONTROL, credential: str = ""
) -> Run:
    return Run(
        id=f"{path}@{at:.1f}",
        service="acme",
        path=path,
        plane=plane,
        started_at=at,
        duration_s=0.0,
        outcome=outcome,
        failed_step=None if outcome.succeeded else "submit",
        credential=credential,
    )


def judged(
    memory: ServiceMemory, path: str, outcome: Outcome, at: float, credential: str = ""
) -> Judgement:
    run = run_of(path, outcome, at, credential=credential)
    return judge(memory, run, fresh_until=at + 90)
