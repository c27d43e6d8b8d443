"""How long an answer asks its client to stay away."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

FLOOR_S: Final = 60.0
"""The wait after a 429 that names none, or none to speak of."""

_ASKING: Final = frozenset({429, 503, 529})
_THROTTLED: Final = 429
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def parse(text: str | None, now: float) -> float | None:
    """Seconds from `now` until the moment named by a Retry-After header; None for anything else."""
    if text is None:
        return None
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, zoned.timestamp() - now)
    except (ValueError, OverflowError):
        return None


def wait_s(status: int, header: str | None, now: float) -> float | None:
    """Seconds to stay away after an answer of this status, None where it asks for nothing."""
    if status not in _ASKING:
        return None
    wait = parse(header, now) or None
    return wait or (FLOOR_S if status == _THROTTLED else None)
