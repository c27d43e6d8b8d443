"""What `probe healthcheck` says of a daemon: its own words, whatever they are."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from probe.running.health import UnhealthyError, health


class Ailing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b"nothing was judged for 31 s\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def ailing() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Ailing) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_a_daemon_that_is_not_well_says_why(ailing: str) -> None:
    with pytest.raises(UnhealthyError, match=f"^{ailing}: 503, nothing was judged for 31 s$"):
        health((ailing,), None, None)


def test_no_daemon_is_a_connection_refused() -> None:
    with pytest.raises(UnhealthyError, match=r"^http://127\.0\.0\.1:1: Connection refused$"):
        health(("http://127.0.0.1:1",), None, None)
