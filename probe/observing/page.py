"""Looks into foreign HTML, beside the event loop: a page built to be slow must not stop it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, cast

from probe.observing.answer import Answer

Element: TypeAlias = Any
"""One of lxml's, whose type is private to it."""

P = ParamSpec("P")
T = TypeVar("T")

_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="extraction")
"""Threads of its own: a page built to be slow must not take those that resolve names."""


class NoPage(Exception):  # noqa: N818 - becomes a failed check
    """A text that is no HTML."""


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
    found = CSSSelector(selector, translator="html")(page) if page is not None else []
    return cast("list[Element]", found)
