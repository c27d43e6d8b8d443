"""What answers say is left of our budgets: the rate-limit fields of several families.

`anthropic-ratelimit-requests-remaining` (resets as RFC 3339), OpenAI's
`x-ratelimit-remaining-tokens` (resets as `6m0s`), GitHub's `x-ratelimit-remaining` (resets as
seconds since the epoch), and `RateLimit` with `RateLimit-Policy` of the IETF's draft.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import http_sf

from probe.model import iso_date
from probe.model.run import Quota
from probe.observing.answers.answer import Answer
from probe.observing.answers.their_clock import dated

MOST: Final = 16
"""The most budgets kept of one answer."""

_FIELD: Final = re.compile(
    r"(?:anthropic-|x-)?ratelimit-(?:([a-z][a-z0-9_-]{0,39})-)?(limit|remaining|reset)"
    r"(?:-([a-z][a-z0-9_-]{0,39}))?"
)
_ONLY: Final = "requests"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_NUMBER: Final = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(?:[,;]|$)")
_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)")
_DURATION: Final = re.compile(rf"(?:{_PART.pattern}){{1,5}}")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_FIELD: Final = 2000
_SINCE_THE_EPOCH: Final = 10**9
"""A number from here on is a time, below it a wait."""


def quotas_of(answer: Answer, now: float) -> tuple[Quota, ...]:
    """Every budget whose remainder the answer gives, at most MOST; times are by its own clock.

    `now` is ours, for an answer without a date.
    """
    if not any("ratelimit" in header.lower() for header in answer.headers):
        return ()
    now = dated(answer) or now
    found = (*_in_own_fields(answer, now), *_in_structured_fields(answer))
    return found[:MOST]


def is_used_up(answer: Answer) -> bool:
    """Whether a budget of ours is empty: then the refusal is about us, not everybody."""
    return any(quota.remaining == 0 for quota in quotas_of(answer, 0.0))


def _in_own_fields(answer: Answer, now: float) -> Iterator[Quota]:
    told: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for header, value in answer.headers.items():
        if match := _FIELD.fullmatch(header.lower()):
            told[match[1] or match[3] or _ONLY][match[2]] = value
    for name, fields in told.items():
        remaining = _number(fields.get("remaining", ""))
        if remaining is not None:
            yield Quota(
                name=name,
                remaining=remaining,
                limit=_number(fields.get("limit", "")),
                reset_s=_wait(fields.get("reset", "").strip(), now),
            )


def _in_structured_fields(answer: Answer) -> Iterator[Quota]:
    limits = {name: params.get("q") for name, params in _structured(answer, "RateLimit-Policy")}
    for name, params in _structured(answer, "RateLimit"):
        remaining = _amount(params.get("r"))
        if remaining is not None:
            yield Quota(
                name=name if _NAME.fullmatch(name) else _ONLY,
                remaining=remaining,
                limit=_amount(limits.get(name)),
                reset_s=_amount(params.get("t")),
            )


def _structured(answer: Answer, header: str) -> Iterator[tuple[str, dict[str, Any]]]:
    text = ", ".join(answer.all(header))
    if not text or len(text) > _LONGEST_FIELD:
        return
    try:
        items: Any = http_sf.parse(text.encode(errors="replace"), tltype="list")
    except ValueError:
        return
    yield from ((str(name), params) for name, params in items)


def _amount(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return float(value)


def _number(text: str) -> float | None:
    match = _NUMBER.match(text)
    return float(match[1]) if match else None


def _wait(text: str, now: float) -> float | None:
    """Seconds until a budget is refilled, given as a duration, as seconds or as a time."""
    if _DURATION.fullmatch(text):
        return sum(float(amount) * _UNITS[unit] for amount, unit in _PART.findall(text))
    seconds = _number(text)
    if seconds is not None and seconds < _SINCE_THE_EPOCH:
        return seconds
    moment = iso_date.parse(text) if seconds is None else seconds
    return None if moment is None else max(0.0, moment - now)
