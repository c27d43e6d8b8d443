"""How a target may write a text that it echoes: unchanged, or escaped by its language."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from itertools import product
from typing import Final
from urllib.parse import quote, quote_plus

from yarl import URL

_WRITTEN_AS_IT_STANDS: Final = re.compile(r"[A-Za-z0-9_.~-]+")
"""These are written unchanged everywhere, and most tokens consist of them."""

_ESCAPED_IN_JSON: Final = tuple(
    str.maketrans({character: digits.format(ord(character)) for character in characters} | others)
    for characters, digits, others in (
        ("", "", {}),
        ("", "", {"/": r"\/"}),
        ("&<>", r"\u{:04x}", {}),
        ("&<>'", r"\u{:04x}", {}),
        ("&<>'=", r"\u{:04x}", {}),
        ("&<>'", r"\u{:04X}", {"/": r"\/", '"': "u0022"}),  # a backslash precedes it by then
        ("&<>'+`", r"\u{:04X}", {'"': "u0022"}),
    )
)
"""Beyond what is required: Python and JavaScript; PHP; Go, Rails; Jinja; Gson; Symfony; .NET."""

_QUOTES_IN_HTML: Final = (
    ("&quot;", "&#x27;"),
    ("&quot;", "&#39;"),
    ("&quot;", "&#039;"),
    ("&quot;", "&apos;"),
    ("&#34;", "&#39;"),
    ('"', "'"),
)
"""Python; Rails; PHP; XML; Go, Jinja; text outside of attributes."""


def forms_of(secret: str) -> Iterator[str]:
    """`secret` unchanged, in base64, and as URLs, JSON and HTML write it, in whatever case.

    Base64 may continue with padding, which reveals nothing.
    """
    yield secret
    encoded = b64encode(secret.encode(errors="replace")).decode("ascii").rstrip("=")
    yield from (encoded, encoded.replace("+", "-").replace("/", "_"))
    if not is_plain(secret):
        yield from _in_urls(secret)
        yield from _in_json(secret)
        yield from _in_html(secret)


def is_plain(secret: str) -> bool:
    """Whether `secret` is written alike everywhere except in base64, as most tokens are."""
    return _WRITTEN_AS_IT_STANDS.fullmatch(secret) is not None


def folded(text: str) -> str:
    """`text` in lower case with all positions kept: a target may change the case of its echo.

    One capital letter becomes two small ones, another is written differently at a word's end.
    """
    lower = text.replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").lower()
    return lower.replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")


def _in_urls(secret: str) -> Iterator[str]:
    yield quote(secret, safe="", errors="replace")
    yield quote(secret, errors="replace")
    yield quote_plus(secret, errors="replace")
    yield URL.build(query={"": secret.encode(errors="replace").decode()}).raw_query_string[1:]


def _in_json(secret: str) -> Iterator[str]:
    """`secret` as JSON, and as JSON within JSON."""
    for ascii_alone, escapes in product({True, secret.isascii()}, _ESCAPED_IN_JSON):
        text = secret
        for _ in range(2):
            text = json.dumps(text, ensure_ascii=ascii_alone)[1:-1].translate(escapes)
            yield text


def _in_html(secret: str) -> Iterator[str]:
    text = html.escape(secret, quote=False)
    for double, single in _QUOTES_IN_HTML:
        yield text.replace('"', double).replace("'", single)
