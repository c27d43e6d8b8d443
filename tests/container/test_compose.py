"""The stack starts in order and shows itself on loopback alone."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from processes import CHECKOUT

STACK = yaml.safe_load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8"))["services"]


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


def test_the_overview_is_what_grafana_opens_with() -> None:
    home = STACK["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    folder, _, file = home.rpartition("/")
    assert (mounts("grafana")[folder] / file).is_file()
