"""Whether a bot wall answered in the service's place: that says nothing about the service."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from probe.observing.answers.answer import Answer

HEADERS: Final[Mapping[str, frozenset[str] | None]] = {
    "CF-Mitigated": frozenset({"challenge"}),
    "X-Vercel-Mitigated": frozenset({"challenge", "deny"}),
    "X-Amzn-Waf-Action": None,
    "X-DD-B": None,
}
"""The headers by which walls identify themselves, whatever the status, and their values; None for
any. From Cloudflare, Vercel (github.com/elevenlabs/ui issue 80), Amazon and DataDome
(docs.datadome.co, "Handle API response")."""

_STATUSES: Final = frozenset({403, 429, 503})
_MARKS: Final = (
    *("<title>Just a moment...", "_cf_chl_opt", "Attention Required! | Cloudflare"),
    "<title>Vercel Security Checkpoint<",
    ".captcha-delivery.com/",  # DataDome's
    *("px-captcha", "//captcha.px-"),  # HUMAN's
)
"""Found on the pages of walls, and not on those of a service that they only protect."""

_SCRIPT: Final = re.compile(r"/cdn-cgi/challenge-platform/h/(?!\w+/scripts/)")
"""Not the script of Cloudflare's JavaScript Detections, which any page may be given."""
_BANNED: Final = "used Cloudflare to restrict access</title>"
"""Cloudflare says the same of a rate limit, with 429."""
_BAN: Final = re.compile(r"error code: 10(?:0[5-9]|1[0-2]|20)\s*")
"""The same for programs, as the whole body; 1015 is the rate limit, others are an origin's."""
_DENIAL: Final = re.compile(r"Reference(?: |&#32;)(?:#|&#35;)18(?:\.|&#46;)")
"""Akamai's, partly as entities; with another number than 18 the origin failed."""
_INCIDENT: Final = "Incapsula incident ID"
_FAILURE: Final = re.compile(r"\bedet=(?!1[24-7]\b)\d")
"""Imperva uses one page for everything. Its error 12 is a challenge and 14 to 17 are blocks; with
any other, such as 8 and 20, it could not reach the origin."""


def is_bot_wall(answer: Answer) -> bool:
    """Whether the answer has a wall's header or page."""
    if any(_tells(answer, name, values) for name, values in HEADERS.items()):
        return True
    if answer.status == HTTPStatus.FORBIDDEN and _bans(answer.text):
        return True
    return answer.status in _STATUSES and _shows_a_wall(answer.text)


def _bans(text: str) -> bool:
    return _BANNED in text or bool(_BAN.fullmatch(text))


def _shows_a_wall(text: str) -> bool:
    # One expression for all marks would take a hundred times as long.
    if any(mark in text for mark in _MARKS):
        return True
    if _INCIDENT in text:
        return not _FAILURE.search(text)
    return any(pattern.search(text) for pattern in (_SCRIPT, _DENIAL))


def _tells(answer: Answer, name: str, values: frozenset[str] | None) -> bool:
    value = answer.headers.get(name)
    return value is not None and (values is None or value.lower() in values)
