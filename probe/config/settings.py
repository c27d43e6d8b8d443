"""The whole configuration as frozen models."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from probe.config.addresses import host_and_port, web_address
from probe.config.canaries import CanaryKey
from probe.config.notifications import Channel
from probe.config.path import Defaults
from probe.config.reach import File, Transport
from probe.config.service import AN_API, Service
from probe.config.types import MOST, NOT_EMPTY, Duration, Model, Name, Plain, as_tuple
from probe.config.vendor import PoliteInterval


class Listen(Model):
    """The host and port that the daemon listens on."""

    host: str
    port: Annotated[int, Field(ge=0, le=65535)]

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _listen(value: object) -> object:
    if isinstance(value, Listen):
        return value
    host, port = host_and_port(value)
    return Listen(host=host, port=port)


class Connectivity(Model):
    """How we know whether our own network works."""

    canaries: Annotated[tuple[CanaryKey, ...], BeforeValidator(as_tuple)] = ()
    """Several that have nothing in common, at least one by its host name. One correct answer is
    enough.
    """


class Politeness(Model):
    """Limits on our requests to others."""

    host_requests_per_minute: Annotated[int, Field(ge=1, le=MOST)] | None = None
    """Limits the requests to each host, for all paths together. Unset: a fifth above the planned
    requests.
    """
    retry_after_cap: Duration = 900.0
    """The longest `Retry-After` that is honoured."""
    status_page_interval: PoliteInterval = 60.0
    """How often a status page is read, at least `60s`."""


class Retention(Model):
    """How long the journal keeps data that grows. Incidents and states are kept forever."""

    runs: Duration = 14 * 86400.0
    """How long successful runs are kept."""
    failures: Duration = 90 * 86400.0
    """How long all other runs are kept."""
    hours: Duration = 400 * 86400.0
    """How long the hourly sums of deleted runs are kept."""


def _retention(value: object) -> object:
    return {"runs": value, "failures": value} if isinstance(value, str) else value


class Settings(Model):
    """One configuration file."""

    location: Name = "local"
    """The location of this daemon: a label on everything that it reports."""
    journal: File | None = None
    """The SQLite file that stores runs, transitions and incidents. Unset: nothing survives the
    process.
    """
    retention: Annotated[
        Retention,
        BeforeValidator(_retention, json_schema_input_type=Duration | Retention),
        Field(examples=[{"runs": "14d", "failures": "90d"}]),
    ] = Retention()
    """How long the journal keeps runs; a plain duration applies to all of them."""
    listen: Annotated[
        Listen,
        BeforeValidator(_listen),
        PlainSerializer(str, when_used="json"),
        WithJsonSchema({"type": "string", "examples": ["127.0.0.1:9632"]}),
    ] = Listen(host="0.0.0.0", port=9632)  # noqa: S104 - a container publishes its port
    """Host and port of the page, the metrics and the API; 0.0.0.0 is every IPv4 interface, [::]
    IPv6 only. No password is needed unless `web_config_file` requires one.
    """
    web_config_file: File | None = None
    """A file with TLS and passwords for that port, in the format of Prometheus' exporters."""
    enable_reload: bool = False
    """Whether `POST /-/reload` reloads this file, as `SIGHUP` always does."""
    page_url: Annotated[Plain, AfterValidator(web_address)] | None = None
    """The public address of the page, for links in messages and in the feed of incidents."""
    notifications: Annotated[
        tuple[Channel, ...],
        BeforeValidator(as_tuple),
        Field(examples=[[{"name": "team", "webhook": "https://hook.example.com/"}]]),
    ] = ()
    """Channels that are notified of changes, without Alertmanager."""
    connectivity: Connectivity = Connectivity()
    """How to check whether our own network works."""
    politeness: Politeness = Politeness()
    """Limits on requests to others."""
    defaults: Defaults = Defaults()
    """Defaults for every path that does not override them."""
    services: Annotated[
        tuple[Service, ...],
        BeforeValidator(as_tuple),
        NOT_EMPTY,
        Field(examples=[[{"name": "example", "paths": [AN_API]}]]),
    ]
    """The services to watch, each with its paths."""

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, data: Any) -> Any:
        """Give paths the defaults that they do not override, and pages the default `ca_file`."""
        if not isinstance(data, dict) or not isinstance(data.get("defaults"), dict):
            return data
        known = {
            key: value for key, value in data["defaults"].items() if key in Defaults.model_fields
        }
        services = [_with_defaults(service, known) for service in _list(data.get("services"))]
        return {**data, "services": services or data.get("services")}

    def service(self, name: str) -> Service | None:
        """The service of that name; None if there is none."""
        return next((service for service in self.services if service.name == name), None)

    def page_interval(self, service: Service) -> float:
        """Seconds between two readings of the service's status page."""
        page = service.status_page
        return (page and page.interval) or self.politeness.status_page_interval

    def page_defaults(self, service: Service) -> Defaults:
        """The defaults, overridden by the status page's own connection settings."""
        page = service.status_page
        own = Transport.model_fields.keys() & page.model_fields_set if page else ()
        return self.defaults.model_copy(update={key: getattr(page, key) for key in own})


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _with_defaults(service: Any, defaults: dict[str, Any]) -> Any:
    if not isinstance(service, dict):
        return service
    given = {}
    if isinstance(service.get("paths"), list):
        trusting = [_trusting(path, defaults) for path in service["paths"]]
        given["paths"] = [
            {**defaults, **path} if isinstance(path, dict) else path for path in trusting
        ]
    if "status_page" in service:
        given["status_page"] = _trusting(service["status_page"], defaults)
    return {**service, **given}


def _trusting(part: Any, defaults: dict[str, Any]) -> Any:
    """`part`; if it has its own `tls`, with the `ca_file` of the defaults unless it sets one."""
    own, whole = _dict(part).get("tls"), _dict(defaults.get("tls"))
    if not own or not isinstance(own, dict) or "ca_file" not in whole:
        return part
    return {**part, "tls": {"ca_file": whole["ca_file"], **own}}
