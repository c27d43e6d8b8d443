"""One request inside a path's transaction."""

import re
from typing import Annotated, Final, Literal, Self

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from probe.config.addresses import absolute, check_url
from probe.config.transaction.expectations import Expect, HeaderName, JmesPath, Pattern
from probe.config.transaction.streams import StreamKey
from probe.config.types import Json, Model, Name, Plain, Text, Timeout, matching
from probe.model.secret import Secret, reveal

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SUBMIT: Final = "SUBMIT"
"""In place of a method: send the form that a CSS selector finds on the previous page."""

MADE: Final = frozenset({"oauth_state", "oauth_nonce", "pkce_verifier", "pkce_challenge"})
"""The variables that every run generates; no step extracts them."""

SUBJECT: Final = "oauth_subject"
"""The variable for the subject of a login's id_token, set once one was valid."""

VARIABLE = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
"""A reference to a variable: `{{ name }}`."""

Variable = Annotated[
    Plain,
    matching(
        r"^[A-Za-z_][A-Za-z0-9_]*$",
        "a variable's name has letters, digits and '_', and does not start with a digit",
    ),
]
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Request(Model):
    """A method and a URL; the URL may contain secrets and `{{ variables }}`.

    With SUBMIT, `url` is the CSS selector of a form.
    """

    method: str
    url: Text


def _css(value: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(value)
    except SelectorError as error:
        raise PydanticCustomError("css", "not a valid CSS selector") from error
    return value


Css = Annotated[Plain, AfterValidator(_css)]


def _request(value: object) -> object:
    if isinstance(value, Request):
        return value
    written = reveal(value) if isinstance(value, str | Secret) else ""
    method, _, url = written.partition(" ")
    if method == SUBMIT and url and not isinstance(value, Secret):
        return Request(method=method, url=_css(url))
    bare = VARIABLE.sub("1", url)
    if method not in _METHODS or not bare:
        raise PydanticCustomError(
            "request", "a request is a method and a URL: GET https://example.com/login"
        )
    if any(map(str.isspace, bare)):
        raise PydanticCustomError("request", "a URL has no spaces; write %20, or query: {key: ...}")
    if VARIABLE.match(url) is None:  # otherwise its start is not known yet
        check_url(bare)
    parted = Secret(url, value.source, value.parts) if isinstance(value, Secret) else url
    return Request(method=method, url=parted)


def _header_value(value: str | Secret) -> str | Secret:
    if _CONTROL.search(reveal(value)):
        raise PydanticCustomError("header", "a header's value is one line")
    return value


HeaderValue = Annotated[Text, AfterValidator(_header_value)]


_SOURCES: Final = ("json_", "css", "regex", "header", "cookie", "redirect")


class Extract(Model):
    """The source of a variable's text: exactly one."""

    json_: JmesPath | None = Field(default=None, alias="json")
    """A JMESPath expression on a JSON body."""
    css: Css | None = None
    """A CSS selector on an HTML body."""
    attribute: Plain | None = None
    """The attribute of the selected element, instead of its text."""
    regex: Pattern | None = None
    """A regular expression on the body: its first group, or the whole match."""
    header: HeaderName | None = None
    """A header of the response."""
    cookie: Plain | None = None
    """A cookie that the run has at that point."""
    redirect: Plain | None = None
    """A parameter in the query of the redirect that ended the step."""
    decode: Literal["url"] | None = None
    """`url`: decode URL-encoded text, `%3D` to `=`."""
    optional: bool = False
    """Whether it may be missing; the variable is then not set."""
    public: bool = False
    """Whether it is not a secret. All others are masked in evidence if they have six or more
    characters.
    """

    @property
    def source(self) -> tuple[str, str]:
        """The one source that is given: its key as it is written, and the value of that key."""
        ((key, wanted),) = self._given()
        return key, wanted

    def _given(self) -> list[tuple[str, str]]:
        written = ((key.rstrip("_"), getattr(self, key)) for key in _SOURCES)
        return [(key, wanted) for key, wanted in written if wanted is not None]

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = self._given()
        if len(sources) > 1:
            raise PydanticCustomError("extract", "a variable has one source; keep one of these")
        if not sources:
            raise PydanticCustomError(
                "extract", "name one of json, css, regex, header, cookie, redirect"
            )
        if self.attribute is not None and self.css is None:
            raise PydanticCustomError("extract", "attribute belongs to css")
        return self


class Basic(Model):
    """A user and a password, for HTTP basic or digest authentication."""

    user: Text
    """The user's name."""
    password: Text
    """The password."""
    form_encoded: bool = False
    """Encode each part as in a form, as OAuth requires for clients (RFC 6749, 2.3.1)."""


_USER: Final = {"user": "probe", "password": "${env:PASSWORD}"}


class IdToken(Model):
    """The `id_token` that the response must contain: its issuer, keys and audience."""

    issuer: Text
    """The required issuer."""
    audience: Text
    """The required audience: our client's identifier."""
    keys: Text | None
    """The issuer's key set as text; null to rely on TLS to the token endpoint instead of a
    signature.
    """
    nonce: Text | None = None
    """The nonce that the login was started with."""
    subject: Text | None = None
    """The subject of the login, for the token of a renewal; such a token may be missing."""


class Step(Model):
    """One request, the expectations on its response, and the values extracted from it."""

    name: Name | None = None
    """The step's label in metrics and evidence. Unset: its position, `step1`."""
    request: Annotated[
        Request,
        BeforeValidator(_request),
        WithJsonSchema({"type": "string", "pattern": f"^({'|'.join([*_METHODS, SUBMIT])}) \\S"}),
    ]
    """A method and a URL: `GET https://example.com/login`. `SUBMIT` and a CSS selector fill in and
    send a form on the previous page.
    """
    headers: dict[HeaderName, HeaderValue] = Field(
        default={}, examples=[{"accept": "application/json"}]
    )
    """Headers to send."""
    query: dict[Plain, Text] = Field(default={}, examples=[{"page": "1"}])
    """Parameters for the URL's query; they are encoded."""
    form: dict[Plain, Text] | None = Field(default=None, examples=[{"user": "probe"}])
    """The fields of a form, sent as the body; with `SUBMIT`, the fields to fill in."""
    json_: Json = Field(alias="json", default=None)
    """Any data, sent as a JSON body."""
    body: Text | None = None
    """Text, sent as the body."""
    basic: Basic | None = Field(default=None, examples=[_USER])
    """HTTP basic authentication."""
    digest: Basic | None = Field(default=None, examples=[_USER])
    """HTTP digest authentication."""
    bearer: HeaderValue | None = None
    """A bearer token for the header `Authorization`."""
    expect: Expect = Field(default=Expect(), examples=[{"status": 200}])
    """Expectations on the response. Without `status`, any 2xx is accepted."""
    extract: dict[Variable, Extract] = Field(
        default={}, examples=[{"csrf": {"css": "input[name=csrf]", "attribute": "value"}}]
    )
    """Variables for later steps, each with the source of its text."""
    id_token: IdToken | None = None
    """An `id_token` that must be in the response and be valid."""
    follow: bool = False
    """Follow redirects. Without it, a redirect is the response."""
    callback: Annotated[Plain, AfterValidator(absolute)] | None = None
    """An OAuth redirect URI: with `follow`, redirects are followed up to it, but it is never
    requested. It must return the `state` that was sent.
    """
    max_redirects: Annotated[int, Field(ge=1, le=20)] = 10
    """More redirects than this are a failure."""
    timeout: Timeout | None = None
    """The maximum duration of this step, within the run's timeout."""
    always: bool = False
    """Also run after a failure, for example for a logout."""
    renew: bool = False
    """In a login: run only to renew its kept session when that is due, never in the login's own
    runs.
    """
    canary: bool = False
    """What it expects is known to be in the account. If it is missing while a new login works, the
    finding is `session_lost`.
    """
    stream: StreamKey = None
    """The response is a stream of server-sent events: `sse`, `anthropic`, `openai`, or a mapping
    with more settings.
    """

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = [key for key in ("form", "json", "body") if self._given(key)]
        if len(bodies) > 1:
            raise PydanticCustomError(
                "body",
                "a request has one body: {bodies} exclude each other",
                {"bodies": " and ".join(bodies)},
            )
        if self.request.method == SUBMIT and bodies and bodies != ["form"]:
            raise PydanticCustomError(
                "body",
                "SUBMIT sends a form; its fields go into form:, and {body}: has no place in it",
                {"body": bodies[0]},
            )
        ways = [key for key in ("basic", "digest", "bearer") if getattr(self, key) is not None]
        if len(ways) > 1:
            raise PydanticCustomError(
                "auth", "{ways} exclude each other", {"ways": " and ".join(ways)}
            )
        return self

    @model_validator(mode="after")
    def _leads_to_its_callback(self) -> Self:
        if self.callback is not None and not self.follow:
            raise PydanticCustomError("callback", "callback: needs follow: true, to get there")
        return self

    @model_validator(mode="after")
    def _waits_belong_to_a_stream(self) -> Self:
        for key in ("first_token", "gap"):
            if self.stream is None and getattr(self.expect, key) is not None:
                raise PydanticCustomError("stream", "expect: {key} needs stream:", {"key": key})
        return self

    def _given(self, key: str) -> bool:
        return {"json": "json_"}.get(key, key) in self.model_fields_set
