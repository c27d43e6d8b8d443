"""Reads YAML strictly, and reports every problem with its line and its key.

Stricter than YAML 1.1: `on` and `11:49` stay text, and a key may occur only once.
"""

import re
from collections.abc import Iterator
from typing import Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

Place = tuple[int | str, ...]

WORDS: Final = {
    "extra_forbidden": "is no known key",
    "missing": "is missing",
    "union_tag_not_found": "needs a `kind`",
    "union_tag_invalid": "no kind is called {tag!r}; use one of {expected_tags}",
    "tuple_type": "must be a list",
    "value_error": "{error}",
}


_UNREADABLE: Final = (ValueError, LookupError, AttributeError)
"""What the safe loader raises for a number of too many digits, or `!!int one`."""

_LONGEST_VALUE: Final = 40


class ScenarioError(Exception):
    """A scenario that cannot be used; its text names every problem, its place and its remedy."""


class _Loader(yaml.SafeLoader):
    """The safe loader without YAML 1.1's guesses, and without silent duplicates."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 (the base class's own attribute, started anew)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 (the base class's signature)
        keys = [key.value for key, _ in node.value]
        for place, (key, _) in enumerate(node.value):
            if key.value in keys[:place]:
                problem = f"the key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:  # noqa: FBT001, FBT002 (likewise)
        try:
            return super().construct_object(node, deep=deep)
        except _UNREADABLE as error:
            kind = node.tag.rpartition(":")[2]
            problem = f"{_cut(node.value)} cannot be read as {kind}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("(null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"(0|-?[1-9]\d*)$"), list("-0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"-?\d+\.\d+$"), list("-0123456789")
)


def read_yaml(text: str, source: str) -> tuple[object, yaml.Node | None]:
    """The value of `text` and the nodes it was made of; raises ScenarioError."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return (None if node is None else loader.construct_document(node)), node
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f"{error.problem_mark.line + 1}:"
        raise ScenarioError(f"{source}:{line} {error.problem}") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{source}: {error}") from error
    except RecursionError as error:
        raise ScenarioError(f"{source}: is nested too deeply") from error


def problems(error: ValidationError, source: str, node: yaml.Node | None = None) -> str:
    """One line for every problem: source, line if `node` gives it, key path, words."""
    return "\n".join(_problem(details, source, node) for details in error.errors())


def _problem(details: ErrorDetails, source: str, node: yaml.Node | None) -> str:
    place = _without_tag(details["loc"])
    line = "" if node is None else f"{_line_of(node, place)}:"
    return f"{source}:{line} {_spoken(place)}{_words_for(details)}"


def _words_for(details: ErrorDetails) -> str:
    words = WORDS.get(details["type"])
    return details["msg"] if words is None else words.format_map(details.get("ctx", {}))


def _cut(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}..."


def _without_tag(place: Place) -> Place:
    """Drop the fault's kind, which pydantic puts behind its number and which is no key."""
    return place[:2] + place[3:] if place[:1] == ("faults",) else place


def _spoken(place: Place) -> str:
    keys = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return "".join(keys).removeprefix(".") + ": " if place else ""


def _line_of(node: yaml.Node, place: Place) -> int:
    for key in place:
        node = next(_children(node, key), node)
    return int(node.start_mark.line) + 1


def _children(node: yaml.Node, key: int | str) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        yield node.value[key]
    elif isinstance(node, yaml.MappingNode):
        yield from (child for name, child in node.value if name.value == key)
