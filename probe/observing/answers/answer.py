"""The answer to one request, as the checks and extractions see it."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from multidict import CIMultiDictProxy
from yarl import URL

from probe.model.http_status import REDIRECTION
from probe.observing.answers import document

_CHARSET: Final = re.compile(
    r""";\s*charset\s*=\s*["']?([\w.:+-]{1,40})(?=["'\s;]|$)""", re.IGNORECASE | re.ASCII
)
_META_CHARSET: Final = re.compile(
    rb"""<meta\s[^>]*?charset\s*+=\s*+["']?\s*+([\w.:+-]{1,40})""", re.IGNORECASE
)
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|$)", re.DOTALL)
_PRESCANNED: Final = 1024
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_NOT_DECODED: Final = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
"""Codecs that Python has and no web page uses; some take quadratic time."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer whose headers arrived; `body` may be cut if it was too long or broke off."""

    status: int
    url: URL
    http_version: str
    headers: CIMultiDictProxy[str]
    charset: str
    body: bytes

    @cached_property
    def text(self) -> str:
        """The body as text; undecodable bytes become U+FFFD."""
        try:
            if codecs.lookup(self.charset).name not in _NOT_DECODED:
                return self.body.decode(self.charset, errors="replace")
        except (LookupError, ValueError):
            pass
        return self.body.decode(errors="replace")

    @cached_property
    def document(self) -> object:
        """The body as JSON. Raises document.Unreadable."""
        return document.parse(self.text)

    @property
    def is_page(self) -> bool:
        """Whether a browser would show it as a page: HTML, and not a redirect."""
        html = _is_html(self.headers.get("Content-Type", ""))
        return html and self.status not in REDIRECTION

    def all(self, header: str) -> Sequence[str]:
        """Every value of a header."""
        return self.headers.getall(header, ())


def charset_in(content_type: str, body: bytes) -> str:
    """The charset named by a Content-Type, or by a page itself; UTF-8 if neither names one.

    aiohttp's own parser is the one for mail: some headers break it, and some take it seconds.
    """
    named = _CHARSET.search(content_type)
    if named:
        return named[1]
    return _named_by_page(body[:_PRESCANNED]) if _is_html(content_type) else "utf-8"


def _is_html(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in _HTML


def _named_by_page(beginning: bytes) -> str:
    """The charset of the first `<meta>` that names one, found as browsers do."""
    if beginning.startswith(codecs.BOM_UTF8):
        return "utf-8"
    named = _META_CHARSET.search(_COMMENT.sub(b"", beginning))
    charset = named[1].decode("ascii") if named else ""
    return charset if charset and _writes_as_ascii(charset) else "utf-8"


def _writes_as_ascii(charset: str) -> bool:
    """Whether a page in `charset` can name it in ASCII: none in UTF-16, UTF-32 or EBCDIC can."""
    try:
        return charset.encode(charset) == charset.encode("ascii")
    except (LookupError, ValueError):
        return False
