"""OAuth 2.0 and OpenID Connect, written as one step and read as the ordinary steps it stands for.

Nothing here runs: discovery, the way to the login form, the form and the token endpoint each
become a step that is asked, timed and judged like any other.
"""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError
from yarl import URL

from probe.config.addresses import absolute
from probe.config.steps import SUBMIT, Css, Step
from probe.config.types import Duration, Model, Name, Plain, Text, as_tuple

REDIRECTS: Final = [301, 302, 303, 307, 308]
GIVEN: Final = frozenset({"access_token", "refresh_token", "id_token", "expires_in"})
"""The variables that an OAuth step gives to the steps after it."""

_NEEDED: Final = {
    "client_credentials": ("client_secret",),
    "refresh_token": ("refresh_token",),
    "authorization_code": ("redirect_uri",),
}
_BELONGS: Final = {
    "refresh_token": "refresh_token",
    "redirect_uri": "authorization_code",
    "authorize_url": "authorization_code",
    "login": "authorization_code",
}

Url = Annotated[Plain, AfterValidator(absolute)]


class LoginForm(Model):
    """One page of the provider's login: the form to find on it, and what to fill in.

    Hidden fields go along as they stand on the page.
    """

    form: dict[Plain, Text]
    select: Css = "form"


def _pages(value: object) -> object:
    return as_tuple(value if isinstance(value, list | tuple) else [value])


class OAuth(Model):
    """A grant, and where it is asked for: at an `issuer`, or at endpoints given by hand.

    Endpoints that the issuer's discovery document names lie at its own origin, or at one of
    `allow_hosts`.
    """

    issuer: Url | None = None
    token_url: Url | None = None
    authorize_url: Url | None = None
    allow_hosts: Annotated[tuple[Plain, ...], BeforeValidator(as_tuple)] = ()
    grant: Literal["client_credentials", "refresh_token", "authorization_code"]
    client_id: Text
    client_secret: Text | None = None
    client_auth: Literal["basic", "post"] = "basic"
    scope: Plain | None = None
    refresh_token: Text | None = None
    redirect_uri: Url | None = None
    login: Annotated[
        tuple[LoginForm, ...],
        BeforeValidator(_pages, json_schema_input_type=LoginForm | tuple[LoginForm, ...]),
    ] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key in _NEEDED[self.grant]:
            if getattr(self, key) is None:
                raise _problem(f"the grant {self.grant} needs {key}")
        for key, grant in _BELONGS.items():
            if key in self.model_fields_set and grant != self.grant:
                raise _problem(f"{key} belongs to the grant {grant}")
        endpoints = {"token_url": self.token_url}
        if self.grant == "authorization_code":
            endpoints["authorize_url"] = self.authorize_url
        missing = [key for key, url in endpoints.items() if url is None]
        if self.issuer is None and missing:
            raise _problem(f"name an issuer, or {' and '.join(missing)}")
        return self


class OAuthStep(Model):
    """A step that stands for all the requests of one grant; the last one bears its name."""

    name: Name
    oauth: OAuth
    timeout: Duration | None = None

    def steps(self) -> tuple[Step, ...]:
        """The requests in their order; the one that renews a session comes last."""
        requests = {**_ways_in(self.oauth), "": _token(self.oauth, _grant(self.oauth))}
        if self.oauth.grant != "client_credentials":
            renewal = {"grant_type": "refresh_token", "refresh_token": "{{ refresh_token }}"}
            requests["/renew"] = {**_token(self.oauth, renewal), "renew": True}
        return tuple(self._step(part, written) for part, written in requests.items())

    def _step(self, part: str, written: dict[str, Any]) -> Step:
        step = Step.model_validate(written)
        return step.model_copy(update={"name": self.name + part, "timeout": self.timeout})


AnyStep = Step | OAuthStep


def any_step(value: object, info: ValidationInfo) -> AnyStep:
    """The kind of step that `value` is written as."""
    if isinstance(value, Step | OAuthStep):
        return value
    kind = OAuthStep if isinstance(value, dict) and "oauth" in value else Step
    return kind.model_validate(value, context=info.context)


Steps = Annotated[
    tuple[Annotated[AnyStep, BeforeValidator(any_step)], ...],
    BeforeValidator(as_tuple),
    Field(min_length=1, json_schema_extra={"minItems": 1}),
]


def expanded(written: tuple[AnyStep, ...]) -> tuple[Step, ...]:
    """The ordinary steps that `written` stands for."""
    return tuple(
        each
        for step in written
        for each in (step.steps() if isinstance(step, OAuthStep) else (step,))
    )


def _problem(message: str) -> PydanticCustomError:
    return PydanticCustomError("oauth", "{message}", {"message": message})


def _ways_in(oauth: OAuth) -> dict[str, dict[str, Any]]:
    """The steps before the token endpoint, by what they add to the step's name."""
    requests = {} if oauth.issuer is None else {"/discovery": _discovery(oauth, oauth.issuer)}
    if oauth.grant == "authorization_code":
        requests["/authorize"] = _authorize(oauth)
        last = len(oauth.login)
        for number, page in enumerate(oauth.login, start=1):
            part = "/login" if number == 1 else f"/login{number}"
            requests[part] = _login(oauth, page, last=number == last)
    return requests


def _discovery(oauth: OAuth, issuer: str) -> dict[str, Any]:
    given = {"token": oauth.token_url, "authorization": oauth.authorize_url}
    wanted = ["token"] if oauth.grant != "authorization_code" else ["token", "authorization"]
    endpoints = [f"{name}_endpoint" for name in wanted if given[name] is None]
    here = {"matches": _origins(oauth, issuer)}
    return {
        "request": f"GET {issuer.rstrip('/')}/.well-known/openid-configuration",
        "expect": {"json": {"issuer": issuer, **dict.fromkeys(endpoints, here)}},
        "extract": {name: {"json": name, "public": True} for name in endpoints},
    }


def _origins(oauth: OAuth, home: str) -> str:
    """Matches the URLs at the origin of `home` and at the hosts that are allowed beside it."""
    origin = URL(home).origin()
    hosts = [origin.host_port_subcomponent or "", *oauth.allow_hosts]
    port = ":443" if origin.scheme == "https" else ":80"
    return f"(?i)^{origin.scheme}://(?:{'|'.join(map(re.escape, hosts))})(?:{port})?(?:[/?]|$)"


def _authorize(oauth: OAuth) -> dict[str, Any]:
    url = oauth.authorize_url or "{{ authorization_endpoint }}"
    query = {
        "response_type": "code",
        "client_id": oauth.client_id,
        "redirect_uri": oauth.redirect_uri,
        "state": "{{ oauth_state }}",
        "nonce": "{{ oauth_nonce }}",
        "code_challenge": "{{ pkce_challenge }}",
        "code_challenge_method": "S256",
        **_scope(oauth),
    }
    # Whoever moved the login form elsewhere would be given the password.
    home = oauth.issuer or oauth.authorize_url
    at_home = {"url": {"matches": _origins(oauth, home)}} if home else {}
    returns = _returns(oauth, last=not oauth.login)
    return {"request": f"GET {url}", "query": query, **returns, **_also(returns, at_home)}


def _login(oauth: OAuth, page: LoginForm, *, last: bool) -> dict[str, Any]:
    return {"request": f"{SUBMIT} {page.select}", "form": page.form, **_returns(oauth, last=last)}


def _returns(oauth: OAuth, *, last: bool) -> dict[str, Any]:
    """How a step on the way to the code ends: at the callback, or at one more page before it."""
    code = {"redirect": "code", "optional": not last}
    return {
        "follow": True,
        "callback": oauth.redirect_uri,
        "expect": {"status": REDIRECTS if last else ["2xx", *REDIRECTS]},
        "extract": {"code": code},
    }


def _also(step: dict[str, Any], expect: dict[str, Any]) -> dict[str, Any]:
    return {"expect": {**step["expect"], **expect}}


def _grant(oauth: OAuth) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {
        "client_credentials": {},
        "refresh_token": {"refresh_token": oauth.refresh_token},
        "authorization_code": {
            "code": "{{ code }}",
            "redirect_uri": oauth.redirect_uri,
            "code_verifier": "{{ pkce_verifier }}",
        },
    }
    scope = _scope(oauth) if oauth.grant == "client_credentials" else {}
    return {"grant_type": oauth.grant, **fields[oauth.grant], **scope}


def _token(oauth: OAuth, grant: dict[str, Any]) -> dict[str, Any]:
    client: dict[str, Any] = {"client_id": oauth.client_id}
    basic: dict[str, Any] = {}
    if oauth.client_secret is not None:
        secret = {"user": oauth.client_id, "password": oauth.client_secret, "form_encoded": True}
        by_header = oauth.client_auth == "basic"
        basic = {"basic": secret} if by_header else {}
        client = {} if by_header else {**client, "client_secret": oauth.client_secret}
    return {
        "request": f"POST {oauth.token_url or '{{ token_endpoint }}'}",
        "headers": {"Accept": "application/json"},
        "form": {**grant, **client},
        **basic,
        "expect": {"status": 200, "json": {"access_token": {"is": "string"}}},
        "extract": {
            "access_token": {"json": "access_token"},
            "refresh_token": {"json": "refresh_token", "optional": True},
            "id_token": {"json": "id_token", "optional": True},
            "expires_in": {"json": "expires_in", "optional": True, "public": True},
        },
    }


def _scope(oauth: OAuth) -> dict[str, str]:
    return {} if oauth.scope is None else {"scope": oauth.scope}
