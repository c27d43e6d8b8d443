"""The expectations on a step's response."""

import re
from typing import Annotated, Literal, Self

import jmespath
import regex
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from probe.config.types import Duration, Model, Number, Plain, Scalar, Texts, matching, refused

_STATUS = re.compile(r"^([1-5])xx$|^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$")


def _pattern(value: str) -> str:
    try:
        regex.compile(value)
    except regex.error as error:
        raise refused("pattern", f"not a valid regular expression: {error}") from error
    except RecursionError:
        message = "not a valid regular expression: its groups are nested too deeply"
        raise refused("pattern", message) from None
    return value


Pattern = Annotated[Plain, AfterValidator(_pattern)]
"""A regular expression, in the dialect of the `regex` package."""


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).removeprefix("Invalid jmespath expression: ")


def _jmespath(value: str) -> str:
    try:
        jmespath.compile(value)
    except Exception as error:  # jmespath raises several unrelated types
        raise refused("jmespath", f"not a valid JMESPath expression: {_reason(error)}") from error
    return value


JmesPath = Annotated[Plain, AfterValidator(_jmespath)]

HeaderName = Annotated[
    Plain,
    matching(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", "a header's name has no spaces and no colon"),
]


class StatusSet(Model):
    """Inclusive ranges of status codes."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and any(low <= status <= high for low, high in self.ranges)

    def __str__(self) -> str:
        return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in self.ranges)


def _status_range(value: object) -> tuple[int, int]:
    match = _STATUS.fullmatch(str(value)) if isinstance(value, int | str) else None
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
    PlainSerializer(str, when_used="json"),
    WithJsonSchema({"anyOf": [*_STATUS_ITEM["anyOf"], {"type": "array", "items": _STATUS_ITEM}]}),
]

JsonType = Literal["string", "number", "integer", "boolean", "array", "object", "null"]


def _json_type(value: object) -> object:
    return "null" if value is None else value  # YAML reads `is: null` as None


class Condition(Model):
    """Conditions on one value; all that are given must hold."""

    equals: Scalar = None
    """The same value; a number never equals a text."""
    contains: Texts | None = None
    """It contains all of these texts: in a text, among the items of a list, or among the keys of an
    object.
    """
    not_contains: Texts | None = None
    """It contains none of these texts, and no text in a list does."""
    matches: Pattern | None = None
    """A regular expression matches somewhere in it."""
    exists: bool | None = None
    """Whether it exists. A null exists; use `is: string` or another type to refuse it. An empty
    result of a filter or `[*]` does not exist.
    """
    is_: Annotated[JsonType | None, BeforeValidator(_json_type)] = Field(default=None, alias="is")
    """Its type."""
    above: Number | None = None
    """A number larger than this; anything else fails."""
    below: Number | None = None
    """A number smaller than this."""
    at_least: Number | None = None
    """This number, or a larger one."""
    at_most: Number | None = None
    """This number, or a smaller one."""

    @model_validator(mode="after")
    def _something(self) -> "Condition":
        given = [key for key in self.model_fields_set if key != "equals"]
        if not self.model_fields_set or any(getattr(self, key) is None for key in given):
            raise PydanticCustomError(
                "condition", "a condition needs at least one operator, each with a value"
            )
        return self

    @property
    def compares_numbers(self) -> bool:
        """Whether only a number can meet it."""
        numbers = (self.equals, self.above, self.below, self.at_least, self.at_most)
        return any(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)


def _condition(value: object) -> object:
    return value if isinstance(value, dict | Condition) else {"equals": value}


Expected = Annotated[
    Condition,
    BeforeValidator(_condition, json_schema_input_type=Condition | str | bool | int | float | None),
]
"""A condition, or a plain value that must be equal."""


class BodyExpectation(Model):
    """Expectations on the decoded body; for a stream, on its raw lines."""

    contains: Texts | None = None
    """It contains all of these texts. In a stream they are searched in the raw lines, not in the
    joined text of the deltas: a text split over two deltas is not found.
    """
    not_contains: Texts | None = None
    """It contains none of these texts."""
    matches: Pattern | None = None
    """A regular expression matches somewhere in it."""


class DurationExpectation(Model):
    """How long the step, or a wait inside it, may take."""

    below: Duration
    """It takes less than this."""


class CertificateExpectation(Model):
    """How long the certificate must still be valid."""

    days_left: Annotated[int, Field(ge=0, le=3650, examples=[14])]
    """The minimum number of days until it expires."""


class Expect(Model):
    """All expectations on a step's response. Without `status`, any 2xx is accepted."""

    status: Statuses = StatusSet(ranges=((200, 299),))
    """`200`, `2xx`, `200-299` or a list of these."""
    headers: dict[HeaderName, Expected] = Field(
        default={}, examples=[{"content-type": {"contains": "json"}}]
    )
    """Headers, each with a condition, or the text or number that it must equal."""
    body: BodyExpectation | None = Field(default=None, examples=[{"contains": "Sign in"}])
    """Expectations on the decoded body."""
    json_: dict[JmesPath, Expected] = Field(default={}, alias="json", examples=[{"status": "ok"}])
    """JMESPath expressions on a JSON body, each with a condition or the value that it must have."""
    duration: DurationExpectation | None = Field(default=None, examples=[{"below": "2s"}])
    """How long the step may take. Longer is `bad_content`: the run fails, and several in a row take
    the path down. For slow runs that are not failures, use the path's `slow_after`.
    """
    first_token: DurationExpectation | None = Field(default=None, examples=[{"below": "5s"}])
    """How long until a stream's first content. A longer wait fails the run, as with `duration`."""
    gap: DurationExpectation | None = Field(default=None, examples=[{"below": "10s"}])
    """The longest silence within a stream. A longer one fails the run, as with `duration`."""
    certificate: CertificateExpectation | None = Field(default=None, examples=[{"days_left": 14}])
    """How long the target's certificate must still be valid. Less is `bad_content`: the run fails,
    and several in a row take down a path that works. For an early warning, use the alert
    CertificateExpiresSoon.
    """
    url: Expected | None = None
    """A condition on the address where redirects ended."""

    @model_validator(mode="after")
    def _headers_are_text(self) -> Self:
        if any(isinstance(condition.equals, bool) for condition in self.headers.values()):
            message = "a header is text: write 'true' in quotes, or {exists: true}"
            raise PydanticCustomError("header", message)
        return self
