"""Fills `{{ name }}` with extracted variables. Their values are foreign: text, never structure."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

from yarl import URL

from probe.config.transaction.steps import VARIABLE
from probe.config.types import Model
from probe.model.secret import Secret, reveal
from probe.observing.failures import StepFailed

Variables = Mapping[str, str]

_WEB: Final = ("http://", "https://")
_DOTS: Final = frozenset({".", ".."})


def names_in(text: str | Secret) -> list[str]:
    """The variables that `text` uses."""
    return VARIABLE.findall(reveal(text))


def asks_for(name: str, value: object) -> bool:
    """Whether the variable `name` is used anywhere in `value`, a part of the configuration."""
    match value:
        case str() | Secret():
            return name in names_in(value)
        case Model():
            return asks_for(name, [getattr(value, key) for key in type(value).model_fields])
        case Mapping():
            return asks_for(name, list(value.values()))
        case list() | tuple():
            return any(asks_for(name, item) for item in value)
    return False


def render(text: str | Secret, variables: Variables) -> str:
    """`text` with its variables filled in unchanged."""
    return VARIABLE.sub(lambda match: _value(match[1], variables), reveal(text))


def render_json(value: object, variables: Variables) -> object:
    """`value` with the variables of every text inside it filled in; they stay text."""
    match value:
        case str() | Secret():
            return render(value, variables)
        case Mapping():
            return {key: render_json(item, variables) for key, item in value.items()}
        case list() | tuple():
            return [render_json(item, variables) for item in value]
    return value


def render_header(name: str, text: str | Secret, variables: Variables) -> str:
    """The value of a header. Raises StepFailed if it contains control characters."""
    rendered = render(text, variables)
    if not all(c >= " " or c == "\t" for c in rendered) or "\x7f" in rendered:
        raise StepFailed(
            f"header {name}",
            expected=f"one line from {_named(text)}",
            actual="a value with control characters",
        )
    return rendered


def render_url(text: str | Secret, variables: Variables) -> URL:
    """The URL to request. A variable is one piece of it: it adds no segment, host, query or port.

    Raises StepFailed if it would. Only a variable at the very start is a whole URL.
    """
    template, whole = reveal(text), ""
    first = VARIABLE.match(template)
    if first is not None:
        whole = _whole_url(first[1], variables)
        template = template[first.end() :]
    filled = VARIABLE.sub(lambda match: quote(_value(match[1], variables), safe=""), template)
    try:
        url = URL(whole + filled)
    except ValueError as error:
        raise _misfit(text, "no URL at all") from error
    if names_in(text) and not _DOTS.isdisjoint(map(unquote, filled.partition("?")[0].split("/"))):
        raise _misfit(text, "another path, by dots")
    if not url.raw_host:
        raise _misfit(text, "a URL without a host")
    return url.with_user(None).with_fragment(None)


def _whole_url(name: str, variables: Variables) -> str:
    value = _value(name, variables)
    if not value.lower().startswith(_WEB):
        raise StepFailed(
            "request", expected=f"an http or https URL in {name!r}", actual="something else"
        )
    return value


def _value(name: str, variables: Variables) -> str:
    try:
        return variables[name]
    except KeyError:
        raise StepFailed(
            "request", expected=f"a value for {name!r}", actual="it was never extracted"
        ) from None


def _misfit(text: str | Secret, result: str) -> StepFailed:
    return StepFailed("request", expected=f"a URL from {_named(text)}", actual=result)


def _named(text: str | Secret) -> str:
    names = sorted({repr(name) for name in names_in(text)})
    return f"the variable {', '.join(names)}" if names else "the configuration"
