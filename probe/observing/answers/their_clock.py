"""The clock of the server that answered."""

from typing import Final

from probe.model.http_date import parse
from probe.observing.answers.answer import Answer

_TRUNCATED_S: Final = 0.5
"""A date has whole seconds: on average, the real time is this much later."""


def dated(answer: Answer) -> float | None:
    """When the target says it answered; None if it does not, or a cache answered for it."""
    header = answer.headers.get("Date")
    if header is None or answer.headers.get("Age", "0").strip() != "0":
        return None
    return parse(header)


def skew_s(date: float, answered_at: float) -> float:
    """Our clock minus theirs, within half a second plus the answer's travel time."""
    return answered_at - (date + _TRUNCATED_S)
