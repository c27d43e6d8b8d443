"""OAuth 2.0 and OpenID Connect: a grant as it is written in the configuration."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from probe.config.addresses import absolute
from probe.config.transaction.steps import Css
from probe.config.types import Model, Plain, Text, as_tuple, refused

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

_SENT: Final = (
    *("grant_type", "client_id", "client_secret", "scope", "refresh_token", "redirect_uri"),
    *("response_type", "state", "nonce", "code", "code_verifier", "code_challenge"),
    "code_challenge_method",
)
"""The parameters that a grant sends by itself, or that have their own keys."""

Url = Annotated[Plain, AfterValidator(absolute)]


class LoginForm(Model):
    """One page of the provider's login: the form to find on it, and what to fill in."""

    form: dict[Plain, Text]
    """The fields to fill in. Hidden fields are sent as they are on the page."""
    select: Css = "form"
    """A CSS selector of the form on the page."""


def _pages(value: object) -> object:
    return as_tuple(value if isinstance(value, list | tuple) else [value])


def _beside_ours(parameters: dict[str, Text]) -> dict[str, Text]:
    for name in _SENT:
        if name in parameters:
            raise refused("oauth", f"the step itself sends {name}; leave it out here")
    return parameters


class OAuth(Model):
    """A grant, requested from an `issuer` or from endpoints that are set by hand.

    Endpoints in the issuer's discovery document must be at its own origin, or at one of
    `allow_hosts`. With `openid` in the `scope`, the issuer's code flow must end with a valid
    id_token: signed by a key of its key set, issued by it, for us, now and for this login.
    """

    issuer: Url | None = None
    """The issuer whose discovery document names the endpoints."""
    token_url: Url | None = None
    """The token endpoint, if no issuer names it."""
    authorize_url: Url | None = None
    """The authorization endpoint, if no issuer names it."""
    allow_hosts: Annotated[tuple[Plain, ...], BeforeValidator(as_tuple)] = ()
    """Hosts other than the issuer's own where endpoints and login forms may be."""
    grant: Literal["client_credentials", "refresh_token", "authorization_code"]
    """How the token is obtained."""
    client_id: Text
    """The client's identifier."""
    client_secret: Text | None = None
    """The client's secret; a public client has none."""
    client_auth: Literal["basic", "post"] = "basic"
    """Whether the secret is sent in a header (`basic`) or in the form (`post`)."""
    scope: Plain | None = None
    """The requested scopes, separated by spaces. With `openid`, the id_token must be valid."""
    parameters: Annotated[dict[Plain, Text], AfterValidator(_beside_ours)] = Field(
        default={}, examples=[{"audience": "https://api.example.com"}]
    )
    """Additional parameters for the authorization and the token endpoint: `audience`, `resource`.
    """
    refresh_token: Text | None = None
    """The token to renew, for the grant `refresh_token`."""
    redirect_uri: Url | None = None
    """The address where the code flow ends; nothing has to listen there."""
    login: Annotated[
        tuple[LoginForm, ...],
        BeforeValidator(_pages, json_schema_input_type=LoginForm | tuple[LoginForm, ...]),
    ] = ()
    """The pages of the provider's login, in order; later ones may be missing."""

    @property
    def identifies(self) -> bool:
        """Whether an id_token is requested, and an issuer named whose keys must have signed it."""
        openid = "openid" in (self.scope or "").split()
        return openid and self.issuer is not None and self.grant == "authorization_code"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key in _NEEDED[self.grant]:
            if getattr(self, key) is None:
                raise refused("oauth", f"the grant {self.grant} needs {key}")
        for key, grant in _BELONGS.items():
            if key in self.model_fields_set and grant != self.grant:
                raise refused("oauth", f"{key} belongs to the grant {grant}")
        endpoints = {"token_url": self.token_url}
        if self.grant == "authorization_code":
            endpoints["authorize_url"] = self.authorize_url
        missing = [key for key, url in endpoints.items() if url is None]
        if self.issuer is None and missing:
            raise refused("oauth", f"name an issuer, or {' and '.join(missing)}")
        return self
