"""An authority as companies create them: without `keyUsage`, which RFC 5280 requires."""

import ssl
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from probe.config.authorities import shared_context
from probe.observing import connectivity
from probe.reporting.notify import posting

_REQUEST = "openssl req -x509 -nodes -days 30 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"


@dataclass(frozen=True)
class PrivateAuthority:
    """Its certificate, and a server context for the loopback that it vouches for."""

    ca_file: Path
    server: ssl.SSLContext


def private_authority(folder: Path) -> PrivateAuthority:
    ca, ca_key, leaf, key = (folder / name for name in ("ca.pem", "ca.key", "leaf.pem", "leaf.key"))
    _make(["-subj", "/CN=private", "-keyout", ca_key, "-out", ca])
    names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-subj", "/CN=localhost"]
    _make(["-CA", ca, "-CAkey", ca_key, *names, "-keyout", key, "-out", leaf])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(leaf, key)
    return PrivateAuthority(ca, server)


def _make(options: list[str | Path]) -> None:
    subprocess.run([*_REQUEST.split(), *options], check=True, capture_output=True)


def trust_alone(authority: PrivateAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system trust only this authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    shared = cache(shared_context.__wrapped__)
    for user in (connectivity, posting):
        monkeypatch.setattr(user, "shared_context", shared)


def be_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every Python create contexts as 3.13 does, which refuses such an authority."""
    made = ssl.create_default_context

    def strict(*args: object, **kwargs: object) -> ssl.SSLContext:
        context = made(*args, **kwargs)  # type: ignore[arg-type]
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
