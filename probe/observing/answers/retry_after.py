"""How long an answer asks its client to stay away."""

import re
from http import HTTPStatus
from typing import Final

from probe.model import http_date
from probe.model.outcome import Outcome
from probe.model.run import Quota
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import is_spent
from probe.observing.answers.document import error_details, reported_error
from probe.observing.answers.their_clock import dated

FLOOR_S: Final = 60.0
"""The wait after a 429 that names none or hardly any."""

SPENT_S: Final = 3600.0
"""The least wait after a spend limit, which only its owner can lift."""

_ASKING: Final = frozenset({403, 413, 423, 429, 503, 529})
"""Limits, locks and overloads. Other errors are typical of outages, and some front ends put a wait
on all of them: obeying would mean not watching."""

_LIMITING: Final = frozenset({429, 503, 529})
_DELAY: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s")


def wait_s(status: int, header: str, now: float) -> float | None:
    """Seconds to stay away after an answer of this status; None if it asks for nothing."""
    if status not in _ASKING:
        return None
    wait = http_date.until(header, now) or None
    return wait or (FLOOR_S if status == HTTPStatus.TOO_MANY_REQUESTS else None)


def asked_by(
    answer: Answer, outcome: Outcome, quotas: tuple[Quota, ...], now: float
) -> float | None:
    """Seconds to stay away after an answer that showed `outcome`; None if nothing asks for it.

    A date is compared with the answer's own clock: ours may be wrong.
    """
    if outcome.succeeded and answer.status not in _LIMITING:
        return None
    header = answer.headers.get("Retry-After", "")
    by_its_clock = dated(answer) or now
    if outcome is Outcome.QUOTA_EXHAUSTED:
        told = http_date.until(header, by_its_clock) or 0.0
        return max(told, SPENT_S if is_spent(answer) else _until_refilled(quotas) or SPENT_S)
    if outcome is not Outcome.THROTTLED:
        return wait_s(answer.status, header, by_its_clock)
    told = http_date.until(header, by_its_clock) or 0.0
    return max(told, _delay_in_body(answer)) or FLOOR_S


def _delay_in_body(answer: Answer) -> float:
    """Google's RetryInfo, used instead of the header; 0 if there is none."""
    delays = (detail.get("retryDelay") for detail in error_details(reported_error(answer.text)))
    found = (_DELAY.fullmatch(delay) for delay in delays if isinstance(delay, str))
    return next((float(match[1]) for match in found if match), 0.0)


def _until_refilled(quotas: tuple[Quota, ...]) -> float | None:
    """Seconds until every empty budget is refilled, at least the floor; None if none is empty."""
    empty = [quota for quota in quotas if quota.remaining == 0]
    return max((FLOOR_S, *(quota.reset_s or 0.0 for quota in empty))) if empty else None
