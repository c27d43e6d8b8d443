"""The scalar types of the configuration: durations, sizes, texts that may hold secrets."""

import re
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from probe.model.secret import Secret

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = r"^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)$"
_SIZES: Final = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 10**6, "MiB": 2**20}
_SIZE: Final = r"^([0-9]+)(B|kB|KiB|MB|MiB)$"


class Model(BaseModel):
    """The base of all configuration: frozen, strict, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", hide_input_in_errors=True, populate_by_name=False
    )


def _seconds(value: object) -> object:
    if isinstance(value, float):  # a default, already in seconds
        return value
    match = re.match(_DURATION, value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(
            "duration", "a duration is a number and a unit: 500ms, 30s, 2m, 1h, 30d"
        )
    return float(match[1]) * _UNITS[match[2]]


def _positive(value: float) -> float:
    if value <= 0:
        raise PydanticCustomError("duration", "a duration must be longer than 0s")
    return value


def _bytes(value: object) -> object:
    if isinstance(value, int):
        return value
    match = re.match(_SIZE, value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("size", "a size is a number and a unit: 64KiB, 1MiB")
    return int(match[1]) * _SIZES[match[2]]


def _text(_source: Any, _handler: Any) -> core_schema.CoreSchema:
    def check(value: object) -> object:
        if isinstance(value, str | Secret):
            return value
        raise PydanticCustomError("text", "should be text; write it in quotes")

    return core_schema.no_info_plain_validator_function(check)


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        raise PydanticCustomError("plain", "a secret reference is not allowed here")
    if not isinstance(value, str):
        raise PydanticCustomError("plain", "should be text; write it in quotes")
    return value


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    AfterValidator(_positive),
    WithJsonSchema({"type": "string", "pattern": _DURATION, "examples": ["30s"]}),
]
"""Seconds, written as `30s`, `2m`, `1h`."""

Size = Annotated[int, BeforeValidator(_bytes), WithJsonSchema({"type": "string", "pattern": _SIZE})]
"""Bytes, written as `1MiB`."""

Text = Annotated[str | Secret, GetPydanticSchema(_text), WithJsonSchema({"type": "string"})]
"""Text in which secret references and `{{ variables }}` are allowed."""

Plain = Annotated[str, BeforeValidator(_plain)]
"""Text without secrets."""

Name = Annotated[Plain, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_.-]*$", max_length=64)]
"""A name that becomes a label and a part of URLs."""
