"""Times in the format of RFC 3339, in any zone."""

from datetime import UTC, datetime


def parse(text: str) -> float | None:
    """Seconds since the epoch, in UTC if no zone is given; None if it is not a time."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
