"""What is kept of an answer: enough to support a complaint, bounded and masked."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from yarl import URL

from probe.model.run import Check
from probe.model.secret import MASK
from probe.observing.answers.answer import Answer
from probe.observing.answers.bot_wall import HEADERS
from probe.observing.answers.prose import prose_of
from probe.observing.masking import Masker
from probe.observing.tokens import bears_a_token

KEPT_HEADERS: Final = (
    "Content-Type",
    "Content-Length",
    "Last-Modified",
    "Server",
    "Date",
    "Location",
    "Retry-After",
    "Request-Id",
    "X-Request-Id",
    "CF-Ray",
    *HEADERS,
    "WWW-Authenticate",
    "Set-Cookie",
)
EXCERPT: Final = 500
ERROR: Final = 300
_READ: Final = 16_384
"""Characters of a page in which words are looked for."""
_MOST_VALUES: Final = 5


def excerpt_of(answer: Answer, masker: Masker) -> str:
    """The beginning of a body; of a page its words, which stand behind thousands of others."""
    words = ""
    if answer.is_page:
        # Masked before: a secret that looks like a tag must not lose its middle alone.
        words = prose_of(masker.hide(answer.text[:_READ]))
    return masker.show(words or answer.text, EXCERPT)


def show_check(check: Check, masker: Masker) -> Check:
    """`check`, whose texts are foreign, made safe to show."""
    return replace(check, expected=masker.show(check.expected), actual=masker.show(check.actual))


def show_header(name: str, value: str, masker: Masker) -> str:
    """A header's value, safe to show: cookies, tokens and the queries of URLs are secrets."""
    if name.lower() == "set-cookie":
        cookie, _, attributes = value.partition(";")
        return masker.show(f"{cookie.partition('=')[0]}={MASK};{attributes}".rstrip(";"))
    if name.lower() == "location":
        return _show_location(value, masker)
    if bears_a_token(name):
        return MASK
    return masker.show(value)


def kept_headers(answer: Answer, masker: Masker) -> Iterator[tuple[str, str]]:
    """The headers that may explain an answer, safe to show."""
    for name in KEPT_HEADERS:
        for value in answer.all(name)[:_MOST_VALUES]:
            yield name.lower(), show_header(name, value, masker)


def _show_location(value: str, masker: Masker) -> str:
    try:
        url = URL(value)
    except ValueError:
        return "not a URL"
    if url.scheme in {"http", "https"}:
        return masker.show_url(url)
    return masker.show(value.partition("?")[0].partition("#")[0])
