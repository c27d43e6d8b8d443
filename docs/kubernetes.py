"""Writes the manifests of config/kubernetes/monitoring, which only repeat the rules and dashboards.

    python docs/kubernetes.py

Each dashboard is a ConfigMap of its own: `kubectl apply` keeps a copy of what it applied in an
annotation, and that may hold 256 KiB.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "config" / "kubernetes" / "monitoring"
KUSTOMIZATION = """\
# Once for all locations: the rules for the Prometheus Operator, and the dashboards for the
# side-car of Grafana's chart. Made by `make kubernetes`.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - servicemonitor.yaml
"""
MADE = "# Made from {source} by `make kubernetes`; change it there.\n"


def manifests() -> Iterator[tuple[str, str]]:
    """The name and the text of every file."""
    made = dict(_copies())
    yield from made.items()
    yield "kustomization.yaml", KUSTOMIZATION + "".join(f"  - {name}\n" for name in sorted(made))


def _copies() -> Iterator[tuple[str, str]]:
    if rules := sorted((ROOT / "config" / "prometheus" / "rules").glob("*.yaml")):
        yield "rules.yaml", _text("config/prometheus/rules", _rules(rules))
    for file in sorted((ROOT / "dashboards" / "json").glob("*.json")):
        yield f"dashboard-{file.stem}.yaml", _text(f"dashboards/json/{file.name}", _dashboard(file))


def _rules(files: list[Path]) -> dict[str, Any]:
    read = [yaml.load(file.read_text(), Loader=yaml.CSafeLoader) for file in files]
    groups = [group for rules in read for group in rules["groups"]]
    return _resource("monitoring.coreos.com/v1", "PrometheusRule", "splitprobe") | {
        "spec": {"groups": groups}
    }


def _dashboard(file: Path) -> dict[str, Any]:
    found = _resource("v1", "ConfigMap", f"splitprobe-dashboard-{file.stem}")
    found["metadata"]["labels"]["grafana_dashboard"] = "1"  # what Grafana's side-car looks for
    compact = json.dumps(json.loads(file.read_text()), ensure_ascii=False, separators=(",", ":"))
    return found | {"data": {file.name: compact}}


def _resource(version: str, kind: str, name: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "splitprobe"}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels}}


def _text(source: str, resource: dict[str, Any]) -> str:
    return MADE.format(source=source) + yaml.safe_dump(
        resource, sort_keys=False, allow_unicode=True, width=100
    )


if __name__ == "__main__":
    for name, text in manifests():
        (TARGET / name).write_text(text, encoding="utf-8")
