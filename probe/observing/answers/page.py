"""Searches foreign HTML outside the event loop: a page built to be slow must not block it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, cast

from cssselect.parser import CombinedSelector, Selector, Tree, parse

from probe.observing.answers.answer import Answer
from probe.observing.failures import NO_THREAD

Element: TypeAlias = Any
"""An element of lxml's, whose type is private."""

P = ParamSpec("P")
T = TypeVar("T")

_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="extraction")
"""Separate threads: a page built to be slow must not occupy those that resolve names."""


_MOST_PAIRS: Final = 4_000_000
"""Sibling pairs, as in 2000 in a row: libxml2 takes a second for them and cannot be stopped."""


class NoPage(Exception):  # noqa: N818 - becomes a failed check
    """A text that is not HTML, or a page that cannot be searched in time."""


async def beside_the_loop(look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `look` returns, in a thread. A CancelledError says if no thread was free in time."""
    began: list[bool] = []

    def work() -> T:
        began.append(True)
        return look(*args, **kwargs)

    try:
        return await asyncio.get_running_loop().run_in_executor(_WORKERS, work)
    except asyncio.CancelledError as ended:
        if not began:
            raise asyncio.CancelledError(NO_THREAD) from ended
        raise


def elements(answer: Answer, selector: str) -> list[Element]:
    """The elements of a page that `selector` matches. Raises NoPage.

    Uses lxml, not an HTML5 parser: by those rules a page of 35 kB becomes 1.4 GB.
    """
    from lxml import etree  # noqa: PLC0415 - 4 MB, only for daemons that search pages

    parser = etree.HTMLParser(encoding="utf-8", no_network=True)
    try:
        page = etree.fromstring(answer.text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as problem:
        raise NoPage(f"no HTML: {problem}") from problem
    if page is None:
        return []
    found = [_found(page, each.parsed_tree) for each in parse(selector)]
    if len(found) == 1:
        return found[0]
    wanted = set(chain.from_iterable(found))
    return [element for element in page.iter() if element in wanted]


def _found(page: Element, selector: Tree) -> list[Element]:
    """The elements that a selector without commas matches, in document order.

    For a whole selector libxml2 would search each element again for every part, and then compare
    everything it found pairwise: `div div div` in 256 kB of nested ones takes half a minute and
    cannot be stopped. So only the outermost matches are searched: they contain the others.
    """
    from lxml.cssselect import LxmlHTMLTranslator  # noqa: PLC0415 - as above
    from lxml.etree import XPath  # noqa: PLC0415

    found, axis = [page], "descendant-or-self::"
    for part in _parts(selector):
        path = LxmlHTMLTranslator().selector_to_xpath(Selector(part), axis)
        if "sibling::" in path and _sibling_pairs(page) > _MOST_PAIRS:
            raise NoPage("a page of too many siblings to look for some beside others")
        # An XPath that calls lxml's own functions, as `:contains` does, works only once.
        found = [
            element
            for outer in _outermost(found)
            for element in cast("list[Element]", XPath(path)(outer))
        ]
        axis = "descendant::"
    return found


def _parts(selector: Tree) -> list[Tree]:
    """`a > b c + d` as `a > b` and, anywhere inside of these, `c + d`."""
    if not isinstance(selector, CombinedSelector):
        return [selector]
    *before, last = _parts(selector.selector)
    if selector.combinator == " ":
        return [*before, last, selector.subselector]
    return [*before, CombinedSelector(last, selector.combinator, selector.subselector)]


def _outermost(elements: Iterable[Element]) -> Iterator[Element]:
    """Those of `elements`, given in document order, that are inside no other."""
    last = None
    for element in elements:
        if last is None or last not in element.iterancestors():
            yield element
            last = element


def _sibling_pairs(page: Element) -> int:
    return sum(len(element) ** 2 for element in page.iter())
