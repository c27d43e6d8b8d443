"""A scenario: what goes wrong when, what the vendor says about it, what a monitor must show."""

from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from probe.simulator.faults.kinds import AnyFault, FaultList
from probe.simulator.reading import ScenarioError, problems, read_yaml
from probe.simulator.routes import GROUPS, Route
from probe.simulator.times import Moment, Seconds, Timestamp, read_timestamp
from probe.simulator.vendor import Flavour, Maintenance, Post


class Verdict(StrEnum):
    """Which plane a monitor must call broken."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    CONTROL_PLANE_DOWN = "control_plane_down"
    DATA_PLANE_DOWN = "data_plane_down"
    OUTAGE = "outage"
    UNKNOWN = "unknown"


class PathState(StrEnum):
    """What a monitor may say of a single path."""

    UP = "up"
    IMPAIRED = "impaired"
    DOWN = "down"
    UNKNOWN = "unknown"


class Expectation(BaseModel):
    """What a monitor must show throughout a period, by the names of its own paths."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: Moment = Field(alias="from")
    until: Moment
    verdict: Verdict
    findings: tuple[str, ...] = ()
    paths: dict[str, tuple[PathState, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if self.since >= self.until:
            raise ValueError("ends before it begins: `from` must lie before `until`")
        return self


class Scenario(BaseModel):
    """The contents of one file of `config/scenarios`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    source: str
    starts: Timestamp
    ends: Moment
    seed: int
    latency: dict[str, Seconds] = Field(default_factory=dict)
    faults: tuple[AnyFault, ...] = ()
    status_page: Flavour = Flavour.STATUSPAGE
    vendor: tuple[Post, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    expect: tuple[Expectation, ...] = ()

    @field_validator("latency")
    @classmethod
    def _names_routes(cls, latency: dict[str, float]) -> dict[str, float]:
        known = ["default", *GROUPS, *Route]
        for name in latency:
            if name not in known or name == "all":
                raise ValueError(f"no route is called {name!r}; for all of them write `default`")
        return latency

    @model_validator(mode="after")
    def _lies_in_its_time(self) -> Self:
        if self.starts >= self.ends:
            raise ValueError("ends before it starts: `starts` must lie before `ends`")
        for name, moment in self._moments():
            if not self.starts <= moment <= self.ends:
                raise ValueError(
                    f"{name}: {moment:%Y-%m-%d %H:%M:%S} lies outside the scenario; "
                    "for another day than that of `starts` write the full timestamp"
                )
        return self

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        for earlier, later in pairwise(self.vendor):
            if later.at < earlier.at:
                raise ValueError(
                    f"vendor: the post of {later.at:%H:%M:%S} must come earlier in the list"
                )
        for before, after in pairwise(self.expect):
            if after.since < before.until:
                raise ValueError(
                    f"expect: the period from {after.since:%H:%M:%S} overlaps the one before"
                )
        return self

    def _moments(self) -> list[tuple[str, datetime]]:
        found = [(f"vendor[{place}].at", post.at) for place, post in enumerate(self.vendor)]
        for key, periods in (("faults", self.faults), ("expect", self.expect)):
            for place, period in enumerate(periods):
                found.append((f"{key}[{place}].from", period.since or self.starts))
                found.append((f"{key}[{place}].until", period.until or self.ends))
        return found


def load_scenario(path: Path) -> Scenario:
    """The scenario of a YAML file; raises ScenarioError with all its problems."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        problem = "it is not UTF-8 text; save it as YAML in UTF-8"
        raise ScenarioError(f"{path}: cannot be read: {problem}") from error
    return read_scenario(text, str(path))


def read_scenario(text: str, source: str = "scenario") -> Scenario:
    """The scenario that YAML `text` describes; raises ScenarioError with all its problems."""
    value, node = read_yaml(text, source)
    if not isinstance(value, dict):
        raise ScenarioError(f"{source}: must hold keys and values, beginning with `title:`")
    try:
        return Scenario.model_validate(value, context=_day_of(value.get("starts")))
    except ValidationError as error:
        raise ScenarioError(problems(error, source, node)) from error


def read_faults(value: object, day: date) -> tuple[AnyFault, ...]:
    """The faults of a list in a scenario's shape; raises ScenarioError with its problems."""
    try:
        return FaultList.model_validate({"faults": value}, context=day).faults
    except ValidationError as error:
        raise ScenarioError(problems(error, "faults")) from error


def _day_of(starts: object) -> date:
    """The day that bare times refer to; a bad `starts` is reported at its own place."""
    try:
        return read_timestamp(starts).date()
    except ValueError:
        return date.min
