"""Explains errors of the YAML parser to the author of the file."""

import re
from typing import Final

import yaml

_NEEDS_QUOTES: Final = frozenset("@`%*&")
"""What begins with one of these is not plain text in YAML: reserved, directive, alias, anchor."""

_DASHED: Final = re.compile(r"\s*-[^\W\d]")


def told(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line of `error` in `text`, counted from 1, and a message that says what to do."""
    mark = _mark(error)
    if mark is None:
        return 1, f"not valid YAML: {error.problem or error.context}"
    line = "".join(text.splitlines()[mark.line : mark.line + 1])
    words = _advice(line, mark.column) or f"{error.problem or error.context}"
    if line[max(mark.column - 1, 0) : mark.column + 1] == "${":  # to YAML, its brace is a mapping's
        words += '; inside {} and [] put "${...}" in quotes'
    return mark.line + 1, f"not valid YAML in column {mark.column + 1}: {words}"


def is_dashed(key: str) -> bool:
    """Whether `key` looks like a list item without the space after its dash."""
    return _DASHED.match(key) is not None


def _mark(error: yaml.MarkedYAMLError) -> yaml.Mark | None:
    """The place of the error; for an alias or an anchor, that of its first character."""
    named = error.context in {"while scanning an alias", "while scanning an anchor"}
    first, other = error.problem_mark, error.context_mark
    return other or first if named else first or other


def _advice(line: str, column: int) -> str | None:
    letter = line[column : column + 1]
    if letter == "\t":
        return "a tab cannot stand here; indent with spaces"
    if letter in _NEEDS_QUOTES:
        return f"what begins with {letter} goes in quotes"
    if is_dashed(line[: column + 2]):
        return "a space is missing after the dash"
    return None
