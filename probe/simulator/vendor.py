"""What the vendor says on its status page, and when: the words of Statuspage v2."""

from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from probe.simulator.times import Moment


class Component(StrEnum):
    """A part of the product as the status page lists it, by id."""

    WEB = "web"
    CONSOLE = "console"
    API = "api"
    CODE = "code"


NAMES: Final = {
    Component.WEB: "Standin Web",
    Component.CONSOLE: "Standin Console",
    Component.API: "Standin API",
    Component.CODE: "Standin Code",
}


class ComponentStatus(StrEnum):
    """What the vendor says about a component, from good to bad."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


class IncidentStatus(StrEnum):
    """How far the vendor says it has got with an incident."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"


class Impact(StrEnum):
    """How bad the vendor says an incident is."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Flavour(StrEnum):
    """The product that the status page imitates."""

    STATUSPAGE = "statuspage"
    INCIDENT_IO = "incident_io"


class Maintenance(BaseModel):
    """Work that is announced, done while it lasts, and no longer listed once it is over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    announced: Moment
    since: Moment = Field(alias="from")
    until: Moment
    components: tuple[Component, ...] = ()
    body: str = ""

    @model_validator(mode="after")
    def _is_ever_listed(self) -> Self:
        if self.since >= self.until:
            raise ValueError("ends before it begins: `from` must lie before `until`")
        if self.announced >= self.until:
            raise ValueError("is over when announced: `announced` must lie before `until`")
        return self


class Post(BaseModel):
    """One update of an incident, identified by its title; components keep their last status."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Moment
    incident: str
    status: IncidentStatus
    impact: Impact
    components: dict[Component, ComponentStatus] = Field(default_factory=dict)
    body: str
