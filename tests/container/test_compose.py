"""The stack starts in order, shows itself on loopback alone, and its files are what they say.

Its images cannot be had here. What can: the same files in a real Prometheus and a real
Alertmanager, with a real daemon beside them.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from processes import CHECKOUT, daemon, free_port, program, prometheus, tool, until

STACK = yaml.safe_load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8"))["services"]
DAEMON = """
location: here
listen: LISTEN
services:
  - name: gone
    paths: [{name: api, plane: data, steps: [{request: GET http://127.0.0.1:1/}]}]
"""


def mounts(service: str) -> dict[str, Path]:
    """Where a file or folder of the checkout appears in a service."""
    binds = [volume.split(":") for volume in STACK[service]["volumes"] if volume[0] in ".$"]
    found = {}
    for source, target, mode in [_with_default(bind) for bind in binds]:
        assert mode == "ro"
        found[target] = CHECKOUT / source
    return found


def _with_default(bind: list[str]) -> list[str]:
    """The parts of a bind whose source may be `${NAME:-default}`, which holds a colon too."""
    if bind[0].startswith("${"):
        return [bind[1].removeprefix("-").removesuffix("}"), *bind[2:]]
    return bind


def test_podman_compose_reads_it() -> None:
    command = [sys.executable, "-m", "podman_compose", "--file", "compose.yaml", "config"]
    read = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr
    assert set(yaml.safe_load(read.stdout)["services"]) == set(STACK)


@pytest.mark.parametrize("name", STACK)
def test_a_service_is_pinned_confined_and_shown_on_loopback_alone(name: str) -> None:
    service = STACK[name]
    assert re.search(r":v?[0-9]+\.[0-9]+\.[0-9]+$", service["image"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["healthcheck"]["test"][0] == "CMD"


def test_a_service_starts_once_those_that_it_needs_are_healthy() -> None:
    waits = {
        name: {other: told["condition"] for other, told in service.get("depends_on", {}).items()}
        for name, service in STACK.items()
    }
    healthy = "service_healthy"
    assert waits == {
        "splitprobe": {},
        "alertmanager": {},
        "prometheus": {"splitprobe": healthy, "alertmanager": healthy},
        "grafana": {"prometheus": healthy},
    }


@pytest.mark.parametrize("name", STACK)
def test_every_file_that_a_service_is_given_is_in_the_checkout(name: str) -> None:
    for target, source in mounts(name).items():
        assert source.exists(), target
    for argument in STACK[name].get("command", []):
        flag, _, value = argument.partition("=")
        if flag == "--config.file":
            folder, _, file = value.rpartition("/")
            assert (mounts(name)[folder] / file).is_file()


def test_the_overview_is_what_grafana_opens_with() -> None:
    home = STACK["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    folder, _, file = home.rpartition("/")
    assert (mounts("grafana")[folder] / file).is_file()


@pytest.mark.scenario
def test_a_real_prometheus_takes_its_files_and_scrapes_a_real_daemon(tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    shutil.copytree(mounts("prometheus")["/etc/prometheus"], folder)
    config = tmp_path / "probe.yaml"
    config.write_text(DAEMON)
    with daemon(config, log=tmp_path / "daemon.log") as running:
        names = {
            "/etc/prometheus": str(folder),
            "splitprobe:9632": running.address.removeprefix("http://"),
            "alertmanager:9093": f"127.0.0.1:{free_port()}",
            "15s": "1s",
        }
        file = folder / "prometheus.yaml"
        text = file.read_text(encoding="utf-8")
        for old, new in names.items():
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)
        with prometheus(file, tmp_path) as address:

            def told(what: str) -> dict[str, Any]:
                with urlopen(f"{address}/api/v1/{what}", timeout=5) as answer:
                    return dict(json.loads(answer.read())["data"])

            def scraped() -> bool:
                return [t["health"] for t in told("targets")["activeTargets"]] == ["up"]

            until(scraped, 20, "the daemon is scraped")
            (manager,) = told("alertmanagers")["activeAlertmanagers"]
            assert names["alertmanager:9093"] in manager["url"]
            assert any(group["rules"] for group in told("rules")["groups"])


@pytest.mark.scenario
def test_a_real_alertmanager_takes_its_files_and_flags(tmp_path: Path) -> None:
    folder = tmp_path / "alertmanager"
    shutil.copytree(mounts("alertmanager")["/etc/alertmanager"], folder)
    file = folder / "alertmanager.yaml"
    file.write_text(file.read_text().replace("/etc/alertmanager", str(folder)))
    address = f"127.0.0.1:{free_port()}"
    places = {"/etc/alertmanager": str(folder), "=/alertmanager": f"={tmp_path / 'data'}"}
    command = [tool("prometheus-alertmanager", "prometheus-alertmanager")]
    for argument in STACK["alertmanager"]["command"]:
        for old, new in places.items():
            argument = argument.replace(old, new)  # noqa: PLW2901 - mapped in steps
        command.append(argument)
    log = tmp_path / "alertmanager.log"
    with program(*command, f"--web.listen-address={address}", log=log) as started:

        def ready() -> bytes:
            assert started.process.poll() is None, started.text()
            with urlopen(f"http://{address}/-/ready", timeout=5) as answer:
                return bytes(answer.read())

        until(ready, 20, "Alertmanager is ready")
