"""One request inside a path's transaction."""

import re
from typing import Annotated, Final, Self

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
"""In a method's place: fill in the form that a CSS selector finds on the page just seen."""

MADE: Final = frozenset({"oauth_state", "oauth_nonce", "pkce_verifier", "pkce_challenge"})
"""Variables that every run makes for itself; nothing extracts them."""

SUBJECT: Final = "oauth_subject"
"""The variable for whom a login's id_token named, known once one held."""

VARIABLE = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
"""A place for an extracted variable: `{{ name }}`."""

Variable = Annotated[
    Plain,
    matching(
        r"^[A-Za-z_][A-Za-z0-9_]*$",
        "a variable's name has letters, digits and '_', and does not start with a digit",
    ),
]
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Request(Model):
    """A method and a URL; the URL may hold secrets and `{{ variables }}`.

    After SUBMIT, the selector of a form stands in the URL's place.
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
    if VARIABLE.match(url) is None:  # else the URL itself was extracted
        check_url(bare)
    return Request(method=method, url=Secret(url) if isinstance(value, Secret) else url)


def _header_value(value: str | Secret) -> str | Secret:
    if _CONTROL.search(reveal(value)):
        raise PydanticCustomError("header", "a header's value is one line")
    return value


HeaderValue = Annotated[Text, AfterValidator(_header_value)]


class Extract(Model):
    """Where a variable's text is found; exactly one source.

    `redirect` names a parameter in the query of the redirect that ended the step. What is
    `optional` may be missing; what is `public` is no secret and may be shown.
    """

    json_: JmesPath | None = Field(default=None, alias="json")
    css: Css | None = None
    attribute: Plain | None = None
    regex: Pattern | None = None
    header: HeaderName | None = None
    cookie: Plain | None = None
    redirect: Plain | None = None
    optional: bool = False
    public: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = self.model_fields_set - {"attribute", "optional", "public"}
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
    """A user and a password, for HTTP basic or digest authentication.

    `form_encoded` is how OAuth wants a client's: each part encoded as in a form (RFC 6749, 2.3.1).
    """

    user: Text
    password: Text
    form_encoded: bool = False


_USER: Final = {"user": "probe", "password": "${env:PASSWORD}"}


class IdToken(Model):
    """Whose `id_token` the answer must hold: who signed it, with which keys, and for whom.

    `keys` is the issuer's key set as text; null where TLS to the token endpoint is to vouch in
    the place of a signature. `nonce` is what the login was begun with. `subject` is whom the login
    was for, which makes it the token of a renewal: that one may be missing.
    """

    issuer: Text
    audience: Text
    keys: Text | None
    nonce: Text | None = None
    subject: Text | None = None


class Step(Model):
    """One request, what must hold of its answer, and what is taken from it.

    `always` runs after a failure too; `renew` runs only to prolong a kept session that came due;
    `canary` says that what it expects is known to be in the account. Redirects are followed up to
    `callback`, an OAuth redirect URI, and never into it.
    """

    name: Name | None = None
    request: Annotated[
        Request,
        BeforeValidator(_request),
        WithJsonSchema({"type": "string", "pattern": f"^({'|'.join([*_METHODS, SUBMIT])}) \\S"}),
    ]
    headers: dict[HeaderName, HeaderValue] = Field(
        default={}, examples=[{"accept": "application/json"}]
    )
    query: dict[Plain, Text] = Field(default={}, examples=[{"page": "1"}])
    form: dict[Plain, Text] | None = Field(default=None, examples=[{"user": "probe"}])
    json_: Json = Field(alias="json", default=None)
    body: Text | None = None
    basic: Basic | None = Field(default=None, examples=[_USER])
    digest: Basic | None = Field(default=None, examples=[_USER])
    bearer: HeaderValue | None = None
    expect: Expect = Field(default=Expect(), examples=[{"status": 200}])
    extract: dict[Variable, Extract] = Field(
        default={}, examples=[{"csrf": {"css": "input[name=csrf]", "attribute": "value"}}]
    )
    id_token: IdToken | None = None
    follow: bool = False
    callback: Annotated[Plain, AfterValidator(absolute)] | None = None
    max_redirects: Annotated[int, Field(ge=1, le=20)] = 10
    timeout: Timeout | None = None
    always: bool = False
    renew: bool = False
    canary: bool = False
    stream: StreamKey = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = [key for key in ("form", "json", "body") if self._given(key)]
        if len(bodies) > 1:
            raise PydanticCustomError(
                "body",
                "a request has one body: {bodies} exclude each other",
                {"bodies": " and ".join(bodies)},
            )
        ways = [key for key in ("basic", "digest", "bearer") if getattr(self, key) is not None]
        if len(ways) > 1:
            raise PydanticCustomError(
                "auth", "{ways} exclude each other", {"ways": " and ".join(ways)}
            )
        return self

    @model_validator(mode="after")
    def _waits_belong_to_a_stream(self) -> Self:
        for key in ("first_token", "gap"):
            if self.stream is None and getattr(self.expect, key) is not None:
                raise PydanticCustomError("stream", "expect: {key} needs stream:", {"key": key})
        return self

    def _given(self, key: str) -> bool:
        return {"json": "json_"}.get(key, key) in self.model_fields_set
