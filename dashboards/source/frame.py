"""What all dashboards share: variables, links to each other, incidents marked in the graphs."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard, prometheus
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from dashboards.source.card import DATA_SOURCE, AnyPanel
from dashboards.source.queries import SERVICE
from dashboards.source.words import RED

SCHEMA: Final = 39
"""The newest that Grafana 10 reads; every later Grafana migrates it upwards."""

NAMES: Final = {"overview": "Overview", "service": "Service", "path": "Path", "self": "Self"}
ASKED_OF: Final = {
    "job": "probe_build_info",
    "instance": 'probe_build_info{job=~"$job"}',
    "location": 'probe_build_info{job=~"$job", instance=~"$instance"}',
    "service": 'probe_verdict{job=~"$job", instance=~"$instance", location=~"$location"}',
    "path": 'probe_interval_seconds{job=~"$job", instance=~"$instance", service=~"$service"}',
}
KEPT: Final = ("datasource", "job", "instance", "location")


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a title, once for each service that is chosen; folded away or `open`."""

    panels: tuple[AnyPanel, ...]
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard: its name among `NAMES`, its variables beside the data source, its panels."""

    name: str
    description: str
    variables: tuple[str, ...]
    panels: tuple[AnyPanel, ...] = ()
    row: Row | None = None


def uid(name: str) -> str:
    """By what others link to a dashboard: it never changes."""
    return f"splitprobe-{name}"


def address(name: str, **variables: str) -> str:
    """A link to a dashboard for a panel's data: time range kept, `variables` set."""
    kept = "&".join(f"${{{variable}:queryparam}}" for variable in KEPT)
    chosen = "".join(f"&var-{variable}={value}" for variable, value in variables.items())
    return f"/d/{uid(name)}?${{__url_time_range}}&{kept}{chosen}"


def build(board: Board) -> dict[str, Any]:
    """The dashboard as Grafana reads it."""
    built = (
        dashboard.Dashboard(f"splitprobe · {NAMES[board.name]}")
        .uid(uid(board.name))
        .description(board.description)
        .tags(["splitprobe"])
        .timezone("browser")
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables(list(_variables(board)))
        .links([_link(name) for name in NAMES if name != board.name])
        .annotation(_incidents())
    )
    for panel in board.panels:
        built.with_panel(panel)
    if board.row:
        _add_row(built, board.row)
    return _tidied(json.loads(json.dumps(built.build(), cls=JSONEncoder)))


def _variables(board: Board) -> Iterator[dashboard.DatasourceVariable | Any]:
    yield dashboard.DatasourceVariable("datasource").type("prometheus").label("Data source")
    for name in board.variables:
        yield _asked(name)


def _asked(name: str) -> dashboard.QueryVariable:
    everything = model.VariableOption(selected=True, text="All", value="$__all")
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(DATA_SOURCE)
        .query(f"label_values({ASKED_OF[name]}, {name})")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(everything)
    )


def _link(name: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(NAMES[name])
        .type(model.DashboardLinkType.LINK)
        .icon("dashboard")
        .tooltip(f"The {NAMES[name]} dashboard, with the same variables and time range")
        .url(f"/d/{uid(name)}")
        .include_vars(True)
        .keep_time(True)
    )


def _incidents() -> dashboard.AnnotationQuery:
    expr = f"max by (service) ({SERVICE.select('probe_incident_open')}) == 1"
    query = prometheus.Dataquery().expr(expr).range().ref_id("Incidents").interval("1m")
    return (
        dashboard.AnnotationQuery()
        .name("Incidents")
        .datasource(DATA_SOURCE)
        .enable(True)
        .icon_color(RED)
        .expr(expr)
        .step("1m")
        .target(query)
        .title_format("incident of {{service}}")
        .text_format("open")
        .tag_keys("service")
    )


def _add_row(built: dashboard.Dashboard, row: Row) -> None:
    """A folded row holds its panels; those of an open one follow it."""
    head = dashboard.Row("$service").repeat("service").collapsed(not row.open)
    if not row.open:
        for panel in row.panels:
            head.with_panel(panel)
    built.with_row(head)
    if row.open:
        for panel in row.panels:
            built.with_panel(panel)


def _tidied(plain: dict[str, Any]) -> dict[str, Any]:
    """Set what the library does not let us say, and clear what it says too much.

    A `placement` would hide links and annotations in a menu.
    """
    plain["schemaVersion"] = SCHEMA
    for shown in (*plain["links"], *plain["annotations"]["list"]):
        del shown["placement"]
    for number, panel in enumerate(_all_panels(plain["panels"]), start=1):
        panel["id"] = number
    return plain


def _all_panels(panels: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for panel in panels:
        yield panel
        yield from _all_panels(panel.get("panels", ()))
