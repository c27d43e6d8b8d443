"""The daemon's certificate as its clients see it: the one that is in the files right now."""

import ssl
from typing import Any, Self

import structlog

from probe.config.certificates import load_into
from probe.config.files import Stamp, stamp
from probe.config.web import TlsServer

_log = structlog.get_logger("probe")


class RenewingContext(ssl.SSLContext):
    """A server's context that checks its files at each connection, as exporters do.

    Changed files are loaded; while they are unusable, as between the writing of a certificate and
    of its key, the previous ones stay in use.
    """

    _tls: TlsServer
    _stamp: Stamp
    _problem: str
    _serving: ssl.SSLContext

    def __new__(cls, tls: TlsServer) -> Self:  # noqa: D102 - ssl.SSLContext is made by __new__
        context = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        context._tls = tls
        context._problem = ""
        context._stamp = stamp(tls.files.values())
        context._serving = _loaded(tls)
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:  # noqa: ANN401 - ssl's own
        """Begin a connection with the certificate that is there now."""
        self._renew()
        return self._serving.wrap_bio(*args, **kwargs)

    def _renew(self) -> None:
        try:
            found = stamp(self._tls.files.values())
            if found != self._stamp:
                self._serving, self._stamp = _loaded(self._tls), found
                _log.info("certificate renewed", file=str(self._tls.cert_file))
            problem = ""
        except OSError as error:
            problem = str(error)
        if problem not in {"", self._problem}:  # said once, not at every connection
            _log.error("certificate not renewed, the old one stays in use", problem=problem)
        self._problem = problem


def _loaded(tls: TlsServer) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_into(context, tls)
    return context
