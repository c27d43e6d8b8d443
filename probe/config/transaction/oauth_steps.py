"""An OAuth grant, written as one step and expanded to ordinary steps.

Nothing is run here: discovery, the key set, the way to the login form, the forms and the token
endpoint each become a step that is run, timed and judged like any other.
"""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, ValidationInfo
from yarl import URL

from probe.config.transaction.oauth import LoginForm, OAuth
from probe.config.transaction.steps import SUBJECT, SUBMIT, Step
from probe.config.types import Model, Name, Timeout, as_tuple

REDIRECTS: Final = [301, 302, 303, 307, 308]
_KEYS: Final = "keys[?use != 'enc'].{{{}}}".format(
    ", ".join(f"{name}: {name}" for name in ("kty", "kid", "use", "alg", "crv", "n", "e", "x", "y"))
)
"""The signing keys of a key set, in JMESPath, without the certificates that some include."""


class OAuthStep(Model):
    """A step that makes all the requests of one grant; the last one has the step's name."""

    name: Name
    """The name of its last request; the others have it as a prefix: `token/login`."""
    oauth: OAuth
    """The grant."""
    timeout: Timeout | None = None
    """The maximum duration of each of its requests."""

    def steps(self) -> tuple[Step, ...]:
        """The requests in order; the one that renews a session comes last."""
        token = _token(self.oauth, _grant(self.oauth))
        requests = {**_ways_in(self.oauth), "": {**token, **_identity(self.oauth)}}
        if self.oauth.grant != "client_credentials":
            renewal = {"grant_type": "refresh_token", "refresh_token": "{{ refresh_token }}"}
            renewed = {**_token(self.oauth, renewal), **_same_identity(self.oauth)}
            requests["/renew"] = {**renewed, "renew": True}
        return tuple(self._step(part, written) for part, written in requests.items())

    def _step(self, part: str, written: dict[str, Any]) -> Step:
        step = Step.model_validate(written)
        return step.model_copy(update={"name": self.name + part, "timeout": self.timeout})


AnyStep = Step | OAuthStep


def any_step(value: object, info: ValidationInfo) -> AnyStep:
    """`value`, validated as an OAuthStep if it has `oauth`, and as a Step otherwise."""
    if isinstance(value, Step | OAuthStep):
        return value
    kind = OAuthStep if isinstance(value, dict) and "oauth" in value else Step
    return kind.model_validate(value, context=info.context)


Steps = Annotated[
    tuple[Annotated[AnyStep, BeforeValidator(any_step)], ...],
    BeforeValidator(as_tuple),
    Field(
        min_length=1,
        json_schema_extra={"minItems": 1},
        examples=[[{"request": "GET https://example.com/login"}]],
    ),
]


def expanded(written: tuple[AnyStep, ...]) -> tuple[Step, ...]:
    """The steps of `written`, with each OAuthStep expanded to ordinary steps."""
    return tuple(
        each
        for step in written
        for each in (step.steps() if isinstance(step, OAuthStep) else (step,))
    )


def _ways_in(oauth: OAuth) -> dict[str, dict[str, Any]]:
    """The steps before the token endpoint, by the suffix that they add to the step's name."""
    requests = {} if oauth.issuer is None else {"/discovery": _discovery(oauth, oauth.issuer)}
    if oauth.identifies:
        requests["/keys"] = _keys()
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
    endpoints += ["jwks_uri"] if oauth.identifies else []
    here = {"matches": _origins(oauth, issuer)}
    return {
        "request": f"GET {issuer.rstrip('/')}/.well-known/openid-configuration",
        "expect": {"json": {"issuer": issuer, **dict.fromkeys(endpoints, here)}},
        "extract": {name: {"json": name, "public": True} for name in endpoints},
    }


def _origins(oauth: OAuth, home: str) -> str:
    """A pattern of the URLs at the origin of `home`, or at the other hosts that are allowed."""
    origin = URL(home).origin()
    hosts = [origin.host_port_subcomponent or "", *oauth.allow_hosts]
    port = ":443" if origin.scheme == "https" else ":80"
    return f"(?i)^{origin.scheme}://(?:{'|'.join(map(re.escape, hosts))})(?:{port})?(?:[/?]|$)"


def _keys() -> dict[str, Any]:
    return {
        "request": "GET {{ jwks_uri }}",
        "expect": {"json": {"keys[0].kty": {"is": "string"}}},
        "extract": {"oauth_keys": {"json": _KEYS, "public": True}},
    }


def _identity(oauth: OAuth) -> dict[str, Any]:
    """The requirements on the id_token (OpenID Connect Core 1.0, 3.1.3.7)."""
    if not oauth.identifies:
        return {}
    told = {"issuer": oauth.issuer, "audience": oauth.client_id}
    return {"id_token": {**told, "keys": "{{ oauth_keys }}", "nonce": "{{ oauth_nonce }}"}}


def _same_identity(oauth: OAuth) -> dict[str, Any]:
    """The requirements on the id_token that a renewal may return (ibid., 12.2).

    Keys may have changed since the login; TLS may replace them (ibid., 3.1.3.7, item 6).
    """
    if not oauth.identifies:
        return {}
    told = {"issuer": oauth.issuer, "audience": oauth.client_id}
    return {"id_token": {**told, "keys": None, "subject": f"{{{{ {SUBJECT} }}}}"}}


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
        **oauth.parameters,
    }
    # A login form that was moved to another host would be sent the password.
    home = oauth.issuer or oauth.authorize_url
    at_home = {"url": {"matches": _origins(oauth, home)}} if home else {}
    returns = _returns(oauth, last=not oauth.login)
    return {"request": f"GET {url}", "query": query, **returns, **_also(returns, at_home)}


def _login(oauth: OAuth, page: LoginForm, *, last: bool) -> dict[str, Any]:
    return {"request": f"{SUBMIT} {page.select}", "form": page.form, **_returns(oauth, last=last)}


def _returns(oauth: OAuth, *, last: bool) -> dict[str, Any]:
    """The end of a step on the way to the code: the callback or, unless `last`, another page."""
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
        "form": {**grant, **client, **oauth.parameters},
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
