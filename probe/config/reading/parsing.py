"""Parses YAML text into a Document, within bounds and without guessing types from texts.

Scalars resolve more narrowly than in YAML 1.2's core schema: true, false, null, ~, nothing and
decimal numbers; all else is text, such as `00123` and `no`.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from probe.config.reading.complaints import is_dashed, told
from probe.config.reading.document import Document, Location
from probe.config.reading.references import ReferenceProblem, resolve

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

DEEPEST = 32
"""The most levels of nesting: libyaml's composer recurses without a bound, to a crash."""

MOST_PARTS = 100_000
"""The most values, aliases followed: a thousand paths need less than half of it."""

_TAG = "tag:yaml.org,2002:"
_SCALARS = {
    "bool": (r"^(?:true|false)$", "tf"),
    "null": (r"^(?:~|null|)$", ["~", "n", ""]),
    "int": (r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    "float": (r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
}
_TAGS = {f"{_TAG}{kind}" for kind in (*_SCALARS, "str", "seq", "map")}


class _Loader(SafeLoader):
    """PyYAML's safe loader with the scalar rules above."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # its parent's table would be shared otherwise


for _kind, (_pattern, _first) in _SCALARS.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(_pattern), list(_first))


class _Refused(Exception):  # noqa: N818 - becomes a Problem, is never shown as an error
    """The text is YAML, but larger or more deeply nested than any configuration."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse(text: str, file: Path, read: Callable[[str], Any] = resolve) -> Document:
    """Parse `text`, passing each scalar text through `read`; problems are noted, never raised."""
    document = Document(file=file)
    try:
        _refuse_depth(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            reader = _Reader(loader, document, read)
            document.data = None if node is None else reader.value(node, ())
        finally:
            loader.dispose()
    except _Refused as refusal:
        document.report((), str(refusal), line=refusal.line)
    except yaml.MarkedYAMLError as error:
        line, message = told(error, text)
        document.report((), message, line=line)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.report((), f"not valid YAML: {error.reason}", line=line)
    return document


def _refuse_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _too_deep(event)


def _too_deep(part: yaml.Event | yaml.Node) -> _Refused:
    line = part.start_mark.line + 1 if part.start_mark else 1
    return _Refused(f"nested deeper than {DEEPEST} levels; no key needs that", line)


class _Reader:
    """Fills a document from the nodes of one text."""

    def __init__(self, loader: Any, document: Document, read: Callable[[str], Any]) -> None:
        self._loader = loader
        self._document = document
        self._read = read
        self._parts = 0

    def value(self, node: yaml.Node, at: Location) -> Any:
        """The data of `node`, which is at `at`; its lines and problems are noted."""
        self._count(node, at)
        self._document.mark(at, node.start_mark.line + 1)
        if node.tag not in _TAGS:
            self._document.report(at, f"the tag {_short(node.tag)} is not supported; remove it")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*at, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, at)

    def _count(self, node: yaml.Node, at: Location) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            message = f"more than {MOST_PARTS} keys and values, aliases (*name) followed"
            raise _Refused(f"{message}; write fewer", node.start_mark.line + 1)
        if len(at) > DEEPEST:  # an alias can be inside what it refers to
            raise _too_deep(node)

    def _mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            key = key_node.value
            if not isinstance(key, str):
                self._document.refuse(at, _no_text(key), line=line)
            elif not key_node.style and is_dashed(key):
                missing = f"a space is missing after the dash in column {column}"
                message = f"{missing}; a key that begins with one goes in quotes"
                self._document.refuse(at, message, line=line)
            elif key == "<<":
                message = "merge keys (<<) are not supported; write the keys out"
                self._document.report(at, message, line=line)
            elif key in result:
                first = self._document.line((*at, key))
                message = f"this key stands here twice, first on line {first}"
                self._document.report((*at, key), message, line=line)
            else:
                self._document.mark((*at, key), line)
                result[key] = self.value(value_node, (*at, key))
        return result

    def _scalar(self, node: yaml.Node, at: Location) -> Any:
        try:
            value = self._loader.construct_object(node)
            if isinstance(value, float) and not math.isfinite(value):
                self._document.report(at, "this number is too large")
            return self._read(value) if isinstance(value, str) else value
        except ReferenceProblem as problem:
            self._document.refuse(at, str(problem))
        except (ValueError, KeyError, IndexError):  # `!!int many`, or thousands of digits
            self._document.report(at, f"not {_short(node.tag)}: {node.value[:20]!r}")
        return node.value


def _no_text(key: Any) -> str:
    """What to do about `key`, a key's node value that is not text: mostly unquoted `{{ name }}`."""
    match key:
        case [(yaml.ScalarNode(value=name), yaml.ScalarNode(value=""))]:
            return f'should be text; write it in quotes: "{{{{ {name} }}}}"'
    return "a key is a text, not a list or a mapping"


def _short(tag: str) -> str:
    return tag.replace(_TAG, "!!")
