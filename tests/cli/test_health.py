"""What `probe healthcheck` says of a daemon: its own words, whatever they are."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from threaded import Quiet, answering

from probe.cli.health import UnhealthyError, health, here


class Ailing(Quiet, BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.requestline != "GET /-/healthy HTTP/1.1":  # `path` has lost what is doubled
            self.send_error(404)
            return
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b"nothing was judged for 31 s\n")


class OverIPv6(HTTPServer):
    address_family = socket.AF_INET6


@pytest.fixture
def ailing() -> Iterator[str]:
    with answering(HTTPServer(("127.0.0.1", 0), Ailing)) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_daemon_that_is_not_well_says_why(ailing: str) -> None:
    with pytest.raises(UnhealthyError, match=f"^{ailing}: 503, nothing was judged for 31 s$"):
        health((ailing,), None, None)


def test_an_address_as_a_browser_shows_it_is_the_same_daemon(ailing: str) -> None:
    with pytest.raises(UnhealthyError, match=": 503, nothing was judged"):
        health((f"{ailing}/",), None, None)


def test_a_scheme_in_capitals_is_the_same(ailing: str) -> None:
    with pytest.raises(UnhealthyError, match=": 503, nothing was judged"):
        health((ailing.replace("http", "HTTP"),), None, None)


def test_an_address_without_its_scheme_is_told_how_one_begins() -> None:
    with pytest.raises(UnhealthyError, match=r"^127\.0\.0\.1:1: begins with neither http:// nor"):
        health(("127.0.0.1:1",), None, None)


def test_a_daemon_that_listens_over_ipv6_alone_is_found() -> None:
    try:
        server = OverIPv6(("::1", 0), Ailing)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with answering(server) as port, pytest.raises(UnhealthyError, match="503, nothing was judged"):
        health(here(port), None, None)


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "client.pem"
    words = f"the certificate {missing} cannot be shown: No such file or directory$"
    with pytest.raises(UnhealthyError, match=words):
        health(("https://127.0.0.1:1",), missing, None)


def test_no_daemon_is_a_connection_refused() -> None:
    with pytest.raises(UnhealthyError, match=r"^http://127\.0\.0\.1:1: Connection refused$"):
        health(("http://127.0.0.1:1",), None, None)


def test_a_daemon_is_asked_through_no_proxy_of_the_environment(ailing: str) -> None:
    proxies = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:1")
    ended = subprocess.run(
        [sys.executable, "-m", "probe", "healthcheck", "--url", ailing],
        env=proxies | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == f"not healthy: {ailing}: 503, nothing was judged for 31 s\n"
