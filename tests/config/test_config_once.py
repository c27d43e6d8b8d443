"""What is found once for each part of a configuration."""

import gc
import weakref
from collections.abc import Callable

from probe.config.once import once_each
from probe.config.path import Defaults


def test_each_part_is_asked_once_and_equal_parts_apart() -> None:
    asked: list[Defaults] = []

    def ask(part: Defaults) -> int:
        asked.append(part)
        return len(asked)

    find = once_each(ask)
    one, other = Defaults(), Defaults()
    assert [find(one), find(one), find(other), find(one)] == [1, 1, 2, 1]
    assert [part is one for part in asked] == [True, False]


def test_a_part_that_is_gone_is_not_kept() -> None:
    find: Callable[[Defaults], float] = once_each(lambda part: part.interval)
    part = Defaults()
    gone = weakref.ref(part)
    assert find(part) == part.interval
    del part
    gc.collect()
    assert gone() is None


def test_a_new_part_never_gets_what_was_found_for_a_former_one() -> None:
    find: Callable[[Defaults], float] = once_each(lambda part: part.interval)
    for seconds in range(1, 500):
        assert find(Defaults(interval=float(seconds))) == seconds
