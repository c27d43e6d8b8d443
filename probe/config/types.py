"""The scalar types of the configuration: durations, sizes, texts that may contain secrets."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from probe.model.secret import Secret

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = r"^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)$"
LONGEST_S: Final = 3650 * 86400.0
_SIZES: Final = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 10**6, "MiB": 2**20}
_SIZE: Final = r"^([0-9]+)(B|kB|KiB|MB|MiB)$"
_LARGEST_BYTES: Final = 64 * 2**20
MOST: Final = 1_000_000
"""The largest budget: a number of hundreds of digits would be too large to calculate with."""

WRITTEN: Final = "written"
"""The validation context for data from a file: there, a plain number is not a duration."""


class Model(BaseModel):
    """The base of all configuration: frozen, strict, unknown keys refused.

    The docstring of a field is its description in the schema and in docs/configuration.md.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", hide_input_in_errors=True, populate_by_name=False
    )


def refused(kind: str, message: str) -> PydanticCustomError:
    """A problem with exactly this `message`: nothing in braces is filled in.

    pydantic treats a message as a template.
    """
    return PydanticCustomError(kind, "{message}", {"message": message})


def _seconds(value: object, info: ValidationInfo) -> float:
    if isinstance(value, float) and info.context != WRITTEN:
        return value
    match = re.fullmatch(_DURATION, value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(
            "duration", "a duration is a number and a unit: 500ms, 30s, 2m, 1h, 30d"
        )
    return float(match[1]) * _UNITS[match[2]]


def _in_duration_range(value: float) -> float:
    if value <= 0:
        raise PydanticCustomError("duration", "a duration must be longer than 0s")
    if value > LONGEST_S:
        raise PydanticCustomError("duration", "a duration is at most 3650d")
    return value


def _written_duration(seconds: float) -> str:
    return _in_largest(_UNITS, seconds)


def _in_largest(units: Mapping[str, float], value: float) -> str:
    """`value` in the largest unit that divides it, or in the smallest if none does."""
    smallest, *larger = units
    unit = next((unit for unit in reversed(larger) if value % units[unit] == 0), smallest)
    return f"{value / units[unit]:.15g}{unit}"


def _bytes(value: object, info: ValidationInfo) -> int:
    if isinstance(value, int) and info.context != WRITTEN:
        return value
    match = re.fullmatch(_SIZE, value) if isinstance(value, str) else None
    if match is None or len(match[1]) > len(str(_LARGEST_BYTES)):
        raise PydanticCustomError("size", "a size is a number and a unit: 64KiB, 1MiB")
    return int(match[1]) * _SIZES[match[2]]


def _written_size(value: int) -> str:
    return _in_largest(_SIZES, value)


def _in_size_range(value: int) -> int:
    if not 0 < value <= _LARGEST_BYTES:
        raise PydanticCustomError("size", "a size lies between 1B and 64MiB")
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str | Secret)


def _text(value: object) -> object:
    if not _is_text(value):
        raise PydanticCustomError("text", "should be text; write it in quotes")
    return value


def _texts(value: object) -> object:
    if _is_text(value):
        return value
    if isinstance(value, list | tuple) and value and all(map(_is_text, value)):
        return tuple(value)
    raise PydanticCustomError("text", "should be text or a list of texts; write them in quotes")


def _scalar(value: object) -> object:
    if value is None or isinstance(value, str | Secret | bool | int | float):
        return value
    raise PydanticCustomError("scalar", "should be one value: text, a number, true, false or null")


def _number(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("number", "should be a number")


def as_tuple(value: object) -> object:
    """A list as a tuple, for a frozen model; anything else unchanged."""
    return tuple(value) if isinstance(value, list) else value


# With a validator before it, pydantic checks the length but leaves it out of the schema.
NOT_EMPTY = Field(min_length=1, json_schema_extra={"minItems": 1})


def _json(value: object) -> object:
    return value


def masked(value: object) -> object:
    """`value` with every secret in it replaced by the mask, for printing."""
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def _checked_by(check: Callable[[object], object]) -> GetPydanticSchema:
    """A type that only `check` validates, so that a union gives one message, not several."""
    serialization = core_schema.plain_serializer_function_ser_schema(masked, when_used="json")
    schema = core_schema.no_info_plain_validator_function(check, serialization=serialization)
    return GetPydanticSchema(lambda _source, _handler: schema)


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        raise PydanticCustomError("plain", "a secret reference is not allowed here")
    if not isinstance(value, str):
        raise PydanticCustomError("plain", "should be text; write it in quotes")
    return value


def matching(pattern: str, message: str) -> Any:
    """A validator of text that must match `pattern`; `message` says so in words."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise refused("pattern", message)
        return value

    return AfterValidator(check)


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    AfterValidator(_in_duration_range),
    PlainSerializer(_written_duration, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _DURATION, "examples": ["30s"]}),
]
"""Seconds, written as `30s`, `2m`, `1h`."""

SHORTEST_INTERVAL_S: Final = 1.0
"""More frequent runs would burden a host rather than watch it."""

SHORTEST_TIMEOUT_S: Final = 0.01
"""Nothing answers sooner: every run would fail and blame the target."""


def _interval(value: float) -> float:
    if value < SHORTEST_INTERVAL_S:
        raise PydanticCustomError("duration", "an interval is a duration of at least 1s")
    return value


def _timeout(value: float) -> float:
    if value < SHORTEST_TIMEOUT_S:
        raise PydanticCustomError("duration", "a timeout is a duration of at least 10ms")
    return value


Interval = Annotated[Duration, AfterValidator(_interval)]
"""Seconds between two runs of a path."""

Timeout = Annotated[Duration, AfterValidator(_timeout)]
"""Seconds after which an unfinished run or request has failed."""

Size = Annotated[
    int,
    BeforeValidator(_bytes),
    AfterValidator(_in_size_range),
    PlainSerializer(_written_size, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _SIZE, "examples": ["1MiB"]}),
]
"""Bytes, written as `1MiB`."""

_TEXT = {"type": "string"}
Text = Annotated[str | Secret, _checked_by(_text), WithJsonSchema(_TEXT)]
"""Text in which secret references and `{{ variables }}` are allowed."""

Texts = Annotated[
    str | Secret | tuple[str | Secret, ...],
    _checked_by(_texts),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]
"""One text or several."""

Scalar = Annotated[
    str | Secret | bool | int | float | None,
    _checked_by(_scalar),
    WithJsonSchema({"type": ["string", "boolean", "number", "null"]}),
]
"""One value of JSON that is neither a list nor an object."""

Number = Annotated[int | float, _checked_by(_number), WithJsonSchema({"type": "number"})]

Json = Annotated[Any, _checked_by(_json), WithJsonSchema({})]
"""Any data, with secret references and `{{ variables }}` in its texts."""

Plain = Annotated[str, BeforeValidator(_plain)]
"""Text without secrets."""

_NAME: Final = r"^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$"
_NAMED: Final = matching(
    _NAME, "a name starts with a letter and has up to 64 letters, digits, '_', '-' and '.'"
)
Name = Annotated[
    Plain,
    _NAMED,
    WithJsonSchema({"type": "string", "pattern": _NAME}),
]
"""A name that becomes a label and a part of URLs."""


def checked_name(value: str) -> str:
    """`value`, once it is known to be a valid name."""
    return str(_NAMED.func(value))
