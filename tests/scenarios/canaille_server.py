"""Canaille in memory with one user and one client: `canaille_server.py PORT ISSUER PASSWORD`."""

import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey


def main(port: str, issuer: str, password: str) -> None:
    """Serve until killed; pages and tokens name `issuer`, whatever stands in between."""
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
        Backend.instance.save(models.Client(**client))
    app.run("127.0.0.1", int(port), threaded=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
