"""A year of 50 paths every 30 s stays under 2 GB, and its month is reported in under 10 s.

The sample has a tenth of the paths; every table grows in proportion to their number.
"""

import time
from pathlib import Path

import pytest
from typer.testing import CliRunner
from year_journal import fill

from probe.cli.commands import app

pytestmark = pytest.mark.scenario
PATHS, ALL_PATHS, DAYS = 5, 50, 365


def test_a_year_stays_small_and_its_month_is_reported_quickly(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    fill(file, PATHS, DAYS)
    assert file.stat().st_size * ALL_PATHS / PATHS < 2e9
    options = ["--journal", str(file), "--month", "2026-02", "--format", "html"]
    took_s = []
    for _ in range(3):  # what else the machine does is no part of the report: the fastest counts
        began = time.monotonic()
        result = CliRunner().invoke(app, ["report", *options])
        took_s.append(time.monotonic() - began)
        assert result.exit_code == 0
        assert "path-4" in result.stdout
    assert min(took_s) * ALL_PATHS / PATHS < 10
