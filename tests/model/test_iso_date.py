import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from probe.model.iso_date import parse

NOON = 1772452800.0


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00.000+01:00", "2026-03-02T12:00", "20260302T12"],
)
def test_a_moment_is_read_with_its_zone_and_without_one_in_utc(text: str) -> None:
    assert parse(text) == NOON


def test_a_day_is_its_first_moment() -> None:
    assert parse("2026-03-02") == NOON - 43_200


@given(text=st.text())
@example(text="0001-01-01T00:00:00+23:59")
@example(text="9999-12-31T23:59:59-23:59")
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert isinstance(parse(text), float | None)
