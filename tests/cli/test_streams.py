"""What the commands make of streams that are closed, full or of another encoding."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from threaded import Quiet

pytestmark = pytest.mark.scenario


class Ever200(Quiet, BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


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


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_run_is_shown_where_ticks_cannot_be(encoding: str, config: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Ever200) as server:
        config.write_text(
            config.read_text().replace("127.0.0.1:1/", f"127.0.0.1:{server.server_port}/")
        )
        thread = Thread(target=server.handle_request)
        thread.start()
        ended, told, errors = probe("once CONFIG", config, "", PYTHONIOENCODING=encoding)
        thread.join()
    assert (ended, errors) == (0, "")
    assert "\\u2713 status" in told


def test_a_file_whose_name_is_no_text_is_told_of(config: Path) -> None:
    file = config.rename(config.with_name(os.fsdecode(b"caf\xe9.yaml")))
    ended, told, errors = probe("check CONFIG", file, "", PYTHONIOENCODING="utf-8:strict")
    assert (ended, errors) == (0, "")
    assert "caf\\udce9.yaml: fine" in told


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("check none.yaml", 2),
        ("check --bogus", 2),
        ("replay none", 2),
        ("once CONFIG none", 2),
        ("healthcheck --url http://127.0.0.1:1", 1),
    ],
)
def test_what_is_wrong_has_its_status_where_nobody_can_be_told(
    command: str, status: int, unbuffered: str, config: Path
) -> None:
    ended, _, _ = probe(command, config, "2>/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert ended == status


def test_help_that_finds_no_room_says_so(config: Path) -> None:
    ended, _, errors = probe("check --help", config, ">/dev/full")
    told = "cannot write: No space left on device; make room, or write elsewhere\n"
    assert (ended, errors) == (2, told)
