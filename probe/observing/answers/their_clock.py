"""The clock of whoever answered."""

from typing import Final

from probe.model.http_date import parse
from probe.observing.answers.answer import Answer

_TRUNCATED_S: Final = 0.5
"""A date has whole seconds: on average, the moment lies so much later."""


def dated(answer: Answer) -> float | None:
    """When the target says that it answered; None where it does not, or a cache answered for it."""
    header = answer.headers.get("Date")
    if header is None or answer.headers.get("Age", "0").strip() != "0":
        return None
    return parse(header)


def skew_s(date: float, answered_at: float) -> float:
    """Our clock less theirs, give or take half a second and the way of the answer."""
    return answered_at - (date + _TRUNCATED_S)
