"""A name server that says nothing of one service's names: the others are probed as ever."""

import threading
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket

import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from apart import run_apart
from processes import daemon

pytestmark = pytest.mark.scenario

CONFIG = """
listen: LISTEN
defaults: {interval: 1s, timeout: 2s}
services:
  - name: silent
    paths:
"""
SILENT = """
      - name: p%d
        plane: data
        steps: [{request: "GET http://%d.silent.example/"}]
"""
SOUND = """
  - name: sound
    paths: [{name: api, plane: data, steps: [{request: "HEAD http://sound.example:%d/"}]}]
"""


def serve_names(server: socket) -> None:
    """Tell where `sound.example` is, and nothing of any other name."""
    while True:
        query, asker = server.recvfrom(512)
        asked = dns.message.from_wire(query)
        question = asked.question[0]
        if question.name.to_text() != "sound.example.":
            continue
        answer = dns.message.make_response(asked)
        if question.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(question.name, 1, "IN", "A", "127.0.0.1"))
        server.sendto(answer.to_wire(), asker)


def watched_beside_silent_names(folder: Path) -> None:
    names = socket(AF_INET, SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    site = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    for serve in (site.serve_forever, lambda: serve_names(names)):
        threading.Thread(target=serve, daemon=True).start()
    silent = "".join(SILENT % (number, number) for number in range(4))
    config = folder / "probe.yaml"
    config.write_text(CONFIG + silent + SOUND % site.server_port)
    with daemon(config, log=folder / "daemon.log") as running:
        running.await_verdict("silent", "outage", 40)
        running.await_verdict("sound", "healthy", 1)
        (path,) = running.service("sound")["paths"]
        assert path["last_failure"] is None


def test_names_of_which_nothing_is_heard_hold_up_no_other(tmp_path: Path) -> None:
    run_apart("scenarios.test_silent_names", "watched_beside_silent_names", tmp_path)
