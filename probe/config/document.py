"""A YAML text as plain data beside the line of each of its parts.

Scalars resolve by YAML 1.2's core schema: `00123` and `no` stay text.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml

from probe.config.errors import Problem
from probe.config.references import ReferenceProblem, resolve

Location = tuple[str | int, ...]

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]


class _CoreLoader(SafeLoader):
    """PyYAML's safe loader with the scalar rules of YAML 1.2's core schema."""

    yaml_implicit_resolvers: ClassVar[dict[Any, Any]] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
):
    _CoreLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first)
    )


@dataclass(slots=True)
class Document:
    """The data of a file, the line of every key and item, and what was wrong on the way."""

    file: Path
    data: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, location: Location) -> int:
        """The line of `location`, or of the nearest part of the file that holds it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def report(self, location: Location, message: str) -> None:
        """Note a problem at `location`."""
        problem = Problem(
            file=self.file, line=self.line(location), key=key_path(location), message=message
        )
        if problem not in self.problems:
            self.problems.append(problem)


def key_path(location: Location) -> str:
    """`("services", 0, "name")` as `services[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def parse(text: str, file: Path) -> Document:
    """Read `text`, resolving `${env:}` and `${file:}`; problems are noted, never raised."""
    document = Document(file=file)
    loader = _CoreLoader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            document.data = _value(node, (), loader, document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML: {error.problem or error.context}"
        line = mark.line + 1 if mark else 1
        document.problems.append(Problem(file=file, line=line, key="", message=message))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        document.report((), f"not valid YAML: {error}")
    finally:
        loader.dispose()
    return document


def _value(node: yaml.Node, at: Location, loader: Any, document: Document) -> Any:
    document.lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, at, loader, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*at, i), loader, document) for i, item in enumerate(node.value)]
    value = loader.construct_object(node)
    if not isinstance(value, str):
        return value
    try:
        return resolve(value)
    except ReferenceProblem as problem:
        document.report(at, str(problem))
        return value


def _mapping(node: yaml.MappingNode, at: Location, loader: Any, document: Document) -> Any:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if key_node.tag == "tag:yaml.org,2002:merge" or key_node.value == "<<":
            document.report(at, "merge keys (<<) are not supported; write the keys out")
            continue
        key = str(key_node.value)
        here = (*at, key)
        if key in result:
            first = document.lines[here]
            document.lines[here] = line
            document.report(here, f"this key stands here twice, first on line {first}")
            document.lines[here] = first
            continue
        document.lines[here] = line
        result[key] = _value(value_node, here, loader, document)
    return result
