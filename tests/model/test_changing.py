"""A value that differs in some fields is what `dataclasses.replace` would make of it."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import probe.judging
import probe.model
from probe.model.changing import replace


def _values(package: ModuleType) -> Iterator[type]:
    for _, name, _ in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(name)
        for kind in vars(module).values():
            if dataclasses.is_dataclass(kind) and isinstance(kind, type):
                yield kind


KINDS = tuple(dict.fromkeys((*_values(probe.model), *_values(probe.judging))))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    first: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inheriting(Base):
    second: int = 2


@dataclasses.dataclass
class Unslotted:
    first: int = 1
    second: int = 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Careful:
    first: int

    def __post_init__(self) -> None:
        if self.first < 0:
            raise ValueError(f"{self.first} is less than 0")


@dataclasses.dataclass(slots=True)
class Counting:
    first: int
    count: int = dataclasses.field(init=False, default=0)


def test_the_values_that_judging_changes_are_among_those_compared() -> None:
    assert len(KINDS) >= 50
    assert {"PathMemory", "ServiceMemory", "Incident"} <= {kind.__name__ for kind in KINDS}


def _parts(value: object) -> dict[str, object]:
    assert dataclasses.is_dataclass(value)
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


@given(kind=st.sampled_from((*KINDS, Base, Inheriting, Unslotted)), chosen=st.data())
def test_a_changed_value_is_what_dataclasses_make_of_it(kind: type, chosen: st.DataObject) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    before = {name: f"{name} before" for name in names}
    value = kind(**before)
    changes = chosen.draw(st.sets(st.sampled_from(names)) if names else st.just(set()))
    after = {name: f"{name} after" for name in changes}
    made = replace(value, **after)
    assert type(made) is kind
    assert made is not value
    assert _parts(made) == {name: after.get(name, before[name]) for name in names}
    assert _parts(made) == _parts(dataclasses.replace(value, **after))


@pytest.mark.parametrize("value", [Inheriting(first=1), Unslotted(), Careful(first=1)])
def test_a_field_that_is_not_there_is_refused(value: Base | Unslotted | Careful) -> None:
    more: dict[str, Any] = {"third": 3}
    with pytest.raises(TypeError, match="third"):
        replace(value, **more)


def test_what_a_class_checks_of_its_values_is_checked() -> None:
    with pytest.raises(ValueError, match="-1 is less than 0"):
        replace(Careful(first=1), first=-1)
    assert replace(Careful(first=1)) == Careful(first=1)


def test_a_field_that_is_no_argument_begins_anew_and_cannot_be_given() -> None:
    counting = Counting(1)
    counting.count = 7
    assert replace(counting, first=2).count == 0
    with pytest.raises((ValueError, TypeError), match="count"):  # TypeError since Python 3.13
        replace(counting, count=3)
