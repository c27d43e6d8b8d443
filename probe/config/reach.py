"""How a target is reached: TLS, a proxy, an IP version; and the second factor of a login."""

import binascii
import os
from base64 import b32decode
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from probe.config.addresses import check_url
from probe.config.transaction.steps import Basic
from probe.config.types import Model, Plain, Text, refused
from probe.model.secret import Secret, reveal

_FEWEST_SECRET_BYTES: Final = 10


def _path(value: object) -> object:
    if value == "" or (isinstance(value, str) and "\0" in value):
        raise PydanticCustomError("file", "names no file; write its path")
    return Path(value) if isinstance(value, str) else value


File = Annotated[Path, BeforeValidator(_path), WithJsonSchema({"type": "string"})]


def _readable(file: Path) -> Path:
    if not file.is_file() or not os.access(file, os.R_OK):
        raise refused("file", f"{file} cannot be read here; put a file there, or name another one")
    return file


ReadableFile = Annotated[File, AfterValidator(_readable)]


class Tls(Model):
    """The authorities trusted for a target, and our client certificate."""

    ca_file: ReadableFile | None = None
    """Certificates of the trusted authorities in PEM, instead of the system's."""
    cert_file: ReadableFile | None = None
    """Our client certificate in PEM, for targets that ask for one."""
    key_file: ReadableFile | None = None
    """Its key in PEM, if it is not in the same file."""

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if self.key_file is not None and self.cert_file is None:
            raise PydanticCustomError("tls", "key_file belongs to cert_file")
        return self


class Proxy(Model):
    """An HTTP proxy, and the credentials for it."""

    url: Plain
    basic: Basic | None = None


def _proxy(value: object) -> object:
    if not isinstance(value, str | Secret):
        return value
    written = reveal(value)
    credentials, at, rest = written.removeprefix("http://").rpartition("@")
    url = f"http://{rest}".rstrip("/")
    check_url(url)
    parts = urlsplit(url)
    if not written.startswith("http://") or parts.path or parts.query:
        raise PydanticCustomError("proxy", "a proxy is http://host:port or http://user:word@host")
    user, _, word = credentials.partition(":")
    basic = Basic(user=unquote(user), password=Secret(unquote(word))) if at else None
    return Proxy(url=url, basic=basic)


AnyProxy = Annotated[
    Proxy, BeforeValidator(_proxy), WithJsonSchema({"type": "string", "pattern": "^http://"})
]
"""A proxy, written as one URL; the part before its `@` is kept secret."""


class Transport(Model):
    """How a target is reached."""

    tls: Tls = Tls()
    """Certificates other than the system's."""
    proxy: AnyProxy | None = None
    """An HTTP proxy: `http://user:password@host:port`. The part before the `@` is kept secret."""
    ip: Literal[4, 6] | None = None
    """The only IP version to use for connections."""


class Totp(Model):
    """A second factor according to RFC 6238: the shared secret in base32.

    Its period is two minutes at most (NIST SP 800-63B-4, 3.1.4.1).
    """

    secret: Text
    """The shared secret in base32, at least 16 letters."""
    digits: Annotated[int, Field(ge=6, le=10)] = 6
    """The number of digits of a code."""
    period: Annotated[int, Field(ge=1, le=120)] = 30
    """Seconds for which a code is valid."""
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha1"
    """The hash function."""

    @property
    def key(self) -> bytes:
        """The shared secret itself. Raises ValueError if it is not base32."""
        letters = reveal(self.secret).replace(" ", "").rstrip("=").upper()
        return b32decode(letters + "=" * (-len(letters) % 8))

    @property
    def account(self) -> tuple[bytes, int, int, str]:
        """What determines the codes: the same for two second factors if they make the same ones."""
        return self.key, self.digits, self.period, self.algorithm

    @model_validator(mode="after")
    def _readable(self) -> Self:
        try:
            readable = len(self.key) >= _FEWEST_SECRET_BYTES
        except binascii.Error:
            readable = False
        if not readable:
            raise refused("totp", "a TOTP secret is base32, 16 letters or more: A to Z and 2 to 7")
        return self


def _totp(value: object) -> object:
    return Totp(secret=value) if isinstance(value, str | Secret) else value


AnyTotp = Annotated[Totp, BeforeValidator(_totp, json_schema_input_type=str | Totp)]
"""A second factor: its secret alone, or the whole mapping."""
