"""The Prometheus Operator's resources, monitoring.coreos.com/v1, as far as the manifests use them.

No available package with the schemas leaves pytest alone; so the names are listed here, and any
other one is refused. The rules in a PrometheusRule are checked by promtool.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Duration = Annotated[str, Field(pattern=r"^([0-9]+(ms|s|m|h|d|w|y))+$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
    labels: dict[str, str] = {}


class Rule(Strict):
    alert: str | None = None
    record: str | None = None
    expr: str
    for_: Annotated[Duration | None, Field(alias="for")] = None
    keep_firing_for: Duration | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Group(Strict):
    name: Annotated[str, Field(min_length=1)]
    interval: Duration | None = None
    limit: int | None = None
    rules: list[Rule]


class Rules(Strict):
    groups: list[Group]


class PrometheusRule(Strict):
    api_version: Annotated[Literal["monitoring.coreos.com/v1"], Field(alias="apiVersion")]
    kind: Literal["PrometheusRule"]
    metadata: Metadata
    spec: Rules


class Selector(Strict):
    match_labels: Annotated[dict[str, str], Field(alias="matchLabels", min_length=1)]


class Endpoint(Strict):
    port: str
    interval: Duration
    honor_labels: Annotated[bool, Field(alias="honorLabels")]


class Monitored(Strict):
    job_label: Annotated[str, Field(alias="jobLabel")]
    selector: Selector
    endpoints: Annotated[list[Endpoint], Field(min_length=1)]


class ServiceMonitor(Strict):
    api_version: Annotated[Literal["monitoring.coreos.com/v1"], Field(alias="apiVersion")]
    kind: Literal["ServiceMonitor"]
    metadata: Metadata
    spec: Monitored


CUSTOM: dict[str, type[Strict]] = {
    "PrometheusRule": PrometheusRule,
    "ServiceMonitor": ServiceMonitor,
}
