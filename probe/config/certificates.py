"""The TLS context of the daemon's own port, from the files of a web configuration."""

import ssl
from typing import Final

from probe.config.reading.document import Location
from probe.config.web import TlsServer

_VERIFICATION: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}


def load_into(context: ssl.SSLContext, tls: TlsServer) -> None:
    """Configure `context`, one of PROTOCOL_TLS_SERVER, as `tls` says.

    Raises:
        OSError: a file cannot be read or is not PEM, or the key is not the certificate's.
    """
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    context.set_alpn_protocols(["http/1.1"])
    # Without this argument, OpenSSL would ask for the password of an encrypted key on the terminal.
    context.load_cert_chain(tls.cert_file, tls.key_file, password="")
    if tls.client_ca_file is not None:
        context.load_verify_locations(tls.client_ca_file)
    context.verify_mode = _VERIFICATION[tls.client_auth_type]


def unusable(tls: TlsServer | None) -> list[tuple[Location, str]]:
    """The keys below `tls_server_config` whose files cannot be used, each with the reason."""
    if tls is None:
        return []
    unreadable: list[tuple[Location, str]] = []
    for key, file in tls.files.items():
        try:
            file.read_bytes()
        except OSError as error:
            unreadable.append(((key,), f"{file} cannot be read: {error.strerror}"))
    return unreadable or _mismatched(tls)


def _mismatched(tls: TlsServer) -> list[tuple[Location, str]]:
    try:
        load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tls)
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).lower().replace("_", " ")
        return [((), f"no PEM certificates with their key: {reason}")]
    return []
