"""The promises that chance could break, over many seeds. The table is in docs/judging.md."""

import random
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest
from fed_paths import learned, states

from probe.judging.weight import Weight
from probe.model.state import State

pytestmark = (
    pytest.mark.unwatched
)  # a third of a million runs, each the way of a few in test_path.py

SEEDS = 40
SETTLING = 200
RUNS = 1_000


@cache
def _after_settling(error_rate: float, seed: int) -> Sequence[State]:
    chance = random.Random(seed)
    weights = [
        Weight.BAD if chance.random() < error_rate else Weight.GOOD for _ in range(SETTLING + RUNS)
    ]
    return states(weights)[SETTLING:]


@pytest.mark.parametrize(
    ("error_rate", "state", "share", "changes"),
    [
        (0.01, State.UP, 1.0, 0.0),
        (0.30, State.IMPAIRED, 0.995, 0.5),
        (0.50, State.IMPAIRED, 0.995, 0.5),
        (0.97, State.DOWN, 0.99, 1.0),
    ],
)
def test_a_steady_error_rate_reads_as_one_steady_state(
    error_rate: float, state: State, share: float, changes: float
) -> None:
    series = [_after_settling(error_rate, seed) for seed in range(SEEDS)]
    held = sum(seen is state for run in series for seen in run) / (SEEDS * RUNS)
    flaps = sum(a is not b for run in series for a, b in pairwise(run)) / SEEDS
    assert held >= share
    assert flaps <= changes


def test_thirty_percent_never_reads_as_down_once_it_was_seen_to_be_impaired() -> None:
    series = [_after_settling(0.30, seed) for seed in range(SEEDS)]
    assert all(State.DOWN not in seen for seen in series)


def test_errors_left_behind_by_an_outage_soon_read_as_impaired_for_good() -> None:
    late = 0
    *_, after = learned([Weight.GOOD] * 20 + [Weight.BAD] * 100)
    for seed in range(300):
        chance = random.Random(seed)
        left = [Weight.BAD if chance.random() < 0.3 else Weight.GOOD for _ in range(190)]
        seen = [memory.state for memory in learned(left, after)]
        late += set(seen[32:]) != {State.IMPAIRED}
    assert late / 300 < 0.08
