"""Dates as HTTP writes them, RFC 9110, section 5.6.7."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

_LONGEST: Final = 64
"""Twice as long as a date: what is remembered must not grow with what a target makes up."""


def parse(text: str) -> float | None:
    """Seconds since the epoch; None for what is no date. One without a zone is in UTC."""
    return _parsed(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=256)
def _parsed(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
