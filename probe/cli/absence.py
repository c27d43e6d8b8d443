"""Loading the daemon without what its libraries take along wherever they find it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(*packages: str) -> Iterator[None]:
    """As if `packages` were not installed, for what is imported meanwhile.

    None in `sys.modules` is how Python itself says so. What is loaded already stays as it is.
    """
    hidden = [package for package in packages if package not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type] # typeshed knows no None there
    try:
        yield
    finally:
        for package in hidden:
            del sys.modules[package]
