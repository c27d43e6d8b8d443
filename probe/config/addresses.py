"""Checks of addresses in a configuration: URLs, and the address to listen on."""

import re
from ipaddress import IPv4Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError
from yarl import URL

_LISTEN: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_HIGHEST_PORT: Final = 65535
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_IN_NO_NAME: Final = re.compile(r"[<>\"\\^`{|}%]")
_DOTTED: Final = re.compile(r"[0-9]+(\.[0-9]+)+")


def check_url(url: str) -> None:
    """Refuse anything but an absolute http or https URL without credentials."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise PydanticCustomError(
            "url", "a URL needs http:// or https:// and a host; a port lies between 1 and 65535"
        )
    if parts.username is not None:
        raise PydanticCustomError("url", "no credentials in a URL; use basic: {user, password}")
    if _BLANK.search(url):  # urlsplit leaves some of them out
        raise PydanticCustomError("url", "a URL has no spaces and no line breaks; write %20")
    if not _is_host(parts.hostname or ""):
        raise PydanticCustomError(
            "url", "not a valid host name; for example app.example.com, 192.0.2.1 or [2001:db8::1]"
        )


def ip_version(host: str) -> int | None:
    """The IP version of an address; None for a name, which has to be looked up."""
    try:
        return ip_address(host).version
    except ValueError:
        return None


def _is_host(host: str) -> bool:
    """Whether `host` is valid: with an invalid one, every run would fail and blame the target."""
    if ":" in host:
        return True  # urlsplit has checked what is in brackets
    try:
        if _DOTTED.fullmatch(host):
            IPv4Address(host)
        host.encode("idna")  # checks the lengths, which yarl does not
        URL.build(scheme="https", host=host)
    except ValueError:
        return False
    return _IN_NO_NAME.search(host) is None


def absolute(value: str) -> str:
    """`value` unchanged, once it is known to be a valid URL."""
    check_url(value)
    return value


def web_address(value: str) -> str:
    """`value`, once it is known to be a URL that a path can follow, without trailing slashes."""
    if urlsplit(absolute(value))[3:] != ("", ""):
        raise PydanticCustomError("url", "paths are added to this URL: leave out ? and #")
    return value.rstrip("/")


def host_and_port(value: object) -> tuple[str, int]:
    """The parts of `host:port`; an IPv6 address is in brackets. Port 0 is any free one."""
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2]) > _HIGHEST_PORT:
        raise PydanticCustomError("listen", "an address is host:port, as 0.0.0.0:9632 or [::]:9632")
    return match[1].strip("[]"), int(match[2])
