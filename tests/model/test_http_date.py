from hypothesis import example, given
from hypothesis import strategies as st

from probe.model.http_date import parse

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
