from pathlib import Path

import pytest
from sinks import sink

__all__ = ["config", "sink"]

WITH_NOBODY_THERE = """
services:
  - name: acme
    paths:
      - name: api
        plane: data
        timeout: 1s
        steps: [{request: GET http://127.0.0.1:1/}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file whose only path requests an address that does not answer."""
    file = tmp_path / "probe.yaml"
    file.write_text(WITH_NOBODY_THERE)
    return file
