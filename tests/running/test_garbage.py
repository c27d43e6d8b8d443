"""What lasts is out of the collector's sight, and what is thrown away in cycles still goes."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from probe.running.garbage import settle


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Knot:
    def __init__(self) -> None:
        self.itself = self


def test_what_lasts_is_not_searched_again() -> None:
    lasting: list[list[object]] = [[] for _ in range(1000)]
    settle()
    assert not any(each is lasting for each in gc.get_objects())


def test_a_cycle_made_afterwards_is_still_found() -> None:
    settle()
    gone = ref(Knot())
    gc.collect()
    assert gone() is None
