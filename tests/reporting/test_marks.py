import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from probe.model.outcome import Outcome, Phase
from probe.reporting.picture import STRIP_LENGTH, Mark, Marks

NOW = 1_772_449_200.0
MARK = st.builds(
    Mark,
    started_at=st.integers(0, 99).map(lambda second: NOW + second),
    duration_s=st.floats(0.0, 10.0),
    outcome=st.sampled_from(Outcome),
    step=st.sampled_from([None, "open", "submit"]),
    phase=st.sampled_from([None, *Phase]),
    confirmation=st.booleans(),
)


def packed(marks: list[Mark]) -> Marks:
    kept = Marks()
    for mark in marks:
        kept = kept.plus(mark)
    return kept


@given(st.lists(MARK, max_size=2 * STRIP_LENGTH, unique=True))
def test_marks_are_kept_whole_in_times_order_and_only_the_last_of_them(marks: list[Mark]) -> None:
    starts = [each.started_at for each in packed(marks)]
    assert starts == sorted(starts)
    assert len(starts) == min(len(marks), STRIP_LENGTH)
    assert set(packed(marks)) <= set(marks)
    if len(marks) <= STRIP_LENGTH:
        assert set(packed(marks)) == set(marks)


@given(st.lists(MARK, min_size=1, max_size=STRIP_LENGTH, unique=True))
def test_a_run_that_is_told_again_leaves_no_second_mark(marks: list[Mark]) -> None:
    once = packed(marks)
    assert all(mark in once for mark in marks)
    assert all(once.plus(mark) == once for mark in marks)


def test_what_was_handed_out_stays_as_it_was() -> None:
    before = packed([mark(0)])
    assert (len(before.plus(mark(1))), len(before)) == (2, 1)
    assert before != before.plus(mark(1))


def mark(second: int) -> Mark:
    return Mark(started_at=NOW + second, duration_s=0.001 * second, outcome=Outcome.OK)


def test_the_marks_of_a_path_take_two_kilobytes_when_they_are_full() -> None:
    tracemalloc.start()
    try:
        kept = [packed([mark(second) for second in range(STRIP_LENGTH)]) for _ in range(50)]
        assert tracemalloc.get_traced_memory()[0] / len(kept) < 2200
    finally:
        tracemalloc.stop()
