"""Loads the daemon without optional packages that its libraries would import if installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(*packages: str) -> Iterator[None]:
    """Have imports within the context behave as if `packages` were not installed.

    None in `sys.modules` makes Python refuse an import. What is loaded already stays as it is.
    """
    hidden = [package for package in packages if package not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type] # typeshed knows no None there
    try:
        yield
    finally:
        for package in hidden:
            del sys.modules[package]
