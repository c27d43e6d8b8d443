"""Who may vouch for whom we ask over TLS: the system's authorities, or those in a file.

With the standard library only: a health check should not load a daemon.
"""

import os
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def context_trusting(ca_file: Path | None = None) -> ssl.SSLContext:
    """A client's context that trusts the authorities in `ca_file`, the system's without one.

    Raises OSError where it cannot be read, ssl.SSLError among them where it holds none.
    """
    context = ssl.create_default_context(cafile=ca_file)
    # Python 3.13 sets this, and refuses authorities without keyUsage, or whose basicConstraints are
    # not critical: private ones as `openssl req -x509` makes them, which curl and browsers take.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


@cache
def shared_context() -> ssl.SSLContext:
    """The context of all who need nothing of their own: to read the authorities takes 30 ms."""
    context = context_trusting()
    context.set_alpn_protocols(["http/1.1"])
    return context


def passed_over() -> Iterator[str]:
    """The authorities that the environment names and OpenSSL, without a word, does not find."""
    named = {"SSL_CERT_FILE": [os.environ.get("SSL_CERT_FILE", "")]}
    named["SSL_CERT_DIR"] = os.environ.get("SSL_CERT_DIR", "").split(os.pathsep)
    for variable, places in named.items():
        for place in places:
            if place and not Path(place).exists():
                yield f"{variable} names {place}, which is not there: nobody in it is trusted"
