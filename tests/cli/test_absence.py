import importlib
import sys
from importlib.util import find_spec

import pytest

from probe.cli.absence import absent


def test_what_is_absent_cannot_be_imported_until_it_is_there_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "this", raising=False)
    with absent("this"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("this")
    assert find_spec("this") is not None


def test_what_was_loaded_before_stays() -> None:
    with absent("pytest"):
        assert importlib.import_module("pytest") is pytest
    assert sys.modules["pytest"] is pytest
