"""The whole daemon where two services sign in with one second factor: no code is sent twice."""

import re
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from processes import daemon, until
from threaded import Quiet, answering

pytestmark = pytest.mark.scenario

SERVICE = """
  - name: {name}
    paths:
      - name: login
        plane: control
        interval: 1s
        totp: {{secret: {secret}, period: 1}}
        steps:
          - request: GET {url}{name}
          - {{request: "POST {url}{name}", form: {{code: "{{{{ totp }}}}"}}}}
"""
CODES = 6


@pytest.fixture
def account() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server, and the codes that it was sent, with who sent them."""
    sent: list[tuple[str, bytes]] = []

    class Answer(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Answer)) as port:
        yield f"http://127.0.0.1:{port}/", sent


def test_services_that_share_a_secret_sign_in_by_turns(
    tmp_path: Path, account: tuple[str, list[tuple[str, bytes]]]
) -> None:
    url, sent = account
    secrets = {"one": "GEZDGNBVGY3TQOJQ", "other": "gezd gnbv gy3t qojq"}
    services = (SERVICE.format(name=name, secret=secrets[name], url=url) for name in secrets)
    config = tmp_path / "probe.yaml"
    config.write_text(f"location: test\nlisten: LISTEN\nservices:{''.join(services)}")
    with daemon(config, log=tmp_path / "daemon.log") as running:
        until(lambda: len(sent) >= CODES, 30, "both signed in several times")
        metrics = running.get("/metrics")
    assert set(Counter(code for _, code in sent).values()) == {1}
    assert len({service for service, _ in sent}) == len(secrets)
    outcomes = re.findall(r'probe_runs_total\{[^}]*outcome="(\w+)"[^}]*\} [1-9]', metrics)
    assert set(outcomes) == {"ok"}, "none began before there was a code for it"
