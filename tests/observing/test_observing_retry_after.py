"""Retry-After in both of its forms, and in none."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from probe.model.outcome import Outcome
from probe.model.run import Quota
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import is_spent
from probe.observing.answers.retry_after import FLOOR_S, SPENT_S, asked_by, parse, wait_s

NOW = 1_772_449_200.0


@given(st.integers(0, 10**8))
def test_seconds_are_seconds(seconds: int) -> None:
    assert parse(f" {seconds} ", NOW) == seconds


@given(st.integers(-(10**8), 10**8))
def test_a_date_is_counted_from_now_and_never_negative(offset: int) -> None:
    moment = datetime.fromtimestamp(NOW + offset, UTC)
    assert parse(format_datetime(moment, usegmt=True), NOW) == max(0, offset)


@given(st.text())
def test_any_text_is_a_wait_or_none(text: str) -> None:
    wait = parse(text, NOW)
    assert wait is None or wait >= 0


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e9", "nan", "9" * 400, "Mon, 99 Foo 2026"])
def test_garbage_is_no_wait(text: str) -> None:
    assert parse(text, NOW) is None


def test_a_date_without_a_zone_is_universal_time() -> None:
    assert parse("Mon, 02 Mar 2026 11:00:30 -0000", NOW) == 30


def test_a_text_longer_than_any_date_is_none() -> None:
    date = "Mon, 02 Mar 2026 11:00:00 GMT"
    assert parse(date, NOW) is not None
    assert parse(date + "T" * 32_000, NOW) is None


def test_a_429_never_means_at_once() -> None:
    assert wait_s(429, "0", NOW) == wait_s(429, None, NOW) == wait_s(429, "garbage", NOW) == 60


def answer(status: int, headers: dict[str, str], body: str) -> Answer:
    return Answer(
        status=status,
        url=URL("http://localhost/"),
        http_version="1.1",
        headers=CIMultiDictProxy(CIMultiDict(headers)),
        charset="utf-8",
        body=body.encode("utf-8", "replace"),
    )


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
