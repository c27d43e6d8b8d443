"""One request inside a path's transaction."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import jmespath
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from probe.config.expectations import Expect, Pattern
from probe.config.types import Duration, Model, Name, Plain, Text
from probe.model.secret import Secret, reveal

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REQUEST = re.compile(rf"^({'|'.join(_METHODS)}) (\S+)$")
VARIABLE = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
"""A place for an extracted variable: `{{ name }}`."""


class Request(Model):
    """A method and a URL; the URL may hold secrets and `{{ variables }}`."""

    method: str
    url: Text


def _request(value: object) -> object:
    if isinstance(value, Request):
        return value
    match = _REQUEST.match(reveal(value)) if isinstance(value, str | Secret) else None
    if match is None:
        raise PydanticCustomError(
            "request", "a request is a method and a URL: GET https://example.com/login"
        )
    if not match[2].startswith("{{"):
        _check_url(VARIABLE.sub("x", match[2]))
    return Request(method=match[1], url=Secret(match[2]) if isinstance(value, Secret) else match[2])


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise PydanticCustomError("request", "the URL needs http:// or https://, a host and a port")
    if parts.username is not None:
        raise PydanticCustomError("request", "no credentials in a URL; use basic: {user, password}")


def _jmespath(value: str) -> str:
    try:
        jmespath.compile(value)
    except Exception as error:  # jmespath raises several unrelated types
        message = f"not a valid JMESPath expression: {' '.join(str(error).split())}"
        raise PydanticCustomError("jmespath", "{message}", {"message": message}) from error
    return value


JmesPath = Annotated[Plain, AfterValidator(_jmespath)]


class Extract(Model):
    """Where a variable's text is found; exactly one source."""

    json_: JmesPath | None = Field(default=None, alias="json")
    css: Plain | None = None
    attribute: Plain | None = None
    regex: Pattern | None = None
    header: Plain | None = None
    cookie: Plain | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = self.model_fields_set - {"attribute"}
        if len(sources) != 1:
            raise PydanticCustomError("extract", "name one of json, css, regex, header, cookie")
        if self.attribute is not None and self.css is None:
            raise PydanticCustomError("extract", "attribute belongs to css")
        return self


class Basic(Model):
    """HTTP basic authentication."""

    user: Text
    password: Text


class Stream(Model):
    """A step whose answer is a stream of server-sent events.

    It is whole only once an event named `end` arrived, or data equal to `end` (`[DONE]`).
    """

    format: Literal["sse"] = "sse"
    end: Plain = "message_stop"


def _stream(value: object) -> object:
    return {"format": value} if isinstance(value, str) else value


class Step(Model):
    """One request, what must hold of its answer, and what is taken from it."""

    name: Name | None = None
    request: Annotated[
        Request,
        BeforeValidator(_request),
        WithJsonSchema({"type": "string", "pattern": f"^({'|'.join(_METHODS)}) \\S+$"}),
    ]
    headers: dict[Plain, Text] = {}
    query: dict[Plain, Text] = {}
    form: dict[Plain, Text] | None = None
    json_: Annotated[Any, Field(alias="json")] = None
    body: Text | None = None
    basic: Basic | None = None
    bearer: Text | None = None
    expect: Expect = Expect()
    extract: dict[Annotated[Plain, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], Extract] = {}
    follow: bool = False
    max_redirects: Annotated[int, Field(ge=1, le=20)] = 10
    timeout: Duration | None = None
    always: bool = False
    stream: Annotated[
        Stream | None, BeforeValidator(_stream, json_schema_input_type=Literal["sse"] | Stream)
    ] = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = [key for key in ("form", "json", "body") if self._given(key)]
        if len(bodies) > 1:
            raise PydanticCustomError(
                "body",
                "a request has one body: {bodies} exclude each other",
                {"bodies": " and ".join(bodies)},
            )
        if self.basic is not None and self.bearer is not None:
            raise PydanticCustomError("auth", "basic and bearer exclude each other")
        return self

    def _given(self, key: str) -> bool:
        return {"json": "json_"}.get(key, key) in self.model_fields_set
