"""Canaille in memory with one user and one client: `canaille_server.py PORT ISSUER PASSWORD`."""

import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.backends.memory.backend import MemoryBackend
from joserfc.jwk import RSAKey

_matching_any = MemoryBackend.do_query


def _matching_all(self: MemoryBackend, model: type, **wanted: object) -> list[Any]:
    """Its in-memory store finds what matches any filter: two open codes would be mixed up."""
    each = [_matching_any(self, model, **{key: value}) for key, value in wanted.items()]
    common = set.intersection(*({found.id for found in kind} for kind in each)) if each else set()
    found = _matching_any(self, model, **wanted)
    return [item for item in found if not wanted or item.id in common]


MemoryBackend.do_query = _matching_all


def main(port: str, issuer: str, password: str) -> None:
    """Serve until killed; pages and tokens name `issuer`, whatever proxy is in front."""
    app = create_app(
        {
            "SECRET_KEY": "of the tests alone",
            "SERVER_NAME": issuer.removeprefix("http://"),
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [RSAKey.generate_key(2048).as_dict(private=True)]},
        }
    )
    user = {"user_name": "monitor", "family_name": "Monitor", "formatted_name": "The monitor"}
    client = {
        "client_id": "probe",
        "client_secret": "a client's secret",
        "client_name": "probe",
        "redirect_uris": ["http://localhost:1/callback"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "scope": ["openid", "profile"],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    with app.app_context():
        mail = ["monitor@example.com"]
        Backend.instance.save(models.User(**user, emails=mail, password=password))
        probe = models.Client(**client)
        Backend.instance.save(probe)
        probe.audience = [probe]  # as its own form does on registration
        Backend.instance.save(probe)
    app.run("127.0.0.1", int(port), threaded=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
