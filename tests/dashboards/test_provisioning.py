"""Grafana's provisioning agrees with the dashboards and with what Prometheus is told to do."""

from pathlib import Path
from typing import Any

import yaml

from dashboards.source.files import FOLDER

PROVISIONING = FOLDER.parent / "provisioning"
PROMETHEUS = FOLDER.parents[1] / "config" / "prometheus" / "prometheus.yaml"


def read(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def test_one_prometheus_is_the_default_source_and_nobody_edits_it() -> None:
    (source,) = read(PROVISIONING / "datasources" / "prometheus.yaml")["datasources"]
    assert (source["type"], source["isDefault"], source["editable"]) == ("prometheus", True, False)


def test_grafana_knows_how_often_prometheus_scrapes() -> None:
    (source,) = read(PROVISIONING / "datasources" / "prometheus.yaml")["datasources"]
    scraping = read(PROMETHEUS)["global"]
    assert source["jsonData"]["timeInterval"] == scraping["scrape_interval"]


def test_the_dashboards_are_read_from_where_they_are_mounted_and_stay_as_they_are() -> None:
    (provider,) = read(PROVISIONING / "dashboards" / "splitprobe.yaml")["providers"]
    assert provider["options"] == {"path": "/var/lib/grafana/dashboards"}
    assert provider["allowUiUpdates"] is False
