"""Servers that nobody here wrote: nginx, and Jupyter Server with its password login."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from processes import Program, daemon, free_port, nginx_config, program, tool, until

pytestmark = pytest.mark.scenario
PASSWORD = "a real password"

SITE = """
  server {{
    listen 127.0.0.1:{port};
    default_type application/json;
    location = /v1/models {{ return 200 '{{"data":[{{"id":"m"}}]}}'; }}
    location = /login {{ {login} }}
  }}
"""
NGINX_SERVICE = """
location: test
listen: LISTEN
defaults: {{interval: 2s, timeout: 2s}}
services:
  - name: site
    paths:
      - name: login
        plane: control
        steps:
          - request: GET http://127.0.0.1:{port}/login
            expect: {{body: {{contains: Sign in}}}}
      - name: api
        plane: data
        steps:
          - request: GET http://127.0.0.1:{port}/v1/models
            expect: {{json: {{"data[0].id": m}}}}
"""


@dataclass
class Nginx:
    folder: Path
    port: int
    program: Program

    def serve_login(self, answer: str) -> None:
        _write_nginx(self.folder, self.port, answer)
        self.program.process.send_signal(signal.SIGHUP)


def _write_nginx(folder: Path, port: int, login: str) -> Path:
    return nginx_config(folder, SITE.format(port=port, login=login))


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    binary = tool("nginx", "nginx-light")
    port = free_port()
    file = _write_nginx(tmp_path, port, "return 200 'Sign in';")
    with program(binary, "-c", file, "-e", "stderr", log=tmp_path / "nginx.log") as started:
        until(lambda: urlopen(f"http://127.0.0.1:{port}/login").read(), 10, "nginx answers")
        yield Nginx(folder=tmp_path, port=port, program=started)


def test_nginx_with_a_broken_login_page_is_a_split_and_a_stopped_nginx_an_outage(
    nginx: Nginx, tmp_path: Path
) -> None:
    config = tmp_path / "probe.yaml"
    config.write_text(NGINX_SERVICE.format(port=nginx.port))
    with daemon(config, log=tmp_path / "daemon.log") as running:
        running.await_verdict("site", "healthy", 10)
        nginx.serve_login("return 502;")
        running.await_verdict("site", "control_plane_down", 15)
        nginx.serve_login("return 200 'Sign in';")
        running.await_verdict("site", "healthy", 15)
        nginx.serve_login("return 302 /v1/models;")
        running.await_verdict("site", "control_plane_down", 15)
        nginx.program.end()
        running.await_verdict("site", "outage", 20)
        login = next(p for p in running.service("site")["paths"] if p["name"] == "login")
        assert "connect_failed" in json.dumps(login)


JUPYTER_SERVICE = """
location: test
listen: LISTEN
defaults: {{interval: 3s, timeout: 5s}}
services:
  - name: jupyter
    paths:
      - name: login
        plane: control
        steps:
          - name: open
            request: GET {url}/login
            extract: {{xsrf: {{css: "input[name=_xsrf]", attribute: value}}}}
          - name: submit
            request: POST {url}/login
            form: {{_xsrf: "{{{{ xsrf }}}}", password: "${{env:JUPYTER_PASSWORD}}"}}
            expect: {{status: 302, headers: {{Set-Cookie: {{contains: "username-"}}}}}}
          - name: sessions
            request: GET {url}/api/sessions
            expect: {{status: 200, headers: {{Content-Type: {{contains: json}}}}}}
          - name: logout
            always: true
            request: GET {url}/logout
            expect: {{status: 200, body: {{contains: logged out}}}}
      - name: kept
        plane: control
        critical: false
        session: login
        steps:
          - request: GET {url}/api/kernelspecs
            expect: {{json: {{default: {{is: string}}}}}}
      - name: api
        plane: data
        steps: [{{request: GET {url}/api, expect: {{json: {{version: {{exists: true}}}}}}}}]
"""


@dataclass
class Jupyter:
    url: str
    home: Path
    program: Program


@pytest.fixture
def jupyter(tmp_path: Path) -> Iterator[Jupyter]:
    pytest.importorskip("jupyter_server", reason="needs jupyter_server (a development dependency)")
    home = tmp_path / "jupyter"
    home.mkdir()
    hashed = subprocess.run(
        [
            sys.executable,
            "-c",
            "from jupyter_server.auth import passwd; import sys; print(passwd(*sys.argv[1:]))",
            PASSWORD,
            "sha1",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    port = free_port()
    command = (
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", "--port-retries=0"),
        f"--PasswordIdentityProvider.hashed_password={hashed}",
        f"--ServerApp.root_dir={home}",
    )
    env = {"HOME": str(home), "JUPYTER_PLATFORM_DIRS": "1"}
    with program(*command, log=tmp_path / "jupyter.log", env=env) as started:
        url = f"http://127.0.0.1:{port}"
        until(lambda: urlopen(f"{url}/api").read(), 30, "Jupyter Server answers")
        yield Jupyter(url=url, home=home, program=started)


def _watching(jupyter: Jupyter, tmp_path: Path) -> Path:
    config = tmp_path / "probe.yaml"
    config.write_text(JUPYTER_SERVICE.format(url=jupyter.url))
    return config


def test_a_real_password_login_is_walked_and_a_stopped_server_is_an_outage(
    jupyter: Jupyter, tmp_path: Path
) -> None:
    env = {"JUPYTER_PASSWORD": PASSWORD}
    config = _watching(jupyter, tmp_path)
    with daemon(config, log=tmp_path / "daemon.log", env=env) as running:
        running.await_verdict("jupyter", "healthy", 20)
        jupyter.program.process.send_signal(signal.SIGSTOP)
        running.await_verdict("jupyter", "outage", 60)
        jupyter.program.process.send_signal(signal.SIGCONT)
        running.await_verdict("jupyter", "healthy", 60)
        jupyter.program.end()
        running.await_verdict("jupyter", "outage", 40)
        assert PASSWORD not in running.get("/") + running.program.text()


def test_a_password_that_never_worked_is_ours_and_never_an_outage(
    jupyter: Jupyter, tmp_path: Path
) -> None:
    env = {"JUPYTER_PASSWORD": "a wrong password"}
    config = _watching(jupyter, tmp_path)
    with daemon(config, log=tmp_path / "daemon.log", env=env) as running:

        def refused() -> bool | None:
            return "credential_refused" in running.service("jupyter")["findings"] or None

        until(refused, 20, "the refusal is named")
        assert running.verdict("jupyter") == "unknown"
