"""Retry-After in both of its forms, and in none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from probe.model.outcome import Outcome
from probe.model.run import Quota
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import is_spent
from probe.observing.answers.retry_after import FLOOR_S, SPENT_S, asked_by, wait_s

NOW = 1_772_449_200.0


def test_a_429_never_means_at_once() -> None:
    assert wait_s(429, "0", NOW) == wait_s(429, "", NOW) == wait_s(429, "garbage", NOW) == 60


def test_a_429_that_is_accepted_asks_to_stay_away_all_the_same() -> None:
    assert asked_by(answer(429, {}, ""), Outcome.OK, (), NOW) == FLOOR_S
    assert asked_by(answer(403, {"Retry-After": "9"}, ""), Outcome.OK, (), NOW) is None


def answer(status: int, headers: dict[str, str], body: str) -> Answer:
    return Answer(
        status=status,
        url=URL("http://localhost/"),
        http_version="1.1",
        headers=CIMultiDictProxy(CIMultiDict(headers)),
        charset="utf-8",
        body=body.encode("utf-8", "replace"),
    )


EMPTY = Quota(name="requests", remaining=0.0, reset_s=90.0)
LEFT = Quota(name="tokens", remaining=5.0, reset_s=900.0)
UNPAID = '{"error": {"type": "insufficient_quota"}}'


@pytest.mark.parametrize(
    ("body", "quotas", "wait"),
    [
        ("", (), SPENT_S),
        ("", (LEFT,), SPENT_S),
        ("", (EMPTY, LEFT), 90),
        (UNPAID, (EMPTY,), SPENT_S),
    ],
    ids=["nothing told", "none empty", "one empty", "no money"],
)
def test_a_budget_is_waited_for_until_it_is_refilled_and_money_for_an_hour(
    body: str, quotas: tuple[Quota, ...], wait: float
) -> None:
    assert asked_by(answer(429, {}, body), Outcome.QUOTA_EXHAUSTED, quotas, NOW) == wait


def test_a_date_is_taken_against_our_clock_where_the_answer_has_none() -> None:
    asked = answer(503, {"Retry-After": "Mon, 02 Mar 2026 11:02:00 GMT"}, "")
    assert asked_by(asked, Outcome.OVERLOADED, (), NOW) == 120


QUOTAS = st.builds(
    Quota,
    name=st.just("requests"),
    remaining=st.sampled_from([0.0, 1.0]),
    reset_s=st.none() | st.floats(0, 1e9),
)


@given(
    st.sampled_from([200, 400, 402, 403, 429, 500, 503, 529]),
    st.text() | st.integers(0, 10**9).map(str),
    st.text() | st.just('{"error": {"type": "insufficient_quota"}}'),
    st.sampled_from(Outcome),
    st.lists(QUOTAS, max_size=3),
)
def test_whatever_is_answered_a_wait_is_none_or_one_that_can_be_kept(
    status: int, header: str, body: str, outcome: Outcome, quotas: list[Quota]
) -> None:
    given_answer = answer(status, {"Retry-After": header}, body)
    wait = asked_by(given_answer, outcome, tuple(quotas), NOW)
    assert wait is None or 0 < wait < 1e10
    if outcome is Outcome.THROTTLED:
        assert wait is not None
    if outcome is Outcome.QUOTA_EXHAUSTED:
        assert wait is not None
        assert wait >= FLOOR_S
        assert wait >= SPENT_S or not is_spent(given_answer)
