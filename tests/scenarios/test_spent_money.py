"""The whole daemon at an API that wants to be paid: it asks once, over restarts, until told to."""

import re
import signal
from pathlib import Path
from urllib.request import urlopen

import pytest
from processes import Running, daemon, free_port, nginx_config, program, tool, until

pytestmark = pytest.mark.scenario

CONFIG = """
location: test
listen: LISTEN
journal: {folder}/journal.db
defaults: {{interval: 1s, timeout: 1s, confirm_after: [100ms]}}
services:
  - name: it
    paths:
      - name: login
        plane: control
        steps: [{{request: "GET http://127.0.0.1:{port}/login"}}]
      - name: api
        plane: data
        steps: [{{request: "GET http://127.0.0.1:{port}/api"}}]
"""
SERVER = """server {{ listen 127.0.0.1:{port}; location / {{ return 200; }}
location = /api {{ default_type application/json; access_log {folder}/asked.log;
return 429 '{{"error": {{"type": "insufficient_quota"}}}}'; }} }}"""


def rests(running: Running) -> bool:
    """Whether several runs were due since, and left out."""
    skipped = re.search(
        r'runs_skipped_total\{[^}]*path="api"[^}]*reason="retry_after"[^}]*\} (\d+)',
        running.get("/metrics"),
    )
    return skipped is not None and int(skipped[1]) >= 3


def test_an_api_that_wants_money_is_asked_once_and_again_after_a_reload(tmp_path: Path) -> None:
    port, config, asked = free_port(), tmp_path / "probe.yaml", tmp_path / "asked.log"
    written = CONFIG.format(folder=tmp_path, port=port)
    server = SERVER.format(folder=tmp_path, port=port)
    command = (tool("nginx", "nginx-light"), "-c", nginx_config(tmp_path, server), "-e", "stderr")
    with program(*command, log=tmp_path / "nginx.log"):
        until(lambda: urlopen(f"http://127.0.0.1:{port}/login").status, 10, "nginx answers")
        config.write_text(written)
        with daemon(config, log=tmp_path / "first.log") as running:
            until(lambda: rests(running), 20, "the path rests")
            assert running.service("it")["findings"] == ["quota_exhausted"]
            assert len(asked.read_text().splitlines()) == 1
        config.write_text(written)
        with daemon(config, log=tmp_path / "second.log") as running:
            until(lambda: rests(running), 20, "it still rests")
            assert len(asked.read_text().splitlines()) == 1
            running.program.process.send_signal(signal.SIGHUP)
            until(lambda: len(asked.read_text().splitlines()) == 2, 20, "it is asked again")
