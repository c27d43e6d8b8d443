"""The manifests are valid, hardened, and say the same as what they repeat."""

import runpy
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from operator_resources import CUSTOM
from processes import CHECKOUT, daemon, tool
from pydantic import ValidationError

pytestmark = pytest.mark.unwatched  # what is tested is no code
HERE = CHECKOUT / "config" / "kubernetes"
MANIFESTS = sorted(file for file in HERE.rglob("*.yaml") if file.name != "probe.yaml")
RESOURCES = [file for file in MANIFESTS if file.name != "kustomization.yaml"]
KUSTOMIZATIONS = [file for file in MANIFESTS if file.name == "kustomization.yaml"]
ANNOTATION_LIMIT = 262_144
EVERYTHING_FAILS = """
listen: LISTEN
defaults: {interval: 1s, timeout: 1s}
services:
  - name: gone
    paths:
      - {name: login, plane: control, steps: [{request: GET http://127.0.0.1:1/}]}
      - {name: api, plane: data, steps: [{request: GET http://127.0.0.1:1/}]}
"""


def named(file: Path) -> str:
    return str(file.relative_to(HERE))


def read(file: Path) -> dict[str, Any]:
    return dict(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def resource(name: str) -> dict[str, Any]:
    return read(HERE / name)


@pytest.mark.parametrize("file", RESOURCES, ids=named)
def test_a_manifest_is_valid_and_says_nothing_unknown(file: Path) -> None:
    found = read(file)
    if found["kind"] in CUSTOM:
        CUSTOM[found["kind"]].model_validate(found)
    else:
        kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("change", [{"intervall": "15s"}, {"honorLabels": "yes"}, {"port": 9632}])
def test_a_mistake_in_a_custom_resource_would_be_seen(change: dict[str, object]) -> None:
    found = resource("monitoring/servicemonitor.yaml")
    found["spec"]["endpoints"][0] |= change
    with pytest.raises(ValidationError):
        CUSTOM["ServiceMonitor"].model_validate(found)


def test_promtool_takes_the_rules_of_the_prometheus_rule(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(resource("monitoring/rules.yaml")["spec"]), encoding="utf-8")
    check = [tool("promtool", "prometheus"), "check", "rules", "--lint=all", "--lint-fatal"]
    checked = subprocess.run([*check, file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_what_repeats_the_rules_and_dashboards_is_up_to_date() -> None:
    manifests = dict(runpy.run_path(str(CHECKOUT / "docs/kubernetes.py"))["manifests"]())
    for name, text in manifests.items():
        file = HERE / "monitoring" / name
        assert file.read_text(encoding="utf-8") == text, "renew it: make kubernetes"
    written = {file.name for file in (HERE / "monitoring").glob("*.yaml")}
    assert written == set(manifests) | {"servicemonitor.yaml"}


@pytest.mark.parametrize("file", RESOURCES, ids=named)
def test_a_manifest_fits_into_what_kubectl_apply_remembers(file: Path) -> None:
    assert file.stat().st_size < ANNOTATION_LIMIT


@pytest.mark.parametrize("file", KUSTOMIZATIONS, ids=named)
def test_a_kustomization_holds_all_that_lies_beside_it(file: Path) -> None:
    listed = read(file)
    assert all((file.parent / entry).exists() for entry in listed["resources"])
    generated = [f for each in listed.get("configMapGenerator", []) for f in each["files"]]
    beside = {each.name for each in file.parent.glob("*.yaml")} - {file.name}
    assert beside == {e for e in listed["resources"] if e.endswith(".yaml")} | set(generated)


def test_the_daemon_may_do_nothing_that_it_need_not() -> None:
    pod = resource("base/deployment.yaml")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} == container["resources"].keys()
    assert not container.get("env"), "secrets come as files"


def test_one_daemon_for_each_location_and_never_two_on_one_journal() -> None:
    deployment = resource("base/deployment.yaml")["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})


def test_the_probes_ask_what_no_target_can_change() -> None:
    (container,) = resource("base/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    asked = {kind: container[kind]["httpGet"]["path"] for kind in container if "Probe" in kind}
    assert asked == {
        "startupProbe": "/-/ready",
        "readinessProbe": "/-/ready",
        "livenessProbe": "/-/healthy",
    }


@pytest.mark.scenario
def test_readiness_and_health_never_depend_on_a_target(tmp_path: Path) -> None:
    config = tmp_path / "probe.yaml"
    config.write_text(EVERYTHING_FAILS)
    with daemon(config, log=tmp_path / "daemon.log") as running:
        running.await_verdict("gone", "outage", 20)
        assert running.get("/-/ready") == "splitprobe is ready.\n"
        assert running.get("/-/healthy") == "splitprobe is healthy.\n"


def test_the_daemons_own_labels_win_over_the_operators() -> None:
    monitor = resource("monitoring/servicemonitor.yaml")["spec"]
    service = resource("base/service.yaml")
    assert monitor["jobLabel"] == "app.kubernetes.io/name"
    for endpoint in monitor["endpoints"]:
        assert endpoint["honorLabels"] is True
        assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
