import pytest
from fed_paths import LETTERS, fed, states
from hypothesis import given
from hypothesis import strategies as st

from probe.judging.path import PathMemory, Rules, Sample, learn
from probe.judging.weight import WEIGHTS, Weight, weigh
from probe.model.outcome import Outcome
from probe.model.state import State

evidence = st.text("GSB", max_size=200)
anything = st.text("GSB-", max_size=200)


def test_a_path_nobody_looked_at_is_unknown() -> None:
    assert PathMemory().state_at(0.1) is State.UNKNOWN


def test_the_first_good_run_makes_a_path_up() -> None:
    assert fed("G").state is State.UP


def test_four_bad_runs_in_a_row_are_down_and_three_are_not() -> None:
    assert fed("GGGBBB").state is State.UP
    assert fed("GGGBBBB").state is State.DOWN


def test_four_bad_runs_are_down_even_if_nothing_good_was_ever_seen() -> None:
    assert fed("BBB").state is State.UNKNOWN
    assert fed("BBBB").state is State.DOWN


def test_a_blip_of_two_bad_runs_is_nothing() -> None:
    assert set(states([LETTERS[letter] for letter in "GGGGBBGGGGGG"])) == {State.UP}


def test_one_good_run_ends_no_outage_and_three_do() -> None:
    down = fed("GGBBBBBB")
    assert fed("G", down).state is State.DOWN
    assert fed("GG", down).state is State.DOWN
    assert fed("GGG", down).state is State.UP


def test_good_and_bad_runs_mixed_after_an_outage_read_impaired() -> None:
    assert fed("GBGGB", fed("GGBBBBBB")).state is State.IMPAIRED


@pytest.mark.parametrize("good", range(3, 25))
def test_a_relapse_is_down_after_four_bad_runs_however_short_the_recovery(good: int) -> None:
    recovered = fed("G" * good, fed("GG" + "B" * 50))
    assert recovered.state is State.UP
    assert fed("BBB", recovered).state is State.UP
    assert fed("BBBB", recovered).state is State.DOWN


def test_one_slow_answer_first_does_not_hold_up_the_end_of_an_outage() -> None:
    assert fed("SGGG", fed("GGBBBBBB")).state is State.UP


def test_what_an_outage_leaves_behind_is_seen_sooner_than_what_begins_in_health() -> None:
    recovered = fed("GGG", fed("GGBBBBBB"))
    assert fed("BGBGB", recovered).state is State.IMPAIRED
    assert fed("BGBGB", fed("GGG")).state is State.UP


@pytest.mark.parametrize("outcome", [Outcome.SLOW, Outcome.THROTTLED, Outcome.OVERLOADED])
def test_a_path_whose_runs_are_all_strained_is_impaired(outcome: Outcome) -> None:
    weights = [Weight.GOOD] * 5 + [weigh(outcome, credential_proven=True)] * 30
    assert states(weights)[8:] == [State.IMPAIRED] * 27


def test_the_longer_all_was_strained_the_sooner_good_runs_are_believed() -> None:
    long, short = fed("GG" + "S" * 30), fed("GG" + "S" * 5)
    assert fed("G" * 5, long).state is State.IMPAIRED
    assert fed("G" * 7, long).state is State.UP
    assert fed("G" * 7, short).state is State.IMPAIRED
    assert fed("G" * 17, short).state is State.UP


def test_an_impaired_path_that_fails_altogether_goes_down() -> None:
    impaired = fed("GBGGBGBGGBGBBGBG" * 2)
    assert impaired.state is State.IMPAIRED
    assert fed("B" * 22, impaired).state is State.DOWN


@pytest.mark.parametrize(
    ("before", "good", "bad"),
    [
        ("GGGSSSS", 16, 8),
        ("BGG" * 40, 26, 11),
        ("SGG" * 40, 26, 6),
        ("BG" * 300, 17, 17),
        ("SSSSG" * 100, 7, 6),
        ("GGG" + "S" * 300, 5, 6),
        ("SSSSG" * 100 + "SGG" * 20, 12, 6),
        ("BG" * 50 + "G" * 16 + "SSSS", 41, 6),
        ("GGBSB" + "G" * 30 + "SSSS", 16, 8),
        ("GGBBBBSSS", 16, 9),
        ("GG" + "B" * 60 + "SSS", 16, 9),
    ],
    ids=[
        "only just impaired",
        *("a third bad", "a third strained", "half bad", "most strained", "all strained"),
        *("once most strained", "just after another", "long after a blip"),
        *("after a short outage", "after a long outage"),
    ],
)
def test_the_runs_of_an_impairment_say_how_many_in_a_row_end_it(
    before: str, good: int, bad: int
) -> None:
    impaired = fed(before)
    assert impaired.state is State.IMPAIRED
    assert fed("G" * (good - 1), impaired).state is State.IMPAIRED
    assert fed("G" * good, impaired).state is State.UP
    assert fed("B" * (bad - 1), impaired).state is State.IMPAIRED
    assert fed("B" * bad, impaired).state is State.DOWN


@pytest.mark.parametrize(
    ("runs", "first"),
    [("GB" + "G" * 10 + "SGSSGSS", 13), ("GGBBBBGGGSS", 10), ("GGBBBBGGGGGSSSS", 12)],
    ids=["after a blip", "at once after an outage", "soon after an outage"],
)
def test_an_impairment_begins_with_its_first_poor_run(runs: str, first: int) -> None:
    memory = fed(runs)
    assert memory.state is State.IMPAIRED
    assert (memory.good_before, memory.first_poor_at) == ((first - 1) * 30, first * 30)


def test_an_outage_that_follows_an_impairment_begins_with_its_own_bad_runs() -> None:
    memory = fed("GSSSSG" + "B" * 30)
    assert memory.state is State.DOWN
    assert (memory.good_before, memory.first_poor_at) == (6 * 30, 7 * 30)


def test_each_state_is_known_since_the_run_that_showed_it() -> None:
    memory = fed("BG")
    assert (memory.state, memory.since) == (State.UP, 2 * 30)
    memory = fed("GGBBBBBB", memory)
    assert (memory.state, memory.since) == (State.DOWN, 8 * 30)
    memory = fed("GGGG", memory)
    assert (memory.state, memory.since) == (State.UP, 13 * 30)


@pytest.mark.parametrize(
    ("recover_after", "runs", "state"),
    [
        (1, "G", State.UP),
        (2, "GS", State.DOWN),
        (2, "GSGS", State.IMPAIRED),
        (3, "GS", State.DOWN),
        (3, "GGS", State.IMPAIRED),
        (5, "GGGS", State.DOWN),
        (5, "GGGGS", State.IMPAIRED),
    ],
)
def test_the_later_good_runs_end_an_outage_the_later_mixed_ones_do(
    recover_after: int, runs: str, state: State
) -> None:
    memory, rules = fed("GGBBBB"), Rules(recover_after=recover_after)
    for at, letter in enumerate(runs, 181):
        run = Sample(weight=LETTERS[letter], at=at, run=letter, fresh_until=at + 90.0)
        memory = learn(memory, run, rules)
    assert memory.state is state


def test_evidence_that_stands_for_longer_is_not_shortened_by_the_next() -> None:
    rests = learn(
        PathMemory(), Sample(weight=Weight.STRAINED, at=1, run="1", fresh_until=900), Rules()
    )
    after = learn(rests, Sample(weight=Weight.GOOD, at=2, run="2", fresh_until=92), Rules())
    assert after.fresh_until == 900


def test_evidence_goes_stale_after_its_time() -> None:
    memory = fed("GGG")
    assert memory.state_at(90 + 90) is State.UP
    assert memory.state_at(90 + 90.1) is State.UNKNOWN


@pytest.mark.parametrize("before", ["GGG", "GBBBB", "GSSSS"])
def test_what_went_stale_is_forgotten(before: str) -> None:
    memory = fed(before)
    bad = Sample(weight=Weight.BAD, at=10_000, run="late", fresh_until=10_090)
    good = Sample(weight=Weight.GOOD, at=10_000, run="late", fresh_until=10_090)
    assert learn(memory, bad, Rules()).state is State.UNKNOWN
    assert learn(memory, good, Rules()).state is State.UP
    late = learn(memory, bad, Rules())
    assert (late.good_before, late.first_poor_at) == (memory.last_good_at, 10_000)


def test_an_outage_begins_with_its_own_bad_runs_not_with_a_forgiven_blip() -> None:
    memory = fed("GBGGGGGGBBBB")
    assert memory.state is State.DOWN
    assert (memory.good_before, memory.first_poor_at) == (8 * 30, 9 * 30)


@given(evidence, st.integers(1, 300))
def test_what_is_no_evidence_changes_nothing(before: str, blind: int) -> None:
    memory = fed(before)
    assert fed("-" * blind, memory) == memory


@given(st.text("G-", max_size=300))
def test_without_a_poor_run_no_path_is_ever_in_trouble(letters: str) -> None:
    assert fed(letters).state in {State.UP, State.UNKNOWN}


@given(st.text("GS-", max_size=300))
def test_without_a_bad_run_no_path_is_ever_down(letters: str) -> None:
    assert fed(letters).state is not State.DOWN


@given(anything)
def test_enough_bad_runs_in_a_row_are_down_whatever_came_before(before: str) -> None:
    assert fed("B" * 25, fed(before)).state is State.DOWN


@given(anything)
def test_enough_good_runs_in_a_row_are_up_whatever_came_before(before: str) -> None:
    assert fed("G" * 45, fed(before)).state is State.UP


@given(anything)
def test_every_state_names_the_runs_that_caused_it(letters: str) -> None:
    memory = fed(letters)
    assert (memory.state is State.UNKNOWN) or memory.causes


def test_an_outage_names_the_four_runs_that_showed_it_and_its_last_bad_one() -> None:
    memory = fed("GGBBBB")
    assert memory.causes[-4:] == ("r90", "r120", "r150", "r180")
    assert (memory.last_good_at, fed("G", memory).last_poor_at) == (60, 180)


def test_a_path_that_failed_mostly_for_hours_is_down_as_soon_as_it_answers_nothing() -> None:
    impaired = fed("BBBS" * 100, fed("GBGBGB"))
    assert impaired.state is State.IMPAIRED
    assert fed("B" * 23, impaired).state is State.DOWN


@given(anything)
def test_the_onset_is_kept_while_trouble_lasts(letters: str) -> None:
    memory = fed(letters)
    if memory.state in {State.DOWN, State.IMPAIRED}:
        assert memory.first_poor_at is not None
        assert memory.good_before is None or memory.good_before < memory.first_poor_at


def test_every_outcome_has_a_weight() -> None:
    assert set(WEIGHTS) == set(Outcome)


@pytest.mark.parametrize(
    "outcome", [Outcome.UNOBSERVED, Outcome.CHALLENGED, Outcome.QUOTA_EXHAUSTED]
)
def test_what_is_our_own_affair_is_no_evidence(outcome: Outcome) -> None:
    assert weigh(outcome, credential_proven=True) is Weight.NONE


def test_a_refused_credential_counts_only_if_it_has_worked() -> None:
    assert weigh(Outcome.UNAUTHORIZED, credential_proven=True) is Weight.BAD
    assert weigh(Outcome.UNAUTHORIZED, credential_proven=False) is Weight.NONE
