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
"""What a stranger sees, or that and what a credential of your own opens."""


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
        """The parts of the preset that are laid over each other."""
        return ("public", "account") if self.grade == "account" else ("public",)


Presets = Annotated[
    tuple[PresetUse, ...],
    BeforeValidator(as_tuple, json_schema_input_type=str | PresetUse | list[str | PresetUse]),
]
"""One preset or several, each by its name or with more; loading makes mappings of names."""


class Parameter(Model):
    """A place to fill in a preset, needed where it has no default.

    One that is `secret` is so however it was given; a `url` is checked where it was given.
    """

    about: Plain
    default: Plain | None = None
    secret: bool = False
    url: bool = False

    def misfit(self, value: str | Secret) -> str | None:
        """Why `value` cannot be filled in, None where it can."""
        try:
            if self.url:
                check_url(reveal(value))
        except PydanticCustomError as error:
            return error.message()
        return None


class Preset(Model):
    """A preset's file: parameters, and a service as far as each grade knows it."""

    about: Plain
    parameters: dict[Plain, Parameter] = {}
    public: dict[Plain, Any]
    account: dict[Plain, Any]


def open_parameters(use: PresetUse) -> dict[str, str]:
    """What `use` still needs, and what that is."""
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
    """The parameters that the asked part of the preset reads."""
    found, source = preset(use.name)
    text = str([source.value((layer,)) for layer in use.layers])
    return {
        name: parameter
        for name, parameter in found.parameters.items()
        if f"${{param:{name}}}" in text
    }


def preset_names() -> list[str]:
    """The shipped presets."""
    return sorted(file.stem for file in shipped("presets").glob("*.yaml"))


@lru_cache
def preset(name: str) -> tuple[Preset, Document]:
    """The shipped preset of that name, and its text as it was written: nothing is resolved yet."""
    file = shipped("presets") / f"{name}.yaml"
    document = parse(file.read_text(encoding="utf-8"), file, read=str)
    return Preset.model_validate(document.data, context=WRITTEN), document
