"""Whether the files of certificates can be used: of the daemon's own port, and for targets."""

import ssl
from typing import Final

from probe.config.reach import Tls
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
        return [((), f"no PEM certificates with their key: {_reason(error)}")]
    return []


def unusable_for_targets(tls: Tls) -> str:
    """Why the files of `tls`, which can be read, cannot be used; empty if they can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if tls.ca_file is not None:
            context.load_verify_locations(tls.ca_file)
    except ssl.SSLError as error:
        return f"{tls.ca_file} has no PEM certificates of authorities: {_reason(error)}"
    try:
        if tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file, password="")
    except ssl.SSLError as error:
        return f"{tls.cert_file} is no PEM certificate with its unencrypted key: {_reason(error)}"
    return ""


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).lower().replace("_", " ")
