"""The real programs as processes on loopback, and access to their output."""

import contextlib
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

T = TypeVar("T")
CHECKOUT = Path(__file__).parents[1]
UP_WITHIN_S = 60
"""A program that is not up by then never will be, however busy the machine is."""


def tool(name: str, package: str) -> str:
    """The program's path; skips the test if Debian's `package` is not installed."""
    places = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
    if found := shutil.which(name, path=places):
        return found
    pytest.skip(f"needs {name} (Debian: {package})")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], T | None], seconds: float, what: str) -> T:
    """The first truthy result of `look`, called ten times a second; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    seen: object = None
    while time.monotonic() < deadline:
        with contextlib.suppress(URLError, OSError):
            if seen := look():
                return seen
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass
class Program:
    """A started program; `log` holds what it wrote."""

    process: subprocess.Popen[bytes]
    log: Path

    def text(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def end(self, number: int = signal.SIGTERM, within: float = 10) -> int:
        self.process.send_signal(number)
        return self.process.wait(within)


@contextlib.contextmanager
def program(
    *command: str | Path, log: Path, env: dict[str, str] | None = None
) -> Iterator[Program]:
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=CHECKOUT,
            env={**os.environ, **(env or {})},
        )
    try:
        yield Program(process=process, log=log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask before killing: a killed nginx leaves its workers behind."""
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@dataclass
class Running:
    """A running daemon."""

    program: Program
    address: str

    def get(self, path: str) -> str:
        with urlopen(self.address + path, timeout=5) as answer:
            return str(answer.read().decode())

    def service(self, name: str) -> dict[str, Any]:
        return dict(json.loads(self.get(f"/api/v1/services/{name}")))

    def verdict(self, service: str) -> str:
        return str(self.service(service)["verdict"])

    def await_verdict(self, service: str, verdict: str, seconds: float) -> None:
        def reached() -> bool | None:
            return self.verdict(service) == verdict or None

        try:
            until(reached, seconds, verdict)
        except AssertionError as error:
            state = json.dumps(self.service(service), indent=1)
            raise AssertionError(f"{error}\n{state}\n{self.program.text()[-3000:]}") from None


@contextlib.contextmanager
def daemon(config: Path, *, log: Path, env: dict[str, str] | None = None) -> Iterator[Running]:
    """`probe run` on `config`, in which `LISTEN` stands for the address."""
    address = f"127.0.0.1:{free_port()}"
    config.write_text(config.read_text().replace("LISTEN", address))
    command = (sys.executable, "-m", "probe", "run", config)
    with program(*command, log=log, env=env) as started:
        running = Running(program=started, address=f"http://{address}")

        def answering() -> str | None:
            assert started.process.poll() is None, started.text()
            return running.get("/-/ready")

        until(answering, UP_WITHIN_S, "the daemon is ready")
        yield running


@contextlib.contextmanager
def simulator(log: Path) -> Iterator[str]:
    """`probe simulate` without a fault; yields its address, at which faults can be injected."""
    address = f"http://127.0.0.1:{free_port()}"
    command = (sys.executable, "-m", "probe", "simulate", "quiet-day")
    with program(*command, "--port", address.rpartition(":")[2], log=log):

        def answering() -> bytes:
            with urlopen(f"{address}/_simulator", timeout=2) as answer:
                return bytes(answer.read())

        until(answering, UP_WITHIN_S, "the simulator answers")
        put(f"{address}/_simulator/faults", [])
        yield address


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[str]:
    with simulator(tmp_path / "simulator.log") as url:
        yield url


def demo_config(
    folder: Path, standin: str, *changes: tuple[str, str], journal: Path | None = None
) -> Path:
    """The demo's configuration on `standin`, for `daemon`, with these changes of its text.

    `journal` is `folder`/journal.db unless another file is given.
    """
    text = (CHECKOUT / "config/demo.yaml").read_text("utf-8")
    text = text.replace("http://127.0.0.1:9640", standin).replace("127.0.0.1:9632", "LISTEN")
    for old, new in changes:
        text = text.replace(old, new)
    file = folder / "probe.yaml"
    file.write_text(f"journal: {journal or folder / 'journal.db'}\n{text}")
    return file


NGINX = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {servers}
}}
"""


def nginx_config(folder: Path, servers: str) -> Path:
    """Write what nginx needs to serve `servers` from `folder`; returns the file."""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, user=getpass.getuser(), servers=servers))
    return file


@contextlib.contextmanager
def prometheus(config: Path, folder: Path) -> Iterator[str]:
    """A real Prometheus on `config`, its data in `folder`/data; yields its address."""
    address = f"127.0.0.1:{free_port()}"
    command = (
        tool("prometheus", "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--storage.tsdb.retention.time=10y",
        "--web.enable-lifecycle",
        "--web.cors.origin=.*",
        "--log.level=warn",
    )
    with _ready(command, address, folder / "prometheus.log") as url:
        yield url


@contextlib.contextmanager
def alertmanager(config: Path, folder: Path) -> Iterator[str]:
    """A real Alertmanager on `config`, alone, its data in `folder`/alerts; yields its address."""
    address = f"127.0.0.1:{free_port()}"
    command = (
        tool("prometheus-alertmanager", "prometheus-alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'alerts'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    with _ready(command, address, folder / "alertmanager.log") as url:
        yield url


@contextlib.contextmanager
def _ready(command: tuple[str, ...], address: str, log: Path) -> Iterator[str]:
    """A server that reports at `/-/ready` when it is; yields its URL."""
    with program(*command, log=log) as started:

        def ready() -> str | None:
            assert started.process.poll() is None, started.text()
            with urlopen(f"http://{address}/-/ready", timeout=5) as answer:
                return str(answer.read().decode())

        until(ready, 30, f"{log.stem} is ready")
        yield f"http://{address}"


def put(url: str, value: object) -> None:
    request = Request(url, json.dumps(value).encode(), method="PUT")
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=5) as answer:
        answer.read()
