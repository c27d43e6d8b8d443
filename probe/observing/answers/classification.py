"""What an answer says before its content is checked: a bot wall, a refusal, an error."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from probe.config.transaction.expectations import StatusSet
from probe.model.http_status import OVERLOADED, SERVER_ERROR
from probe.model.outcome import Outcome
from probe.observing.answers.answer import Answer
from probe.observing.answers.bot_wall import is_bot_wall
from probe.observing.answers.document import error_kinds, reported_error
from probe.observing.answers.quota import is_used_up

KINDS: Final[Mapping[str, Outcome]] = {
    "insufficient_quota": Outcome.QUOTA_EXHAUSTED,
    "billing_error": Outcome.QUOTA_EXHAUSTED,
    "overloaded_error": Outcome.OVERLOADED,
    "server_is_overloaded": Outcome.OVERLOADED,
    "slow_down": Outcome.OVERLOADED,
    "rate_limit_error": Outcome.THROTTLED,
    "rate_limit_exceeded": Outcome.THROTTLED,
    "RESOURCE_EXHAUSTED": Outcome.THROTTLED,
    "authentication_error": Outcome.UNAUTHORIZED,
    "invalid_api_key": Outcome.UNAUTHORIZED,
    "API_KEY_INVALID": Outcome.UNAUTHORIZED,
    "invalid_client": Outcome.UNAUTHORIZED,
    "invalid_grant": Outcome.UNAUTHORIZED,
    "unauthorized_client": Outcome.UNAUTHORIZED,
    "incorrect_client_credentials": Outcome.UNAUTHORIZED,
    "bad_refresh_token": Outcome.UNAUTHORIZED,
    "temporarily_unavailable": Outcome.OVERLOADED,
}
"""The names that errors give themselves, whatever the status; the first one found decides."""

_MONEY: Final = frozenset(
    kind for kind, outcome in KINDS.items() if outcome is Outcome.QUOTA_EXHAUSTED
)
_SPENT: Final = re.compile(
    r"credit balance is too low|\busage limits\b|\b(?:spend|spending|usage) (?:cap|limit)\b"
    r"|\b(?:extra usage is|usage credits are) required\b",
    re.IGNORECASE,
)
"""Anthropic reports exhausted credit only in the message of an error that is otherwise any 400 or
429."""
_RATE_LIMIT: Final = re.compile(r"\brate limit\b", re.IGNORECASE)
_LONGEST_MESSAGE: Final = 1000
_SPENT_STATUSES: Final = frozenset({400, 403, 429})

_PASSWORD_FIELD: Final = re.compile(
    r"<input\b[^<>]{0,500}?\btype\s*=\s*[\"']?password\b", re.IGNORECASE
)
_CERTIFICATE_MARKS: Final = (
    "No required SSL certificate was sent",
    "The SSL certificate error",
)
"""How nginx says, with status 400, that it wants another client certificate."""

_REFUSALS: Final = frozenset({401, 403, 409})
_NOT_LET_IN: Final = frozenset({400, 422, 423})
"""Statuses that some sign-ins give a wrong password (GoTrue, Laravel) or a locked account."""

_LIMITED: Final = frozenset({403, 429})
_SEE_OTHER: Final = (HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)

_TURNED_DOWN: Final = frozenset({400, 401})


def refusal(
    answer: Answer, accepted: StatusSet, *, credential: bool, password: bool = False
) -> Outcome | None:
    """The outcome that status and marks of `answer` stand for; None if it is accepted.

    `credential` is whether the request said who asks, `password` whether its body sent one.
    """
    if is_bot_wall(answer):
        return Outcome.CHALLENGED
    if answer.status in accepted:
        return None
    if not password and _is_secondary_limit(answer):
        return Outcome.THROTTLED
    outcome = _of_status(answer, accepted, credential=credential)
    refused = password and answer.status in _NOT_LET_IN
    return Outcome.UNAUTHORIZED if refused and outcome is Outcome.UNEXPECTED_STATUS else outcome


def outcome_of_kinds(kinds: frozenset[str]) -> Outcome | None:
    """The outcome that an error's own name stands for; None if the name is unknown."""
    return next((outcome for kind, outcome in KINDS.items() if kind in kinds), None)


def is_spent(answer: Answer) -> bool:
    """Whether money ran out, or a limit that an operator set: no waiting will help soon."""
    if answer.status == HTTPStatus.PAYMENT_REQUIRED:
        return True
    if not _MONEY.isdisjoint(error_kinds(answer.text)):
        return True
    words = str(reported_error(answer.text).get("message", ""))[:_LONGEST_MESSAGE]
    return answer.status in _SPENT_STATUSES and bool(_SPENT.search(words))


def _of_status(answer: Answer, accepted: StatusSet, *, credential: bool) -> Outcome:
    status = answer.status
    if is_spent(answer) or (status in _LIMITED and is_used_up(answer)):
        return Outcome.QUOTA_EXHAUSTED
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Outcome.THROTTLED
    told = outcome_of_kinds(error_kinds(answer.text))
    if _is_overload(answer) or told is Outcome.OVERLOADED:
        return Outcome.OVERLOADED
    if credential and (status in _REFUSALS or _is_login_form_again(answer, accepted)):
        return Outcome.UNAUTHORIZED
    if status in _TURNED_DOWN and (told is Outcome.UNAUTHORIZED or _wants_a_certificate(answer)):
        return Outcome.UNAUTHORIZED
    return Outcome.SERVER_ERROR if status in SERVER_ERROR else Outcome.UNEXPECTED_STATUS


def _is_secondary_limit(answer: Answer) -> bool:
    """Too many requests at once, as GitHub says with 403 while the hourly budget is not empty.

    A sign-in that says so may have locked the account: that is a refusal.
    """
    limited = answer.status == HTTPStatus.FORBIDDEN and not is_used_up(answer)
    return limited and bool(_RATE_LIMIT.search(answer.text[:_LONGEST_MESSAGE]))


def _wants_a_certificate(answer: Answer) -> bool:
    return any(mark in answer.text for mark in _CERTIFICATE_MARKS)


def _is_overload(answer: Answer) -> bool:
    told_when = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in answer.headers
    return told_when or answer.status == OVERLOADED


def _is_login_form_again(answer: Answer, accepted: StatusSet) -> bool:
    """The form instead of the redirect past it, as after a wrong password."""
    awaited = any(status in accepted for status in _SEE_OTHER)
    return awaited and answer.status == HTTPStatus.OK and asks_for_a_password(answer)


def asks_for_a_password(answer: Answer) -> bool:
    """Whether a page has a password field."""
    return bool(_PASSWORD_FIELD.search(answer.text))
