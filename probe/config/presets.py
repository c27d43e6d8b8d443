"""The shipped presets, and how a service asks for one."""

import re
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from probe.config.addresses import check_url
from probe.config.reading.document import Document
from probe.config.reading.parsing import parse
from probe.config.shipped import shipped
from probe.config.types import WRITTEN, Model, Plain, Text, as_tuple
from probe.model.secret import Secret, reveal

_VARIABLE: Final = re.compile(r"\$\{env:(\w+)\}")

Grade = Literal["public", "account"]
"""Only endpoints that need no credential, or also those that need your own."""


class PresetUse(Model):
    """A preset by name, with its options."""

    name: Plain
    """The shipped preset."""
    grade: Grade = "public"
    """`public`: endpoints that need no credential. `account`: also those that need your own
    credential.
    """
    parameters: dict[Plain, Text] = {}
    """Values that replace the preset's own."""
    without: Annotated[tuple[Plain, ...], BeforeValidator(as_tuple)] = ()
    """Paths to leave out."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The parts of the preset, each of which overrides the one before."""
        return ("public", "account") if self.grade == "account" else ("public",)


Presets = Annotated[
    tuple[PresetUse, ...],
    BeforeValidator(as_tuple, json_schema_input_type=str | PresetUse | list[str | PresetUse]),
]
"""One preset or several, each a name or a mapping; loading turns names into mappings."""


class Parameter(Model):
    """A parameter of a preset, required if it has no default.

    A `secret` one is kept secret however it is given; a `url` is checked where it is given.
    """

    about: Plain
    default: Plain | None = None
    secret: bool = False
    url: bool = False

    def misfit(self, value: str | Secret) -> str | None:
        """Why `value` cannot be filled in; None if it can."""
        try:
            if self.url:
                check_url(reveal(value))
        except PydanticCustomError as error:
            return error.message()
        return None


class Preset(Model):
    """A preset's file: its parameters, and the part of a service for each grade."""

    about: Plain
    parameters: dict[Plain, Parameter] = {}
    public: dict[Plain, Any]
    account: dict[Plain, Any]


def open_parameters(use: PresetUse) -> dict[str, str]:
    """The parameters that `use` still needs, each with its description."""
    return {
        name: parameter.about
        for name, parameter in _read_by(use).items()
        if parameter.default is None and name not in use.parameters
    }


def environment(use: PresetUse) -> list[str]:
    """The environment variables that `use` reads."""
    values = [
        reveal(use.parameters.get(name) or parameter.default or "")
        for name, parameter in _read_by(use).items()
    ]
    return [name for value in values for name in _VARIABLE.findall(value)]


def _read_by(use: PresetUse) -> dict[str, Parameter]:
    """The parameters that the requested layers of the preset refer to."""
    found, source = preset(use.name)
    text = str([source.value((layer,)) for layer in use.layers])
    return {
        name: parameter
        for name, parameter in found.parameters.items()
        if f"${{param:{name}}}" in text
    }


def preset_names() -> list[str]:
    """The names of the shipped presets, in order."""
    return sorted(file.stem for file in shipped("presets").glob("*.yaml"))


@lru_cache
def preset(name: str) -> tuple[Preset, Document]:
    """The shipped preset of that name, and its document, in which no reference is resolved yet."""
    file = shipped("presets") / f"{name}.yaml"
    document = parse(file.read_text(encoding="utf-8"), file, read=str)
    return Preset.model_validate(document.data, context=WRITTEN), document
