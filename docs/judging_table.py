"""Prints how path judging reads steady error rates: the tables in docs/judging.md."""

import random
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from probe.judging.path import PathMemory, Rules, Sample, learn
from probe.judging.weight import Weight
from probe.model.state import State

RATES = (0.01, 0.05, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.80, 0.97)
AFTER_OUTAGE = (0.20, 0.30, 0.40, 0.60)
SEEDS, SETTLING, RUNS = 300, 200, 1_000
AFTER_SEEDS, AFTER_RUNS, INTERVAL_S = 2_000, 190, 30.0


def states(failing: Iterable[bool]) -> list[State]:
    """The states after each run of a path that fails so."""
    memory, seen = PathMemory(), []
    for number, fails in enumerate(failing):
        at = INTERVAL_S * number
        weight = Weight.BAD if fails else Weight.GOOD
        memory = learn(memory, Sample(weight=weight, at=at, run="", fresh_until=at + 90), Rules())
        seen.append(memory.state)
    return seen


def independent(error_rate: float, runs: int, seed: int) -> list[bool]:
    """Runs that fail independently."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    return [chance.random() < error_rate for _ in range(runs)]


def minutes_until_impaired_for_good(error_rate: float, seed: int) -> float:
    """After an outage of 100 runs that leaves this share of errors behind."""
    before = [False] * 20 + [True] * 100
    seen = states(before + independent(error_rate, AFTER_RUNS, seed))[len(before) :]
    otherwise = [number for number, state in enumerate(seen) if state is not State.IMPAIRED]
    return (otherwise[-1] + 1 if otherwise else 0) * INTERVAL_S / 60


def main() -> None:
    """Print both tables."""
    steady()
    print()
    after_an_outage()


def steady() -> None:
    """One row an error rate: which states a path is read in."""
    print("| errors | up | impaired | down | changes in 1,000 runs |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        series = [
            states(independent(rate, SETTLING + RUNS, seed))[SETTLING:] for seed in range(SEEDS)
        ]
        count = Counter(state for seen in series for state in seen)
        shares = (count[state] / count.total() for state in (State.UP, State.IMPAIRED, State.DOWN))
        changes = sum(a is not b for seen in series for a, b in pairwise(seen)) / SEEDS
        columns = " | ".join(f"{share:.2%}" for share in shares)
        print(f"| {rate:.0%} | {columns} | {changes:.2f} |")


def after_an_outage() -> None:
    """One row an error rate that is left behind: how long until it reads as such."""
    print("| errors left | half of them | 90 % | 99 % |")
    print("|---|---|---|---|")
    for rate in AFTER_OUTAGE:
        waits = sorted(minutes_until_impaired_for_good(rate, seed) for seed in range(AFTER_SEEDS))
        columns = (f"{waits[int(AFTER_SEEDS * share)]:.1f} min" for share in (0.5, 0.9, 0.99))
        print(f"| {rate:.0%} | {' | '.join(columns)} |")


if __name__ == "__main__":
    main()
