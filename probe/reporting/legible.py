"""Foreign text made legible: invisible characters are spelled out, long texts are cut.

Escaping for HTML is up to the template engine; this comes before it. A direction override or a lone
surrogate is harmless to a parser, but misleads a reader or breaks the encoder.
"""

import re
from typing import Final

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, except tab and line feed
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def legible(text: str) -> str:
    """`text` with each invisible character written as its code point."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cut(text: str, limit: int) -> str:
    """The first `limit` characters, with a sign that there were more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
