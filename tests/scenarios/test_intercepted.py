"""The whole daemon behind nginx that shows one certificate of its own for every host."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from processes import Running, daemon, free_port, nginx_config, program, tool, until

pytestmark = pytest.mark.scenario

CONFIG = """
location: test
listen: LISTEN
connectivity: {{canaries: ["tcp://127.0.0.1:{port}"]}}
defaults: {{interval: 2s, timeout: 2s, confirm_after: [200ms], tls: {{ca_file: {ca_file}}}}}
services:
  - name: site
    paths:
      - name: login
        plane: control
        steps: [{{request: "GET https://127.0.0.1:{port}/login"}}]
      - name: api
        plane: data
        steps: [{{request: "GET https://127.1.0.2:{port}/api"}}]
"""
HOSTS = ("127.0.0.1", "127.1.0.2")


@contextmanager
def nginx(folder: Path, port: int, certificates: dict[str, Path]) -> Iterator[None]:
    """A server at each host, with the certificate of that name."""
    servers = "\n".join(
        f"""server {{ listen {host}:{port} ssl; location / {{ return 200 here; }}
        ssl_certificate {file}; ssl_certificate_key {file}; }}"""
        for host, file in certificates.items()
    )
    command = (tool("nginx", "nginx-light"), "-c", nginx_config(folder, servers), "-e", "stderr")
    with program(*command, log=folder / "nginx.log"):
        yield


def issued(folder: Path, authority: trustme.CA, name: str) -> Path:
    file = folder / f"{name}.pem"
    authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(file)
    return file


@contextmanager
def watching(folder: Path, authority: trustme.CA, port: int) -> Iterator[Running]:
    ca_file, config = folder / "ca.pem", folder / "probe.yaml"
    authority.cert_pem.write_to_path(ca_file)
    config.write_text(CONFIG.format(port=port, ca_file=ca_file))
    with daemon(config, log=folder / "daemon.log") as running:
        yield running


def test_one_wrong_certificate_for_every_host_is_somebody_in_between(tmp_path: Path) -> None:
    port, authority = free_port(), trustme.CA()
    right = {host: issued(tmp_path, authority, host) for host in HOSTS}
    wrong = dict.fromkeys(HOSTS, issued(tmp_path, trustme.CA(), "proxy.invalid"))
    with watching(tmp_path, authority, port) as running:
        with nginx(tmp_path, port, right):
            running.await_verdict("site", "healthy", 20)
        with nginx(tmp_path, port, wrong):
            until(lambda: "show the same wrong certificate" in running.get("/"), 20, "it says why")
            running.await_verdict("site", "unknown", 20)
            paths = running.service("site")["paths"]
            assert {path["last_run"]["outcome"] for path in paths} == {"unobserved"}
            assert running.service("site")["findings"] == ["blind"]
        with nginx(tmp_path, port, right):
            running.await_verdict("site", "healthy", 20)
    for verdict in ("control_plane_down", "data_plane_down", "outage"):
        assert verdict not in running.program.text()
