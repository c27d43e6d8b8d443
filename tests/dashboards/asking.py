"""The queries of the checked-in dashboards, sent to a real Prometheus."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from dashboard_rules import targets

from dashboards.source.files import FOLDER

CHOSEN = {
    "__rate_interval": "2m",
    "__range": "30m",
    **dict.fromkeys(("job", "instance", "service", "location", "path"), ".+"),
}


@dataclass(frozen=True)
class Asked:
    """A target of a panel of a dashboard."""

    dashboard: str
    panel: str
    ref: str
    expr: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What distinguishes it from all others."""
        return self.dashboard, self.panel, self.ref

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.panel}, {self.ref}"


def every_target() -> Iterator[Asked]:
    for file in sorted(FOLDER.iterdir()):
        dashboard = json.loads(file.read_text(encoding="utf-8"))
        for panel, target in targets(dashboard):
            yield Asked(file.stem, panel["title"], target["refId"], target["expr"])
        for annotation in dashboard["annotations"]["list"]:
            yield Asked(file.stem, annotation["name"], "annotation", annotation["expr"])


def target(dashboard: str, panel: str, ref: str = "A") -> Asked:
    (found,) = (
        each
        for each in every_target()
        if (each.dashboard, each.panel, each.ref) == (dashboard, panel, ref)
    )
    return found


def interpolated(expr: str, chosen: Mapping[str, str]) -> str:
    """The query as Grafana would send it; a variable without a value is an error."""
    values = {**CHOSEN, **chosen}
    return re.sub(r"\$\{?(\w+)\}?", lambda found: values[found[1]], expr)


def answers(
    address: str, asked: Asked, at: float, chosen: Mapping[str, str] | None = None
) -> list[tuple[dict[str, str], float]]:
    """Labels and value of each series of the answer.

    Prometheus rejects a query that it does not understand, which raises here.
    """
    query = urlencode({"query": interpolated(asked.expr, chosen or {}), "time": at})
    with urlopen(f"{address}/api/v1/query?{query}", timeout=30) as answer:
        result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return [(each["metric"], float(each["value"][1])) for each in result]


def by_label(
    address: str, asked: Asked, at: float, names: str, chosen: Mapping[str, str] | None = None
) -> dict[str, float]:
    """The value of each series by its labels of these names, which must identify it."""
    found = [
        (" ".join(labels.get(name, "") for name in names.split()), value)
        for labels, value in answers(address, asked, at, chosen)
    ]
    by_name = dict(found)
    assert len(by_name) == len(found), f"{names} do not tell the series of {asked} apart"
    return by_name
