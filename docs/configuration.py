"""Writes docs/configuration.md, every key of the configuration, from the models."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from probe.config.schema import AsWritten
from probe.config.settings import Settings

PAGE: Final = Path(__file__).with_suffix(".md")
TOP: Final = "The file"
SHARED: Final = "Defaults"
ALSO: Final = f"And every key of [{SHARED}](#{SHARED.lower()}).\n"
SINGLE: Final = {
    "string": "text",
    "boolean": "`true` or `false`",
    "integer": "number",
    "number": "number",
}
HEAD: Final = ("| key | takes | default | |", "|---|---|---|---|")
INTRODUCTION: Final = """\
# Every key of the configuration

Generated from the models by `make schema`. With [config/schema.json](../config/schema.json), an
editor shows the same text next to the keys. `probe check CONFIG` reports what is wrong with a file,
and where.

A duration is a number and a unit: `500ms`, `30s`, `2m`, `1h` or `30d`. Secrets, `${env:NAME}` and
`${file:/run/secrets/name}`, can be used in anything that is sent, in values that must be equal or
contained, and in the addresses of channels and proxies. `{{ variables }}` can be used in anything
that is sent. Relative file paths are relative to the directory in which the command is run; those
inside the `web_config_file` are relative to that file's own folder.
"""


def page() -> str:
    """The whole page."""
    document = Settings.model_json_schema(schema_generator=AsWritten)
    kinds = {TOP: document, **document["$defs"]}
    return "\n".join([INTRODUCTION, *(section(name, kinds) for name in reachable(TOP, kinds))])


def reachable(first: str, kinds: dict[str, Any]) -> list[str]:
    """The mappings that a file may hold, each after one that holds it."""
    found = [first]
    for name in found:
        found += dict.fromkeys(other for other in mentioned(kinds[name]) if other not in found)
    return found


def mentioned(kind: dict[str, Any]) -> list[str]:
    """The mappings that the keys of `kind` hold."""
    return re.findall(r'"#/\$defs/(\w+)"', json.dumps(kind["properties"]))


def section(name: str, kinds: dict[str, Any]) -> str:
    """One mapping: what it is, and a row for each of its keys."""
    kind = kinds[name]
    keys, common = kind["properties"].keys(), kinds[SHARED]["properties"].keys()
    inherits = name != SHARED and common <= keys
    rows = [row(key, kind) for key in keys if not (inherits and key in common)]
    also = [ALSO] if inherits else []
    return "\n".join([f"## {name}", "", kind["description"], "", *HEAD, *rows, "", *also])


def row(key: str, kind: dict[str, Any]) -> str:
    """A key of the mapping `kind`."""
    value = kind["properties"][key]
    default = "needed" if key in kind.get("required", ()) else shown(value["default"])
    meaning = " ".join(value.get("description", "").split())
    return f"| `{key}` | {words(value)} | {default} | {meaning} |"


def shown(default: object) -> str:
    """A default as a file would have it; nothing for none."""
    if default in (None, [], {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`".replace('"', "")


def words(value: dict[str, Any]) -> str:
    """What may stand in the place of a value."""
    return " or ".join(dict.fromkeys(taken(value)))


def taken(value: dict[str, Any]) -> Iterator[str]:
    """Each kind of thing that may stand there."""
    match value:
        case {"anyOf": kinds}:
            for kind in kinds:
                yield from taken(kind)
        case {"$ref": place}:
            name = place.rpartition("/")[2]
            yield f"[{name}](#{name.lower()})"
        case {"enum": choices}:
            yield from (f"`{choice}`" for choice in choices)
        case {"type": "array", "items": items}:
            yield f"list of {words(items)}"
        case {"type": "object", "additionalProperties": values}:
            yield f"names, each with {words(values)}"
        case {"type": "null"}:
            return
        case _:
            yield single(value)


def single(value: dict[str, Any]) -> str:
    """One value, no list nor mapping."""
    match value:
        case {"type": "string", "examples": [example, *_]}:
            return f"text like `{example}`"
        case {"type": "integer", "minimum": least, "maximum": most}:
            return f"{least} to {most}"
        case {"type": str(kind)}:
            return SINGLE[kind]
        case _:
            return "anything"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
