"""What an answer says before its content is looked at: a bot wall, a refusal, an error."""

import re
from typing import Final

from probe.config.expectations import StatusSet
from probe.model.outcome import Outcome
from probe.observing.answer import Answer
from probe.observing.document import error_kinds

OVERLOADED_KINDS: Final = frozenset({"overloaded_error", "server_is_overloaded"})
UNPAID_KINDS: Final = frozenset({"insufficient_quota", "billing_error"})

_CHALLENGE_STATUSES: Final = frozenset({403, 429, 503})
_CHALLENGE_MARKS: Final = (
    "<title>Just a moment...",
    "_cf_chl_opt",
    "/cdn-cgi/challenge-platform/",
    "Attention Required! | Cloudflare",
)
_PASSWORD_FIELD: Final = re.compile(
    r"<input\b[^<>]{0,500}?\btype\s*=\s*[\"']?password\b", re.IGNORECASE
)
_REFUSALS: Final = frozenset({401, 403, 409})
_SEE_OTHER: Final = (302, 303)

_OK, _UNPAID, _THROTTLED, _UNAVAILABLE, _OVERLOADED = 200, 402, 429, 503, 529
_SERVER_ERRORS: Final = range(500, 600)


def refusal(answer: Answer, accepted: StatusSet, *, credential: bool) -> Outcome | None:
    """The outcome that status and marks of `answer` stand for; None where it is accepted.

    `credential` is whether the request said who asks.
    """
    if is_challenge(answer):
        return Outcome.CHALLENGED
    if answer.status in accepted:
        return None
    return _of_status(answer, accepted, credential=credential)


def is_challenge(answer: Answer) -> bool:
    """Whether a bot wall answered in the service's place."""
    if answer.headers.get("cf-mitigated") == "challenge" or "x-amzn-waf-action" in answer.headers:
        return True
    walled = answer.status in _CHALLENGE_STATUSES
    return walled and any(mark in answer.text for mark in _CHALLENGE_MARKS)


def _of_status(answer: Answer, accepted: StatusSet, *, credential: bool) -> Outcome:
    status, kinds = answer.status, error_kinds(answer.text)
    if status == _UNPAID:
        return Outcome.QUOTA_EXHAUSTED
    if status == _THROTTLED:
        return Outcome.THROTTLED if UNPAID_KINDS.isdisjoint(kinds) else Outcome.QUOTA_EXHAUSTED
    if _is_overload(answer) or not OVERLOADED_KINDS.isdisjoint(kinds):
        return Outcome.OVERLOADED
    if credential and (status in _REFUSALS or _is_login_form_again(answer, accepted)):
        return Outcome.UNAUTHORIZED
    return Outcome.SERVER_ERROR if status in _SERVER_ERRORS else Outcome.UNEXPECTED_STATUS


def _is_overload(answer: Answer) -> bool:
    told_when = answer.status == _UNAVAILABLE and "retry-after" in answer.headers
    return told_when or answer.status == _OVERLOADED


def _is_login_form_again(answer: Answer, accepted: StatusSet) -> bool:
    """The form instead of the redirect behind it: that is how a wrong password looks."""
    awaited = any(status in accepted for status in _SEE_OTHER)
    return awaited and answer.status == _OK and bool(_PASSWORD_FIELD.search(answer.text))
