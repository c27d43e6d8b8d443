"""Whether apprise knows an address. It costs 26 MB and is loaded for those who use it."""

import logging
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import NotifyBase


def service(url: str) -> "NotifyBase | None":
    """What apprise makes of `url`, None where it knows no such service or misses a part of it."""
    from apprise import Apprise  # noqa: PLC0415 - see above

    _silence()
    return Apprise.instantiate(url, suppress_exceptions=True)


@cache
def _silence() -> None:
    """Its log shows addresses, and those hold secrets."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
