"""What a step's answer must look like."""

import re
from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from probe.config.types import Duration, Model, Plain, Text

_STATUS = re.compile(r"^([1-5])xx$|^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$")


def _pattern(value: str) -> str:
    try:
        regex.compile(value)
    except regex.error as error:
        message = f"not a valid regular expression: {error}"
        raise PydanticCustomError("pattern", "{message}", {"message": message}) from error
    return value


Pattern = Annotated[Plain, AfterValidator(_pattern)]
"""A regular expression, in the dialect of the `regex` package."""


class StatusSet(Model):
    """Inclusive ranges of status codes."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and any(low <= status <= high for low, high in self.ranges)

    def __str__(self) -> str:
        return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in self.ranges)


def _status_range(value: object) -> tuple[int, int]:
    match = _STATUS.match(str(value)) if isinstance(value, int | str) else None
    if match is None or isinstance(value, bool):
        raise PydanticCustomError("status", "a status is 200, 2xx, 200-299 or a list of these")
    if match[1]:
        return int(match[1]) * 100, int(match[1]) * 100 + 99
    low, high = int(match[2]), int(match[3] or match[2])
    if low > high:
        raise PydanticCustomError("status", "a range of status codes goes upwards, as 200-299")
    return low, high


def _status_set(value: object) -> object:
    if isinstance(value, StatusSet):
        return value
    items = value if isinstance(value, list) and value else [value]
    return StatusSet(ranges=tuple(_status_range(item) for item in items))


_STATUS_ITEM = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": _STATUS.pattern},
    ]
}
Statuses = Annotated[
    StatusSet,
    BeforeValidator(_status_set),
    WithJsonSchema({"anyOf": [*_STATUS_ITEM["anyOf"], {"type": "array", "items": _STATUS_ITEM}]}),
]

Scalar = Text | bool | int | float | None
JsonType = Literal["string", "number", "integer", "boolean", "array", "object", "null"]


class Condition(Model):
    """What must hold of one value; all that is given must hold.

    `above`, `below`, `at_least` and `at_most` compare numbers; a value that is none fails.
    """

    equals: Scalar = Field(default=None)
    contains: Text | tuple[Text, ...] | None = None
    not_contains: Text | tuple[Text, ...] | None = None
    matches: Pattern | None = None
    exists: bool | None = None
    is_: JsonType | None = Field(default=None, alias="is")
    above: int | float | None = None
    below: int | float | None = None
    at_least: int | float | None = None
    at_most: int | float | None = None

    @model_validator(mode="after")
    def _something(self) -> "Condition":
        if not self.model_fields_set:
            raise PydanticCustomError("condition", "a condition needs at least one operator")
        return self


def _condition(value: object) -> object:
    return value if isinstance(value, dict | Condition) else {"equals": value}


Expected = Annotated[
    Condition,
    BeforeValidator(_condition, json_schema_input_type=Condition | str | bool | int | float | None),
]
"""A condition, or a plain value that must be equal."""


class BodyExpectation(Model):
    """What must hold of the decoded body."""

    contains: Text | tuple[Text, ...] = ()
    not_contains: Text | tuple[Text, ...] = ()
    matches: Pattern | None = None


class DurationExpectation(Model):
    """How long the step may take."""

    below: Duration


class CertificateExpectation(Model):
    """How long the certificate must still be valid."""

    days_left: Annotated[int, Field(ge=0)]


class Expect(Model):
    """All that must hold of a step's answer. Without `status`, any 2xx is accepted."""

    status: Statuses = StatusSet(ranges=((200, 299),))
    headers: dict[Plain, Expected] = {}
    body: BodyExpectation | None = None
    json_: dict[Plain, Expected] = Field(default={}, alias="json")
    duration: DurationExpectation | None = None
    certificate: CertificateExpectation | None = None
    url: Expected | None = None
