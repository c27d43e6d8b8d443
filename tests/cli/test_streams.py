"""What the commands make of streams that are closed, full or of another encoding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """
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
    file = tmp_path / "probe.yaml"
    file.write_text(CONFIG)
    return file


def probe(command: str, config: Path, streams: str, **environment: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a command whose `streams` a shell sees to."""
    asked = command.replace("CONFIG", str(config)).split()
    ended = subprocess.run(
        ["sh", "-c", f'exec "$0" -m probe "$@" {streams}', sys.executable, *asked],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "", **environment},
    )
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("command", "status"),
    [("check CONFIG", 0), ("once CONFIG", 1), ("schema", 0), ("check none.yaml", 2)],
)
def test_a_command_ends_as_ever_where_streams_are_closed(
    command: str, status: int, streams: str, config: Path
) -> None:
    ended, _, errors = probe(command, config, streams)
    assert (ended, "Traceback" in errors) == (status, False)
