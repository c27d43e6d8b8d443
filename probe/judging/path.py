"""The confirmed state of one path, by sequential tests over its runs.

From `up`, each run moves two log-likelihood ratios (Page's CUSUM test): one for `down`, where
97 % of runs fail, one for `impaired`, where 35 % do, both against the 1 % of a healthy path.
Whichever passes its threshold is believed: four bad runs in a row, or about every third one for
a while. From `impaired` a streak is believed when the share of poor runs seen so far would show
it by chance less than once in 100,000 times. From `down`, `recover_after` good runs in a row
lead to `up`; good and bad ones mixed lead to `impaired`. An outage rarely ends at once for
everybody, so after one the test for `impaired` begins half-way to its threshold (the head start
of Lucas and Crosier, Technometrics 24, 1982).

Measured by `tests/judging/test_path_statistics.py`: see the table in `docs/judging.md`.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from probe.judging.weight import Weight
from probe.model.state import State

HEALTHY_ERRORS: Final = 0.01
IMPAIRED_ERRORS: Final = 0.35
DOWN_ERRORS: Final = 0.97
FLUKE: Final = 1e-5
"""A streak less likely than this is not chance."""

PRIOR_RUNS: Final = 8
"""A share of poor runs is computed as if this many runs at `IMPAIRED_ERRORS` came before."""

_BAD_FOR_DOWN: Final = math.log(DOWN_ERRORS / HEALTHY_ERRORS)
_GOOD_AGAINST_DOWN: Final = math.log((1 - DOWN_ERRORS) / (1 - HEALTHY_ERRORS))
_POOR_FOR_IMPAIRED: Final = math.log(IMPAIRED_ERRORS / HEALTHY_ERRORS)
_GOOD_AGAINST_IMPAIRED: Final = math.log((1 - IMPAIRED_ERRORS) / (1 - HEALTHY_ERRORS))
_IMPAIRED_BELIEVED: Final = 4 * _POOR_FOR_IMPAIRED
_HEAD_START: Final = _IMPAIRED_BELIEVED / 2
_ANSWER_FOR_IMPAIRED: Final = math.log((1 - IMPAIRED_ERRORS) / (1 - DOWN_ERRORS))
_BAD_AGAINST_IMPAIRED: Final = math.log(IMPAIRED_ERRORS / DOWN_ERRORS)
_MEMORY_RUNS: Final = 100
_POOR_SHARES: Final = 0.25, 0.9
_BAD_SHARES: Final = 0.1, 0.6
"""The least and the greatest value of an estimated share: it is based on few runs."""

_HALF_A_RUN: Final = 0.5
_ROUNDING: Final = 0.01
"""Sums of logarithms reach their thresholds to within this much, because of rounding."""

_LEFT_OF_AN_ANSWER: Final = 0.1
"""Three bad runs cancel one answered run, to within this much."""

KEPT_CAUSES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Thresholds: bad runs in a row until `down`, good ones in a row until it is over."""

    fail_after: int = 4
    recover_after: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A run as evidence: its weight, its end, its id, and until when it is fresh."""

    weight: Weight
    at: float
    run: str
    fresh_until: float


class PathMemory(NamedTuple):
    """What is remembered of a path between two runs: a tuple, which is replaced at every run.

    `for_down` and `for_impaired` are the sums of the sequential tests against `up`; while the path
    is down, `for_impaired` is that of impaired against down. `runs`, `poor` and `bad` count since
    the present suspicion or impairment began, without the current streak; `streak` counts the
    latest runs of equal weight. `causes` names the latest runs that were evidence. `first_poor_at`
    is the first poor run of the present trouble and `good_before` the last good one before it.
    """

    state: State = State.UNKNOWN
    since: float = 0.0
    for_down: float = 0.0
    for_impaired: float = 0.0
    runs: int = 0
    poor: int = 0
    bad: int = 0
    streak: int = 0
    streak_of: Weight = Weight.NONE
    streak_since: float = 0.0
    causes: tuple[str, ...] = ()
    first_poor_at: float | None = None
    good_before: float | None = None
    last_good_at: float | None = None
    last_poor_at: float | None = None
    fresh_until: float = 0.0

    def state_at(self, now: float) -> State:
        """The state that may be claimed at `now`: unknown once the evidence is stale."""
        return self.state if now <= self.fresh_until else State.UNKNOWN

    @property
    def suspected(self) -> bool:
        """Whether the last evidence was bad and the path is not yet known to be down."""
        return self.streak_of is Weight.BAD and self.state is not State.DOWN


def learn(memory: PathMemory, sample: Sample, rules: Rules) -> PathMemory:
    """`memory` after `sample`; one without weight changes nothing."""
    if sample.weight is Weight.NONE:
        return memory
    if sample.at > memory.fresh_until:
        # The evidence was stale before this: start again, keeping only the time of the last good
        # run.
        memory = PathMemory(last_good_at=memory.last_good_at)
    seen = _noted(memory, sample)
    if memory.state is State.DOWN:
        return _from_down(seen, sample, rules)
    if memory.state is State.IMPAIRED:
        return _from_impaired(seen, sample.at)
    return _from_up(seen, sample, rules)


def _noted(memory: PathMemory, sample: Sample) -> PathMemory:
    weight, at = sample.weight, sample.at
    same = weight is memory.streak_of
    good = weight is Weight.GOOD
    runs, poor, bad = (memory.runs, memory.poor, memory.bad) if same else _streak_counted(memory)
    begins = not good and memory.first_poor_at is None
    return memory._replace(
        runs=runs,
        poor=poor,
        bad=bad,
        streak=memory.streak + 1 if same else 1,
        streak_since=memory.streak_since if same else at,
        streak_of=weight,
        causes=(*memory.causes, sample.run)[-KEPT_CAUSES:],
        first_poor_at=at if begins else memory.first_poor_at,
        good_before=memory.last_good_at if begins else memory.good_before,
        last_good_at=at if good else memory.last_good_at,
        last_poor_at=memory.last_poor_at if good else at,
        fresh_until=max(sample.fresh_until, memory.fresh_until),
    )


def _streak_counted(memory: PathMemory) -> tuple[int, int, int]:
    """All runs, the poor and the bad ones, with the streak that just ended; old ones fade."""
    poor = 0 if memory.streak_of is Weight.GOOD else memory.streak
    bad = memory.streak if memory.streak_of is Weight.BAD else 0
    runs, poor, bad = memory.runs + memory.streak, memory.poor + poor, memory.bad + bad
    fade = min(1.0, _MEMORY_RUNS / runs) if runs else 1.0
    return round(runs * fade), round(poor * fade), round(bad * fade)


def _from_up(memory: PathMemory, sample: Sample, rules: Rules) -> PathMemory:
    weight, at = sample.weight, sample.at
    bad, good = weight is Weight.BAD, weight is Weight.GOOD
    for_down = max(0.0, memory.for_down + (_BAD_FOR_DOWN if bad else _GOOD_AGAINST_DOWN))
    step = _GOOD_AGAINST_IMPAIRED if good else _POOR_FOR_IMPAIRED
    for_impaired = max(0.0, memory.for_impaired + step)
    if for_down > (rules.fail_after - _HALF_A_RUN) * _BAD_FOR_DOWN:
        return _entered(memory, State.DOWN, at)
    # Bad runs alone after a recovery may be the same outage: the test for `down` decides.
    relapsing = bad and memory.poor == 0
    if for_impaired > _IMPAIRED_BELIEVED - _ROUNDING and not relapsing:
        return _entered(memory, State.IMPAIRED, at)
    calm = for_impaired == 0.0
    begins = memory.state is State.UNKNOWN and good
    return memory._replace(
        state=State.UP if begins else memory.state,
        since=at if begins else memory.since,
        for_down=for_down,
        for_impaired=for_impaired,
        runs=0 if calm else memory.runs,
        poor=0 if calm else memory.poor,
        bad=0 if calm else memory.bad,
        streak=1 if calm else memory.streak,
        first_poor_at=None if calm else memory.first_poor_at,
    )


def _from_impaired(memory: PathMemory, at: float) -> PathMemory:
    if memory.streak_of is Weight.GOOD:
        poor = _share(memory.poor, memory.runs, _POOR_SHARES)
        if (1 - poor) ** memory.streak < FLUKE:
            return _entered(memory, State.UP, at)
    if memory.streak_of is Weight.BAD:
        bad = _share(memory.bad, memory.runs, _BAD_SHARES)
        if bad**memory.streak < FLUKE:
            return _entered(memory, State.DOWN, at)
    return memory


def _share(count: int, runs: int, bounds: tuple[float, float]) -> float:
    least, most = bounds
    return min(max((count + IMPAIRED_ERRORS * PRIOR_RUNS) / (runs + PRIOR_RUNS), least), most)


def _from_down(memory: PathMemory, sample: Sample, rules: Rules) -> PathMemory:
    weight, at = sample.weight, sample.at
    if memory.streak >= rules.recover_after and weight is not Weight.BAD:
        return _left_down(memory, State.UP if weight is Weight.GOOD else State.IMPAIRED, at)
    step = _BAD_AGAINST_IMPAIRED if weight is Weight.BAD else _ANSWER_FOR_IMPAIRED
    for_impaired = max(0.0, memory.for_impaired + step)
    answered = max(rules.recover_after - 1, 2) * _ANSWER_FOR_IMPAIRED
    mixed = for_impaired > answered + _LEFT_OF_AN_ANSWER
    if mixed and weight is not Weight.GOOD:  # good ones may yet be a recovery
        return _left_down(memory, State.IMPAIRED, at)
    changed = for_impaired != memory.for_impaired  # rarely while an outage lasts
    return memory._replace(for_impaired=for_impaired) if changed else memory


def _left_down(memory: PathMemory, state: State, at: float) -> PathMemory:
    """The path after an outage, whose runs say nothing of the share of poor ones after it."""
    left = _entered(memory, state, at)._replace(runs=0, poor=0, bad=0)
    return left._replace(for_impaired=_HEAD_START) if state is State.UP else left


def _entered(memory: PathMemory, state: State, at: float) -> PathMemory:
    entered = memory._replace(state=state, since=at, for_down=0.0, for_impaired=0.0)
    if state is State.UP:
        return entered._replace(runs=0, poor=0, bad=0, first_poor_at=None)
    if state is State.DOWN:
        # The outage began with this streak, not with an earlier, forgiven blip.
        return entered._replace(first_poor_at=memory.streak_since, good_before=memory.last_good_at)
    return entered
