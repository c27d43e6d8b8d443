"""The operators of a condition: one function each, chosen from one mapping.

An operator says whether a value satisfies it, or raises Unevaluable if the question makes no sense:
what cannot be evaluated has not passed.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, TypeGuard

import regex

from probe.config.transaction.expectations import Condition
from probe.model.secret import Secret, reveal
from probe.observing.answers.document import MISSING, shown
from probe.observing.masking import Masker

REGEX_TIMEOUT_S: Final = 0.1
"""How long a regular expression may take over foreign text."""


class Unevaluable(Exception):  # noqa: N818 - becomes a failed check
    """Why a condition cannot be evaluated of a value, in words that follow the value."""


class TookTooLong(Exception):  # noqa: N818 - becomes a failed check
    """A regular expression did not finish with a value in time, and would not with the next."""


def unmet(
    condition: Condition, values: Sequence[object], show: Callable[[object], str]
) -> str | None:
    """Why `values`, rendered by `show`, do not satisfy `condition`; None if they do.

    With several values (a repeated header), one that satisfies all operators is enough, except that
    `not_contains` must hold for each.
    """
    names = _operators(condition)
    try:
        reasons = [_unmet_by(condition, value, names, show) for value in values]
    except TookTooLong as problem:
        return str(problem)
    if None in reasons:
        everywhere = [name for name in names if name in _OF_EACH]
        reasons = [_unmet_by(condition, value, everywhere, show) for value in values]
    broken = [reason for reason in reasons if reason is not None]
    return ", ".join(broken) if broken else None


def described(condition: Condition, masker: Masker) -> str:
    """`condition` in words that are safe to show."""
    return " and ".join(
        f"{name.rstrip('_').replace('_', ' ')} {_operand(getattr(condition, name), masker)}"
        for name in _operators(condition)
    )


def matches(pattern: object, actual: object) -> bool:
    """Whether the regular expression is found in a text. Raises TookTooLong."""
    return search(str(pattern), _text(actual)) is not None


def search(pattern: str, text: str) -> "regex.Match[str] | None":
    """The first match of the regular expression in foreign text. Raises TookTooLong."""
    try:
        return _compiled(pattern).search(text, timeout=REGEX_TIMEOUT_S)
    except TimeoutError:
        raise TookTooLong("the regular expression took too long") from None


@cache
def _compiled(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(pattern)


def contains(parts: object, actual: object) -> bool:
    """Whether a text, list or object contains all of `parts`."""
    return all(part in _container(actual) for part in _texts(parts))


def lacks(parts: object, actual: object) -> bool:
    """Whether a text, list or object, and every text in a list, contains none of `parts`."""
    container = _container(actual)
    inside = (
        [item for item in container if isinstance(item, str)] if isinstance(container, list) else []
    )
    return not any(part in each for part in _texts(parts) for each in (container, *inside))


def _equals(expected: object, actual: object) -> bool:
    expected = expected.reveal() if isinstance(expected, Secret) else expected
    if _is_number(expected) and _is_number(actual):
        return expected == actual
    return type(expected) is type(actual) and expected == actual


def _is_of_type(name: object, actual: object) -> bool:
    if name in {"number", "integer"} and isinstance(actual, bool):
        return False
    return isinstance(actual, _TYPES[str(name)])


def _compares(holds: Callable[[float, float], bool]) -> Callable[[object, object], bool]:
    def compare(bound: object, actual: object) -> bool:
        return holds(_number(actual), _number(bound))

    return compare


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}

OPERATORS: Final[Mapping[str, Callable[[object, object], bool]]] = {
    "equals": _equals,
    "contains": contains,
    "not_contains": lacks,
    "matches": matches,
    "is_": _is_of_type,
    "above": _compares(lambda actual, bound: actual > bound),
    "below": _compares(lambda actual, bound: actual < bound),
    "at_least": _compares(lambda actual, bound: actual >= bound),
    "at_most": _compares(lambda actual, bound: actual <= bound),
}
"""Every operator except `exists`, the only one that accepts a missing value."""

_OF_EACH: Final = frozenset({"not_contains"})


def _operators(condition: Condition) -> list[str]:
    return [name for name in Condition.model_fields if name in condition.model_fields_set]


def _unmet_by(
    condition: Condition, value: object, names: Sequence[str], show: Callable[[object], str]
) -> str | None:
    for name in names:
        try:
            if not _holds(name, getattr(condition, name), value):
                return show(value)
        except Unevaluable as problem:
            return f"{show(value)}, {problem}"
    return None


def _holds(name: str, operand: object, value: object) -> bool:
    if name == "exists":
        return (value is not MISSING) is operand
    return value is not MISSING and OPERATORS[name](operand, value)


def _operand(value: object, masker: Masker) -> str:
    if isinstance(value, tuple):
        return ", ".join(_operand(item, masker) for item in value)
    return str(value) if isinstance(value, Secret) else masker.show(shown(value))


def _texts(parts: object) -> list[str]:
    return [reveal(part) for part in (parts if isinstance(parts, tuple) else (parts,))]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise Unevaluable("which is no text")


def _container(value: object) -> str | list[object] | dict[str, object]:
    if isinstance(value, str | list | dict):
        return value
    raise Unevaluable("which can contain nothing")


def _number(value: object) -> float:
    if not _is_number(value):
        raise Unevaluable("which is no number")
    if isinstance(value, float) and not math.isfinite(value):  # such as JSON's 1e999
        raise Unevaluable("which is no finite number")
    return value


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
