"""The settings of a step whose response is a stream of server-sent events."""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from probe.config.types import Model

Format = Literal["sse", "anthropic", "openai"]

_ENDS: Final = {
    "sse": "message_stop",
    "anthropic": "message_stop",
    "openai": ("[DONE]", "response.completed", "response.incomplete"),
}
"""OpenAI's chat completions end with the data `[DONE]`, its responses with an event."""


def _end(value: object) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise PydanticCustomError("text", "should be text or a list of texts; write them in quotes")


_TEXT = {"type": "string"}
End = Annotated[
    str | tuple[str, ...],
    PlainValidator(_end),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]


class Stream(Model):
    """The format of a stream of server-sent events."""

    format: Format = "sse"
    """Determines which events carry content, and which event ends the stream."""
    end: End = "message_stop"
    """The name or the data of the final event, without which the stream is `incomplete`; of a list,
    any one. Unset, that of the format: `message_stop`, for `openai` `[DONE]` or the end of a
    response.
    """

    @model_validator(mode="before")
    @classmethod
    def _end_of_format(cls, data: Any) -> Any:
        given = data.get("format", "sse") if isinstance(data, dict) else None
        end = _ENDS.get(given) if isinstance(given, str) else None
        return data if end is None else {"end": end, **data}

    @property
    def ends(self) -> frozenset[str]:
        """Every name or data that ends the stream."""
        return frozenset({self.end} if isinstance(self.end, str) else self.end)


def _written(value: object) -> object:
    return {"format": value} if isinstance(value, str) else value


StreamKey = Annotated[
    Stream | None,
    BeforeValidator(_written, json_schema_input_type=Format | Stream | None),
    Field(examples=[{"format": "sse"}]),
]
"""`stream: sse`, or the whole mapping."""
