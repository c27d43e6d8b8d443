"""Moments as RFC 3339 writes them, in any zone."""

from datetime import UTC, datetime


def parse(text: str) -> float | None:
    """Seconds since the epoch, by universal time where no zone is named; None for no moment."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
