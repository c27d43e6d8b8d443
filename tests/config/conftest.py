"""The environment that the configurations of this folder refer to."""

import pytest
from written_configs import SECRET


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_TEST_SECRET", SECRET)
    monkeypatch.setenv("PROBE_TEST_SPACED", f"{SECRET} {SECRET}")
    monkeypatch.setenv("PROBE_TEST_EMPTY", "")
    monkeypatch.delenv("PROBE_TEST_UNSET", raising=False)
