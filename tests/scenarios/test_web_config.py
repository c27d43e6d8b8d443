"""One web configuration file, taken by the daemon and by blackbox_exporter alike."""

import base64
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import bcrypt
import pytest
import trustme
from processes import CHECKOUT, UP_WITHIN_S, Program, free_port, program, prometheus, tool, until

from probe.cli.health import health

pytestmark = pytest.mark.scenario
PASSWORD = "a scrape's password"
CONFIG = """
location: test
listen: 127.0.0.1:{port}
web_config_file: {folder}/web.yaml
defaults: {{interval: 2s, timeout: 1s}}
services:
  - name: self
    paths:
      - {{name: api, plane: data, steps: [{{request: GET http://127.0.0.1:1/}}]}}
"""
SCRAPE = """
scrape_configs:
  - job_name: splitprobe
    scrape_interval: 1s
    scheme: https
    tls_config: {{ca_file: {folder}/ca.pem}}
    basic_auth: {{username: prometheus, password: "{password}"}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@dataclass
class Secured:
    """A daemon behind a certificate and a password, with everything that it was given."""

    folder: Path
    port: int
    program: Program
    authority: trustme.CA

    def get(self, route: str, password: str | None = None) -> int:
        return status(self.authority, f"https://127.0.0.1:{self.port}{route}", password)


def status(authority: trustme.CA, url: str, password: str | None) -> int:
    """The status with which `url` answers, over a connection that the authority vouches for."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    request = Request(url)
    if password is not None:
        credentials = base64.b64encode(f"prometheus:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
    try:
        with urlopen(request, timeout=5, context=context) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        with refusal:
            return refusal.code


def write_web_config(folder: Path, authority: trustme.CA, password: str, more: str = "") -> None:
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    issued.private_key_pem.write_to_path(folder / "server.key")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(10)).decode()
    (folder / "web.yaml").write_text(
        "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
        f"{more}basic_auth_users: {{prometheus: {hashed}}}\n"
    )


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    authority = trustme.CA()
    write_web_config(tmp_path, authority, PASSWORD)
    port = free_port()
    config = tmp_path / "probe.yaml"
    config.write_text(CONFIG.format(port=port, folder=tmp_path))
    command = (sys.executable, "-m", "probe", "run", config)
    with program(*command, log=tmp_path / "daemon.log") as started:
        found = Secured(tmp_path, port, started, authority)

        def answering() -> bool:
            assert started.process.poll() is None, started.text()
            return found.get("/-/ready") == 200

        until(answering, UP_WITHIN_S, "the daemon answers")
        yield found


def healthcheck(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "probe", "healthcheck", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, cwd=CHECKOUT, check=False
    )


def test_the_daemon_and_blackbox_exporter_refuse_and_admit_alike(secured: Secured) -> None:
    port = free_port()
    command = (
        tool("prometheus-blackbox-exporter", "prometheus-blackbox-exporter"),
        f"--config.file={secured.folder}/blackbox.yml",
        f"--web.config.file={secured.folder}/web.yaml",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    (secured.folder / "blackbox.yml").write_text("modules: {http_2xx: {prober: http}}\n")
    with program(*command, log=secured.folder / "blackbox.log"):
        theirs = f"https://127.0.0.1:{port}/metrics"
        until(lambda: status(secured.authority, theirs, PASSWORD), 10, "blackbox_exporter answers")
        for password, expected in ((None, 401), ("wrong", 401), (PASSWORD, 200)):
            assert status(secured.authority, theirs, password) == expected
            assert secured.get("/metrics", password) == expected


def test_a_real_prometheus_scrapes_it_over_tls_with_its_password(secured: Secured) -> None:
    config = secured.folder / "prometheus.yaml"
    config.write_text(SCRAPE.format(folder=secured.folder, password=PASSWORD, port=secured.port))
    with prometheus(config, secured.folder) as address:

        def seen() -> list[object]:
            query = quote('probe_runs_total{job="splitprobe"} > 0')
            with urlopen(f"{address}/api/v1/query?query={query}", timeout=5) as answer:
                return list(json.loads(answer.read())["data"]["result"])

        until(seen, 20, "the scrape brings runs")


def test_the_healthcheck_works_without_a_password(secured: Secured) -> None:
    asked = healthcheck("--url", f"https://127.0.0.1:{secured.port}")
    assert (asked.returncode, asked.stdout) == (0, "splitprobe is healthy.\n")
    assert healthcheck("--url", f"http://127.0.0.1:{secured.port}").returncode == 1
    either = tuple(f"{scheme}://127.0.0.1:{secured.port}" for scheme in ("http", "https"))
    assert health(either, None, None) == "splitprobe is healthy."
    assert "Traceback" not in secured.program.text()


def test_the_healthcheck_shows_a_certificate_to_a_daemon_that_asks_for_one(
    tmp_path: Path,
) -> None:
    authority = trustme.CA()
    asking = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"
    write_web_config(tmp_path, authority, PASSWORD, more=asking)
    port = free_port()
    config = tmp_path / "probe.yaml"
    config.write_text(CONFIG.format(port=port, folder=tmp_path))
    command = (sys.executable, "-m", "probe", "run", config)
    url = ("--url", f"https://127.0.0.1:{port}")
    pair = ("--cert-file", tmp_path / "server.pem", "--key-file", tmp_path / "server.key")
    with program(*command, log=tmp_path / "daemon.log"):
        until(lambda: healthcheck(*url, *pair).returncode == 0, 20, "it is healthy")
        assert healthcheck(*url).returncode == 1


def test_a_reload_takes_a_new_password_and_refuses_a_wrong_file(secured: Secured) -> None:
    assert secured.get("/metrics", PASSWORD) == 200
    write_web_config(secured.folder, secured.authority, "the next one")
    secured.program.process.send_signal(signal.SIGHUP)
    until(lambda: secured.get("/metrics", "the next one") == 200, 10, "the new password is taken")
    assert secured.get("/metrics", PASSWORD) == 401
    (secured.folder / "web.yaml").write_text("basic_auth_users: {prometheus: plain}\n")
    secured.program.process.send_signal(signal.SIGHUP)
    until(lambda: "is a bcrypt hash" in secured.program.text(), 10, "the refusal is logged")
    assert secured.get("/metrics", "the next one") == 200
