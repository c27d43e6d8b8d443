from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from probe.model.http_date import parse, until

NOON = 1772452800.0


def test_a_date_is_read_with_its_zone_and_without_one_in_utc() -> None:
    assert parse("Mon, 02 Mar 2026 12:00:00 GMT") == NOON
    assert parse("Mon, 02 Mar 2026 13:00:00 +0100") == NOON
    assert parse("Mon, 02 Mar 2026 12:00:00 -0000") == NOON


@given(text=st.text())
@example(text="Mon, 02 Mar 2026 11:00:00 +99999999999999")
@example(text="Mon, 99 Mar 2026 12:00:00 GMT")
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert isinstance(parse(text), float | None)


@given(st.integers(0, 10**8))
def test_seconds_are_seconds(seconds: int) -> None:
    assert until(f" {seconds} ", NOON) == seconds


@given(st.integers(-(10**8), 10**8))
def test_a_date_is_counted_from_now_and_never_negative(offset: int) -> None:
    moment = datetime.fromtimestamp(NOON + offset, UTC)
    assert until(format_datetime(moment, usegmt=True), NOON) == max(0, offset)


@given(st.text())
def test_any_text_is_a_wait_or_none(text: str) -> None:
    wait = until(text, NOON)
    assert wait is None or wait >= 0


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e9", "nan", "9" * 400, "Mon, 99 Foo 2026"])
def test_garbage_is_no_wait(text: str) -> None:
    assert until(text, NOON) is None


def test_a_date_without_a_zone_is_universal_time() -> None:
    assert until("Mon, 02 Mar 2026 12:00:30 -0000", NOON) == 30


def test_a_text_longer_than_any_date_is_none() -> None:
    date = "Mon, 02 Mar 2026 11:00:00 GMT"
    assert until(date, NOON) is not None
    assert until(date + "T" * 32_000, NOON) is None
