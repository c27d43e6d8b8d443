"""What `probe init` writes: a first configuration, made from presets and a few facts."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from probe.config.presets import PresetUse, environment, preset
from probe.config.shipped import shipped
from probe.model.errors import UserError
from probe.model.secret import reveal

_TEXT = """\
# yaml-language-server: $schema={schema}
# Made by `probe init`: `probe check`, `probe once` and `probe run` take this file.
location: {location}
journal: journal.db
# Asked whether our own network works, so that its faults are not blamed on the service.
connectivity:
  canaries: ["http://cp.cloudflare.com/generate_204", "http://www.gstatic.com/generate_204"]
services:
{about}
  - name: {name}
    preset:
{presets}
    # A key of a path is overridden beside the path's name; a new name adds a path:
    # paths: [{{name: {path}, interval: 10m}}]
"""


class StarterError(UserError):
    """No configuration can be written; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The contents of a first configuration."""

    uses: Sequence[PresetUse]
    location: str
    name: str = ""


def variables(start: Start) -> list[str]:
    """The environment variables that must be set before the configuration is used."""
    return sorted({name for use in start.uses for name in environment(use)})


def text(start: Start) -> str:
    """The text of the configuration, with its comments."""
    layers = [preset(use.name)[1].value(("public",)) for use in start.uses]
    names = [layer["name"] for layer in layers if "name" in layer]
    presets = yaml.safe_dump([_written(use) for use in start.uses], sort_keys=False)
    return _TEXT.format(
        schema=shipped("schema.json"),
        location=_quoted(start.location),
        about=indent(_about(start), "  # "),
        name=_quoted(start.name or " ".join(names[:1]) or "example"),
        presets=indent(presets.rstrip(), " " * 6),
        path=layers[0]["paths"][0]["name"],
    )


def _quoted(name: str) -> str:
    """`name`, in quotes if YAML would not read it as text."""
    return f'"{name}"' if name in {"true", "false", "null"} else name


def _about(start: Start) -> str:
    """What is watched, and which variables must be set for it."""
    lines = [f"{preset(use.name)[0].about}." for use in start.uses]
    needed = ", ".join(variables(start))
    return "\n".join([*lines, f"Set before start: {needed}."] if needed else lines)


def _written(use: PresetUse) -> dict[str, Any]:
    written: dict[str, Any] = {"name": use.name, "grade": use.grade}
    if use.parameters:
        written["parameters"] = {name: reveal(value) for name, value in use.parameters.items()}
    return written


def write(configuration: str, file: Path, *, force: bool) -> None:
    """Write `configuration`; only `force` overwrites a file. Raises StarterError."""
    opened = False
    try:
        with file.open("w" if force else "x", encoding="utf-8") as stream:
            opened = True
            stream.write(configuration)
    except FileExistsError:
        if file.is_dir():
            raise StarterError(f"{file} is a folder; name a file with --output") from None
        raise StarterError(f"{file} exists; --force overwrites it") from None
    except OSError as error:
        if opened and not force:
            with suppress(OSError):
                file.unlink()  # what was begun is ours
        problem = f"cannot be written: {error.strerror}; name another file with --output"
        raise StarterError(f"{file} {problem}") from error
