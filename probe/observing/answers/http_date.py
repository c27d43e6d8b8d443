"""Dates as HTTP writes them, and the clock of whoever answered."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from probe.observing.answers.answer import Answer

_TRUNCATED_S: Final = 0.5
"""A date has whole seconds: on average, the moment lies so much later."""

_LONGEST: Final = 64
"""Twice as long as a date: what is remembered must not grow with what a target makes up."""


def parse(text: str) -> float | None:
    """Seconds since the epoch; None for what is no date."""
    return _parsed(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=256)
def _parsed(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def dated(answer: Answer) -> float | None:
    """When the target says that it answered; None where it does not, or a cache answered for it."""
    header = answer.headers.get("Date")
    if header is None or answer.headers.get("Age", "0").strip() != "0":
        return None
    return parse(header)


def skew_s(date: float, answered_at: float) -> float:
    """Our clock less theirs, give or take half a second and the way of the answer."""
    return answered_at - (date + _TRUNCATED_S)
