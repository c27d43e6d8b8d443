"""What a lane draws of more changes than can be seen."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from probe.reporting.web.drawing.axis import Axis
from probe.reporting.web.drawing.lanes import Change, coarse

AXIS = Axis(0.0, 1000.0)
COLUMNS = 10
WORST_FIRST = ("down", "impaired", "up")

told = st.lists(
    st.tuples(st.floats(0.0, 999.0), st.sampled_from(WORST_FIRST)), min_size=1, max_size=60
).map(lambda turns: [Change(0.0, "up", "up"), *(Change(*each, each[1]) for each in sorted(turns))])


def holding(changes: list[Change], since: float, until: float) -> set[str]:
    """The tones that hold at some time from `since` to `until`."""
    ends = [*(after.since for after in changes[1:]), AXIS.until]
    return {
        change.tone
        for change, end in zip(changes, ends, strict=True)
        if change.since < until and end >= since
    }


@given(told)
def test_a_column_is_as_bad_as_the_worst_that_held_in_it_and_no_worse(told: list[Change]) -> None:
    shown = coarse(AXIS, told, COLUMNS, WORST_FIRST)
    if len(told) <= COLUMNS:
        assert shown == told
        return
    assert len(shown) <= COLUMNS
    assert all(before.tone != after.tone for before, after in pairwise(shown))
    for column in range(COLUMNS):
        since, until = 100.0 * column, 100.0 * (column + 1)
        (drawn,) = holding(shown, since + 1, until - 1)
        assert drawn == min(holding(told, since, until), key=WORST_FIRST.index)
