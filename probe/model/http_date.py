"""Dates as HTTP writes them, RFC 9110, section 5.6.7, and the Retry-After of section 10.2.3."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

_LONGEST: Final = 64
"""Twice the length of a date: what is remembered must not grow with what a target sends."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def parse(text: str) -> float | None:
    """Seconds since the epoch; None if it is not a date. One without a zone is in UTC."""
    return _parsed(text) if len(text) <= _LONGEST else None


def until(retry_after: str, now: float) -> float | None:
    """Seconds that a Retry-After asks for, as a number or a date; None for anything else."""
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = parse(text)
    return None if moment is None else max(0.0, moment - now)


@lru_cache(maxsize=256)
def _parsed(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
