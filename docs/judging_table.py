"""Prints how path judging reads steady error rates: the table in docs/judging.md."""

import random
from collections import Counter
from itertools import pairwise

from probe.judging.path import PathMemory, Rules, Sample, learn
from probe.judging.weight import Weight
from probe.model.state import State

RATES = (0.01, 0.05, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.80, 0.97)
SEEDS, SETTLING, RUNS = 300, 200, 1_000


def states(error_rate: float, seed: int) -> list[State]:
    """The states after each run of a path that fails independently."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    memory, seen = PathMemory(), []
    for number in range(SETTLING + RUNS):
        weight = Weight.BAD if chance.random() < error_rate else Weight.GOOD
        sample = Sample(weight=weight, at=30.0 * number, run="", fresh_until=30.0 * number + 90)
        memory = learn(memory, sample, Rules())
        seen.append(memory.state)
    return seen[SETTLING:]


def main() -> None:
    """Print one row an error rate."""
    print("| errors | up | impaired | down | changes in 1,000 runs |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        series = [states(rate, seed) for seed in range(SEEDS)]
        count = Counter(state for seen in series for state in seen)
        shares = (count[state] / count.total() for state in (State.UP, State.IMPAIRED, State.DOWN))
        changes = sum(a is not b for seen in series for a, b in pairwise(seen)) / SEEDS
        columns = " | ".join(f"{share:.2%}" for share in shares)
        print(f"| {rate:.0%} | {columns} | {changes:.2f} |")


if __name__ == "__main__":
    main()
