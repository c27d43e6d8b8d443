"""Tells whether files have changed since they were read."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[tuple[int, ...], ...]


def stamp(files: Iterable[Path]) -> Stamp:
    """A value that changes with the content of any of `files`, even if its mtime is preserved."""
    found = [file.stat() for file in files]
    return tuple(
        (each.st_dev, each.st_ino, each.st_size, each.st_mtime_ns, each.st_ctime_ns)
        for each in found
    )
