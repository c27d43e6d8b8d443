"""The authorities that we trust over TLS: the system's, or those in a file.

Only the standard library is imported: a health check must not load the daemon.
"""

import os
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def context_trusting(ca_file: Path | None = None) -> ssl.SSLContext:
    """A client's context that trusts the authorities in `ca_file`, or the system's without one.

    Raises OSError if it cannot be read, and its subclass ssl.SSLError if it contains none.
    """
    context = ssl.create_default_context(cafile=ca_file)
    # Python 3.13 sets this flag, which refuses authorities without keyUsage, or whose
    # basicConstraints are not critical: private ones as made by `openssl req -x509`, which curl and
    # browsers accept.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


@cache
def shared_context() -> ssl.SSLContext:
    """The context shared by all that need no other one: reading the authorities takes 30 ms."""
    context = context_trusting()
    context.set_alpn_protocols(["http/1.1"])
    return context


def passed_over() -> Iterator[str]:
    """Warnings about SSL_CERT_FILE and SSL_CERT_DIR: OpenSSL silently ignores a missing path."""
    named = {"SSL_CERT_FILE": [os.environ.get("SSL_CERT_FILE", "")]}
    named["SSL_CERT_DIR"] = os.environ.get("SSL_CERT_DIR", "").split(os.pathsep)
    for variable, places in named.items():
        for place in places:
            if place and not Path(place).exists():
                yield f"{variable} names {place}, which is not there: nobody in it is trusted"
