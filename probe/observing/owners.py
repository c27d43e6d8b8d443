"""Who owns a host name, according to the list of public suffixes."""

from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=256)
def is_public_suffix(domain: str) -> bool:
    """Whether strangers can register names directly under `domain`."""
    return bool(_suffixes().is_public(domain))


@lru_cache(maxsize=256)
def owner(host: str) -> str:
    """The registered name, `acme.co.uk` for `login.acme.co.uk`; an address owns itself."""
    try:
        return str(ip_address(host))
    except ValueError:
        return _suffixes().privatesuffix(host) or host


@lru_cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - few daemons ever need it

    return PublicSuffixList()
