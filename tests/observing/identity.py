"""A small identity provider for the tests: every answer can be replaced by another."""

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey
from lookout import Handler, always, anything, web_server

PAGE = """<form method="post" action="{action}">
<input type="hidden" name="csrf" value="{{{{ access_token }}}}&amp;+"><input name="username">
<input type="password" name="password"></form>"""


KEY = ECKey.generate_key("P-256", {"kid": "first", "use": "sig", "alg": "ES256"})


@dataclass(slots=True)
class Identity:
    """Answers by path, from `instead` first. `asked` records the requests.

    `renews` is whether a renewal returns an id_token, too.
    """

    instead: dict[str, Handler] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], web.Request]] = field(default_factory=list)
    url: str = ""
    expires_in: object = 3600
    tokens: int = 0
    key: ECKey = field(default_factory=lambda: KEY)
    header: dict[str, object] = field(default_factory=dict)
    claims: dict[str, object] = field(default_factory=dict)
    renews: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.path, form, request))
        answers: dict[str, Handler] = {
            "/.well-known/openid-configuration": self._discovery,
            "/authorize": self._page,
            "/login": self._login,
            "/token": self.token,
            "/keys": always(text=json.dumps({"keys": [KEY.as_dict(private=False)]})),
        }
        return await {**answers, **self.instead}[request.path](request)

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for asked, form, _ in self.asked if asked == path]

    async def _discovery(self, _: web.Request) -> web.Response:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token"}
        ends["jwks_uri"] = "keys"
        urls = {name: f"{self.url}/{end}" for name, end in ends.items()}
        return web.json_response({"issuer": self.url, **urls})

    async def _page(self, request: web.Request) -> web.Response:
        action = f"/login?{urlencode(request.query)}"
        return web.Response(text=PAGE.format(action=action), content_type="text/html")

    async def _login(self, request: web.Request) -> web.StreamResponse:
        form = self.forms("/login")[-1]
        if form.get("password") != "correct-horse":
            return await self._page(request)
        query = {"code": request.query["code_challenge"], "state": request.query["state"]}
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(query)}")

    async def token(self, _: web.Request) -> web.Response:
        form = self.forms("/token")[-1]
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_code = form["grant_type"] == "authorization_code"
        wanted = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if is_code and form["code"] != wanted:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.tokens += 1
        asked = [request.query for path, _, request in self.asked if path == "/authorize"]
        identity = {"id_token": self._id_token(asked[-1])} if is_code or self.renews else {}
        token = {"access_token": f"access-{self.tokens}", "refresh_token": f"refresh-{self.tokens}"}
        return web.json_response(
            {**token, **identity, "expires_in": self.expires_in, "token_type": "Bearer"}
        )

    def _id_token(self, asked: Mapping[str, str]) -> str:
        now = int(time.time())
        told = {"iss": self.url, "sub": "me", "aud": asked["client_id"], "nonce": asked["nonce"]}
        claims = {**told, "iat": now, "exp": now + 300, **self.claims}
        whole = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": "first", **self.header}, whole, self.key)


@asynccontextmanager
async def identity() -> AsyncIterator[Identity]:
    provider = Identity()
    async with web_server(anything(provider.answer)) as url:
        provider.url = url
        yield provider
