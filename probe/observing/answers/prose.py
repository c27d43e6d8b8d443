"""The text of a page that people read: the words between its tags."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

_TAG: Final = re.compile(r"<(?:!--|[/!?]?[A-Za-z][A-Za-z\d]{0,20})")
_END: Final = re.compile(">")
_END_OF: Final = {
    "<!--": re.compile("-->"),
    "<script": re.compile(r"</script[^>]{0,80}>", re.IGNORECASE),
    "<style": re.compile(r"</style[^>]{0,80}>", re.IGNORECASE),
    "<select": re.compile(r"</select[^>]{0,80}>", re.IGNORECASE),
    "<svg": re.compile(r"</svg[^>]{0,80}>", re.IGNORECASE),
}
"""What ends a tag. The contents of these few are left out: code, pictures, lists of choices."""


def prose_of(text: str) -> str:
    """The words of a page, its title first; takes time in proportion to its length.

    Not a parser: the page may be cut off, and the words are only for a quick look.
    """
    return " ".join(word for piece in _pieces(text) for word in unescape(piece).split())


def _pieces(text: str) -> Iterator[str]:
    """The text between the tags of `text`, without what no browser shows."""
    at = 0
    while tag := _TAG.search(text, at):
        yield text[at : tag.start()]
        end = _END_OF.get(tag[0].lower(), _END)
        ended = end.search(text, tag.end())
        if ended is None:
            return
        at = ended.end()
    yield text[at:]
