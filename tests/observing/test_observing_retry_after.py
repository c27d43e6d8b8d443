"""Retry-After in both of its forms, and in none."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.observing.retry_after import parse, wait_s

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


def test_a_429_never_means_at_once() -> None:
    assert wait_s(429, "0", NOW) == wait_s(429, None, NOW) == wait_s(429, "garbage", NOW) == 60
