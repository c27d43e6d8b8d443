"""Takes variables out of an answer: one function per source, chosen from one mapping.

A variable that is not found is a failed check, so the step says what was missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from yarl import URL

from probe.config.transaction.steps import Extract
from probe.model.run import Check
from probe.observing.answers.answer import Answer
from probe.observing.answers.conditions import TookTooLong, search
from probe.observing.answers.document import MISSING, Unreadable, look_up, shown
from probe.observing.answers.page import NoPage, beside_the_loop, elements

LONGEST: Final = 2**16
"""The most characters of a variable: a SAML assertion has ten thousand and more. It is kept for the
run, and everything shown is searched for it, in each of its forms."""

LONGEST_PUBLIC: Final = 2**18
"""The same for a public one, which is not masked: a key set, for example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was found, by variable, and one check, not yet masked, for each that was not."""

    found: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


class _NotFound(Exception):  # noqa: N818 - becomes a failed check
    """Why a source gives nothing; empty if it is simply absent."""


async def extract(
    wanted: Mapping[str, Extract], answer: Answer, cookies: Mapping[str, str]
) -> Extraction:
    """Take every variable of `wanted` from `answer`, or from the run's `cookies`.

    Parsing a foreign page may take long, so it happens in a thread.
    """
    if not wanted:
        return Extraction()
    return await beside_the_loop(_extract, wanted, answer, cookies)


def _extract(
    wanted: Mapping[str, Extract], answer: Answer, cookies: Mapping[str, str]
) -> Extraction:
    found: dict[str, str] = {}
    checks: list[Check] = []
    for name, source in wanted.items():
        try:
            longest = LONGEST_PUBLIC if source.public else LONGEST
            found[name] = _bounded(_find(source, answer, cookies), longest)
        except _NotFound as problem:
            if source.optional:
                continue
            checks.append(_failed(name, source, str(problem)))
    return Extraction(found=found, checks=tuple(checks))


def _find(source: Extract, answer: Answer, cookies: Mapping[str, str]) -> str:
    text = _written(source, answer, cookies)
    return unquote(text) if source.decode == "url" else text


def _written(source: Extract, answer: Answer, cookies: Mapping[str, str]) -> str:
    key, wanted = source.source
    if key == "cookie":
        return _present(cookies.get(wanted))
    if key == "css":
        return _from_css(wanted, source.attribute, answer)
    return SOURCES[key](wanted, answer)


def _from_css(selector: str, attribute: str | None, answer: Answer) -> str:
    try:
        found = elements(answer, selector)
    except NoPage as problem:
        raise _NotFound(str(problem)) from problem
    if not found:
        raise _NotFound
    if attribute is not None:
        return _present(found[0].get(attribute))
    return "".join(map(str, found[0].itertext())).strip()


def _from_json(expression: str, answer: Answer) -> str:
    try:
        found = look_up(answer.document, expression)
    except Unreadable as problem:
        raise _NotFound(str(problem)) from problem
    if found is MISSING or found is None:
        raise _NotFound
    return found if isinstance(found, str) else shown(found)


def _from_regex(pattern: str, answer: Answer) -> str:
    try:
        match = search(pattern, answer.text)
    except TookTooLong as problem:
        raise _NotFound(str(problem)) from problem
    if match is None:
        raise _NotFound
    return _present(match[1] if match.re.groups else match[0])


def _from_header(name: str, answer: Answer) -> str:
    return _present(answer.headers.get(name))


def _from_redirect(parameter: str, answer: Answer) -> str:
    try:
        url = URL(answer.headers.get("Location", ""))
    except ValueError as problem:
        raise _NotFound("the redirect leads to no URL") from problem
    return _present(url.query.get(parameter))


SOURCES: Final[Mapping[str, Callable[[str, Answer], str]]] = {
    "json": _from_json,
    "regex": _from_regex,
    "header": _from_header,
    "redirect": _from_redirect,
}
"""Every source that needs only the answer and one text."""


def _present(text: str | None) -> str:
    if text is None:
        raise _NotFound
    return text


def _bounded(text: str, longest: int) -> str:
    """`text`, encodable as UTF-8. Raises _NotFound if it is too long for a variable."""
    if len(text) > longest:
        raise _NotFound(f"is longer than {longest} characters")
    return text.encode("utf-8", "replace").decode("utf-8")


def _failed(name: str, source: Extract, problem: str) -> Check:
    return Check(
        name=f"extract {name}",
        passed=False,
        expected=" ".join(source.source),
        actual=problem or "not found",
    )
