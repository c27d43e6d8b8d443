"""Foreign JSON: parsed strictly, queried with JMESPath, missing parts distinguished from nulls."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Final, NoReturn

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError

_BOM: Final = "\ufeff"
"""Some servers write it, and browsers skip it (RFC 8259, 8.1)."""


class Missing(Enum):
    """The type of MISSING, which no document can contain."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


class Unreadable(Exception):  # noqa: N818 - becomes a failed check
    """A text that is not JSON, or an expression that does not fit the document."""


class _Null:
    """Stands for a null, which JMESPath cannot distinguish from a missing field."""


_NULL: Final = _Null()


def parse(text: str) -> object:
    """The JSON document in `text`, with or without a byte order mark. Raises Unreadable."""
    try:
        document: object = json.loads(text.removeprefix(_BOM), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Unreadable(f"not JSON: {reason}") from error
    return document


def look_up(document: object, expression: str) -> object:
    """What `expression` finds; MISSING if nothing is there. Raises Unreadable."""
    try:
        found: object = jmespath.search(expression, document)
        if found is None and not _finds_null(document, expression):
            return MISSING
    except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise Unreadable(f"does not fit the document: {_words_of(error)}") from error
    return found


def selects(expression: str) -> bool:
    """Whether `expression` filters or projects: it returns `[]` when it finds nothing."""
    return str(jmespath.compile(expression).parsed["type"]).endswith("projection")


def reported_error(text: str) -> Mapping[str, object]:
    """The error that a JSON text reports, in any provider's shape; empty if it reports none."""
    try:
        document = parse(text)
    except Unreadable:
        return {}
    if isinstance(document, list) and document:
        document = document[0]
    if not isinstance(document, dict):
        return {}
    response = document.get("response")
    error = document.get("error") or (response.get("error") if isinstance(response, dict) else None)
    if isinstance(error, str):
        return {"code": error}
    if isinstance(error, dict):
        return error
    is_error = "error" in (document.get("type"), document.get("object"))
    return document if is_error else {}


def error_details(error: Mapping[str, object]) -> list[dict[str, object]]:
    """The details in Google's errors."""
    details = error.get("details")
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def error_kinds(text: str) -> frozenset[str]:
    """The names that the error in a JSON text gives itself; empty if it reports none."""
    error = reported_error(text)
    named = [error.get(key) for key in ("type", "code", "status")]
    named += [detail.get("reason") for detail in error_details(error)]
    return frozenset(name for name in named if isinstance(name, str))


def shown(value: object) -> str:
    """`value` written as JSON."""
    if value is MISSING:
        return "nothing"
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"a {type(value).__name__} that cannot be shown"


def _words_of(error: Exception) -> str:
    """The message of `error`, without the value involved: that may be a token."""
    if isinstance(error, JMESPathTypeError):
        wanted = " or ".join(error.expected_types)
        return f"{error.function_name}() takes {wanted}, not {error.actual_type}"
    return str(error)


def _finds_null(document: object, expression: str) -> bool:
    """Whether a null is there. A function that rejects the stand-in has found nothing."""
    try:
        return isinstance(jmespath.search(expression, _marked(document)), _Null)
    except (JMESPathError, TypeError):
        return False


def _marked(value: object) -> object:
    match value:
        case None:
            return _NULL
        case dict():
            return {key: _marked(item) for key, item in value.items()}
        case list():
            return [_marked(item) for item in value]
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
