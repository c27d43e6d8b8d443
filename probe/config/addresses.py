"""What may stand where an address is asked for: URLs, the address to listen on."""

import re
from typing import Final
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

_LISTEN: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_HIGHEST_PORT: Final = 65535


def check_url(url: str) -> None:
    """Refuse what is no absolute URL of a web server, and credentials in one."""
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


def absolute(value: str) -> str:
    """`value`, checked, to the letter."""
    check_url(value)
    return value


def web_address(value: str) -> str:
    """`value`, checked, without a slash at its end."""
    return absolute(value).rstrip("/")


def host_and_port(value: object) -> tuple[str, int]:
    """The parts of `host:port`; an IPv6 address stands in brackets. Port 0 is any free one."""
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2]) > _HIGHEST_PORT:
        raise PydanticCustomError("listen", "an address is host:port, as 0.0.0.0:9632 or [::]:9632")
    return match[1].strip("[]"), int(match[2])
