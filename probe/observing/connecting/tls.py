"""TLS as a target's clients see it, with the handshake timed and the certificate noted."""

import ssl
from collections.abc import Collection

from probe.config.authorities import context_trusting
from probe.config.files import Stamp, stamp
from probe.config.reach import Tls
from probe.model.outcome import Phase
from probe.observing.connecting.timing import WATCH, Stopwatch


class Unusable(Exception):  # noqa: N818 - becomes the note of a run that saw nothing
    """A file of ours that holds no certificates, or a key that matches none of them."""


class TimedSSLObject(ssl.SSLObject):
    """Tells the current exchange when its handshake began and ended, and what it showed."""

    _watch: Stopwatch | None = None

    def do_handshake(self) -> None:
        """Do the next part of the handshake; returns when it is complete."""
        if self._watch is None:
            self._watch = WATCH.get()
            self._watch.enter(Phase.TLS)
        super().do_handshake()
        self._watch.stop()
        self._watch.certificate_expires_at = _expiry(self.getpeercert())
        self._watch.tls_version = self.version() or ""


class Contexts:
    """A context for each `tls:`, recreated when one of its files was replaced.

    Certificates are renewed while the daemon runs; reading them for every run would cost
    milliseconds, checking the files costs microseconds.
    """

    def __init__(self) -> None:
        self._made: dict[Tls, tuple[Stamp, ssl.SSLContext]] = {}

    def of(self, tls: Tls) -> ssl.SSLContext:
        """The context for `tls`; raises as `client_context` does."""
        files = stamp(file for file in (tls.ca_file, tls.cert_file, tls.key_file) if file)
        known, context = self._made.get(tls, (None, None))
        if context is None or files != known:
            context = client_context(tls)
            self._made[tls] = files, context
        return context

    def keep(self, used: Collection[Tls]) -> None:
        """Drop the contexts of all but the `used` ones."""
        self._made = {tls: made for tls, made in self._made.items() if tls in used}


def _expiry(certificate: object) -> float | None:
    not_after = certificate.get("notAfter") if isinstance(certificate, dict) else None
    return float(ssl.cert_time_to_seconds(not_after)) if isinstance(not_after, str) else None


def client_context(tls: Tls) -> ssl.SSLContext:
    """A context that trusts the system's authorities, or only those in `ca_file`.

    Raises OSError if a file cannot be read, and Unusable if it does not contain what it should.
    """
    try:
        context = context_trusting(tls.ca_file)
        if tls.cert_file is not None:
            # Without a password, OpenSSL would ask for one on the terminal.
            context.load_cert_chain(tls.cert_file, tls.key_file, password="")
    except ssl.SSLError as error:
        raise Unusable(f"a file below tls: {error}") from None  # it says nothing of the target
    context.set_alpn_protocols(["http/1.1"])
    context.sslobject_class = TimedSSLObject
    return context
