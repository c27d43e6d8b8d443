"""YAML that is made to hurt ends as a problem, soon."""

import time

import pytest
from written_configs import problems


@pytest.mark.unwatched  # 100,000 keys go the way of one
def test_aliases_that_multiply_are_refused() -> None:
    laughs = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12))
    began = time.perf_counter()
    found = problems(f"a0: &a0 ha\n{laughs}\n")
    assert "more than 100000 keys and values, aliases (*name) followed; write fewer" in found[0]
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
@pytest.mark.parametrize("depth", [33, 100_000])
def test_deep_nesting_is_refused(opening: str, depth: int) -> None:
    assert problems(opening * depth)[0] == "1: nested deeper than 32 levels; no key needs that"


def test_nesting_through_aliases_is_refused() -> None:
    nested = "\n".join(f"a{i}: &a{i} [[[[*a{i - 1}]]]]" for i in range(1, 12))
    assert "nested deeper than 32 levels" in problems(f"a0: &a0 0\n{nested}\n")[0]


def test_a_number_of_thousands_of_digits_is_a_problem() -> None:
    assert problems(f"location: {'9' * 10_000}\n")[0].startswith("1: location: not !!int: '999")


def test_a_tag_that_does_not_fit_its_text_is_a_problem() -> None:
    assert problems("location: !!int many\n")[0] == "1: location: not !!int: 'many'"
    assert problems("location: !!bool many\n")[0] == "1: location: not !!bool: 'many'"
