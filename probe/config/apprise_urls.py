"""Whether apprise supports an address. It takes 26 MB of memory, so it is loaded only if used."""

import logging
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import NotifyBase


def service(url: str) -> "NotifyBase | None":
    """The notifier of apprise for `url`; None if it has none or a part of `url` is missing."""
    from apprise import Apprise  # noqa: PLC0415 - see above

    _silence()
    return Apprise.instantiate(url, suppress_exceptions=True)


@cache
def _silence() -> None:
    """Silence apprise's log: it shows addresses, and those contain secrets."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
