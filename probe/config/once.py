"""Computes what depends on the configuration alone once for each of its parts."""

import weakref
from collections.abc import Callable
from typing import TypeVar

from probe.config.types import Model

Part = TypeVar("Part", bound=Model)
Found = TypeVar("Found")


def once_each(find: Callable[[Part], Found]) -> Callable[[Part], Found]:
    """`find`, called once for each part of a configuration, as long as that part lives.

    Parts are frozen, and distinguished by identity: comparing them would take as long as `find`.
    """
    known: dict[int, Found] = {}

    def remembered(part: Part) -> Found:
        key = id(part)
        if key not in known:
            known[key] = find(part)
            weakref.finalize(part, known.pop, key, None)
        return known[key]

    return remembered
