"""Looks into foreign HTML, beside the event loop: a page built to be slow must not stop it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, cast

from probe.observing.answers.answer import Answer

Element: TypeAlias = Any
"""One of lxml's, whose type is private to it."""

P = ParamSpec("P")
T = TypeVar("T")

_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="extraction")
"""Threads of its own: a page built to be slow must not take those that resolve names."""


_MOST_PAIRS: Final = 4_000_000
"""Of siblings, as 2000 in a row are: libxml2 takes a second for them, and nothing stops it."""


class NoPage(Exception):  # noqa: N818 - becomes a failed check
    """A text that is no HTML, or a page that cannot be looked through in time."""


async def beside_the_loop(look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `look` gives, found in a thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_WORKERS, lambda: look(*args, **kwargs))


def elements(answer: Answer, selector: str) -> list[Element]:
    """The elements of a page that `selector` fits. Raises NoPage.

    lxml, not an HTML5 parser: those follow rules by which a page of 35 kB becomes 1.4 GB.
    """
    from lxml import etree  # noqa: PLC0415 - 4 MB, paid by daemons that look into pages
    from lxml.cssselect import CSSSelector  # noqa: PLC0415

    parser = etree.HTMLParser(encoding="utf-8", no_network=True)
    try:
        page = etree.fromstring(answer.text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as problem:
        raise NoPage(f"no HTML: {problem}") from problem
    if page is None:
        return []
    select = CSSSelector(selector, translator="html")
    if "sibling::" in select.path and _sibling_pairs(page) > _MOST_PAIRS:
        raise NoPage("a page of too many siblings to look for some beside others")
    return cast("list[Element]", select(page))


def _sibling_pairs(page: Element) -> int:
    return sum(len(element) ** 2 for element in page.iter())
