"""Whether apprise knows an address. It costs 26 MB and is loaded for those who use it."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import NotifyBase


def service(url: str) -> "NotifyBase | None":
    """What apprise makes of `url`, None where it knows no such service or misses a part of it."""
    from apprise import Apprise  # noqa: PLC0415 - see above

    logger = logging.getLogger("apprise")
    logger.propagate = False  # it shows addresses, and those hold secrets
    logger.addHandler(logging.NullHandler())
    return Apprise.instantiate(url, suppress_exceptions=True)
