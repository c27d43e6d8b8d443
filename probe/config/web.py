"""The web configuration file of Prometheus' exporters: TLS and passwords of the daemon's own port.

The names are exporter-toolkit's. Its other keys are refused by name rather than ignored.
"""

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from probe.config.reach import File
from probe.config.types import Model, Plain, Text, matching
from probe.model.secret import Secret, reveal

_BCRYPT: Final = re.compile(r"\$2[abxy]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
"""A cost of 15 takes seconds; a higher one would delay the daemon's stop."""


def _bcrypt(value: str | Secret) -> Secret:
    if _BCRYPT.fullmatch(reveal(value)) is None:
        raise PydanticCustomError(
            "bcrypt", "a password is a bcrypt hash of a cost from 4 to 15: htpasswd -nBC 10 NAME"
        )
    return Secret(reveal(value))


class TlsServer(Model):
    """The daemon's own certificate, and whether it asks its clients for theirs."""

    cert_file: File
    key_file: File
    client_auth_type: Literal[
        "NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"
    ] = "NoClientCert"
    client_ca_file: File | None = None
    min_version: Literal["TLS12", "TLS13"] = "TLS12"
    max_version: Literal["TLS12", "TLS13"] = "TLS13"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.client_ca_file is None) != (self.client_auth_type == "NoClientCert"):
            raise PydanticCustomError(
                "client_auth",
                "client_ca_file and a client_auth_type that verifies need each other",
            )
        if self.min_version > self.max_version:
            raise PydanticCustomError("version", "min_version is above max_version")
        return self

    @property
    def files(self) -> dict[str, Path]:
        """The files that are set, by their keys."""
        named = {
            "cert_file": self.cert_file,
            "key_file": self.key_file,
            "client_ca_file": self.client_ca_file,
        }
        return {key: file for key, file in named.items() if file is not None}

    def beside(self, folder: Path) -> "TlsServer":
        """The same with its relative paths resolved in `folder`, that of the configuration file."""
        return self.model_copy(update={key: folder / file for key, file in self.files.items()})


UserName = Annotated[Plain, matching(r"[^:\x00-\x1f\x7f]+", "a user's name has no ':' in it")]


class WebConfig(Model):
    """One web configuration file."""

    tls_server_config: TlsServer | None = None
    basic_auth_users: dict[UserName, Annotated[Text, AfterValidator(_bcrypt)]] = {}

    def beside(self, folder: Path) -> "WebConfig":
        """The same with its relative paths resolved in `folder`, that of the file itself."""
        if self.tls_server_config is None:
            return self
        return self.model_copy(update={"tls_server_config": self.tls_server_config.beside(folder)})
