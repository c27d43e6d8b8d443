"""A journal that is open while a test runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.reporting.journal.store import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.db")
    yield opened
    opened.close()
