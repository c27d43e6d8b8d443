"""Asks a daemon on this machine whether it is healthy.

Only the standard library is imported: a container asks again and again, and must not load the
daemon each time.
"""

import ssl
from http.client import HTTPException
from pathlib import Path
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from probe.config.authorities import context_trusting

_LOOPBACKS: Final = ("127.0.0.1", "[::1]")
"""A daemon that listens on [::] answers only on the second."""

_TIMEOUT_S: Final = 2.0
_LONGEST: Final = 200
_NO_SCHEME: Final = "begins with neither http:// nor https://"


class UnhealthyError(Exception):
    """No address answered that the daemon is healthy; the text has the reason for each."""


def here(port: int = 9632) -> tuple[str, ...]:
    """The default addresses of a daemon, without and with TLS."""
    return tuple(f"{scheme}://{host}:{port}" for host in _LOOPBACKS for scheme in ("http", "https"))


def health(addresses: tuple[str, ...], certificate: Path | None, key: Path | None) -> str:
    """The text of the first of `addresses` that answers that its daemon is healthy.

    `certificate` and `key` are shown to a daemon that asks its clients for a certificate.

    Raises:
        UnhealthyError: no address answers that.
    """
    reasons = []
    for address in addresses:
        try:
            return _ask(address, certificate, key)
        except HTTPError as answer:
            with answer:
                reasons.append(f"{address}: {answer.code}, {_words(answer)}")
        except (HTTPException, OSError, ValueError) as error:
            reasons.append(f"{address}: {_reason(error)}")
    raise UnhealthyError("; ".join(reasons))


def _ask(address: str, certificate: Path | None, key: Path | None) -> str:
    scheme = urlsplit(address).scheme
    if scheme not in {"http", "https"}:
        raise ValueError(_NO_SCHEME)
    context = None
    if scheme == "https":
        # The daemon's certificate names the host that others know it by, not this address; nothing
        # is sent that another server in its place could use.
        context = context_trusting()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if certificate is not None:
            _show(context, certificate, key)
    # A container's environment may name a proxy, and a proxy cannot reach the daemon inside it.
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    with opener.open(f"{address.rstrip('/')}/-/healthy", timeout=_TIMEOUT_S) as answer:
        return _words(answer)


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        file = certificate if key is None else f"{certificate} with {key}"
        message = f"the certificate {file} cannot be shown: {error.strerror or error}"
        raise ValueError(message) from error


def _words(answer: IO[bytes]) -> str:
    return answer.read(_LONGEST).decode("utf-8", "replace").strip()


def _reason(error: Exception) -> object:
    cause = error.reason if isinstance(error, URLError) else error
    return getattr(cause, "strerror", None) or cause
