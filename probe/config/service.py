"""A service: its paths, and what is promised of them."""

from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from probe.config.maintenance import PlannedWork
from probe.config.path import ProbePath
from probe.config.presets import Presets
from probe.config.types import MOST, NOT_EMPTY, Duration, Model, Name, Plain, as_tuple
from probe.config.vendor import NamedComponent, PageAddress

AN_API: Final = {
    "name": "api",
    "plane": "data",
    "steps": [{"request": "GET https://api.example.com/"}],
}
_WORK: Final = {"name": "the move", "starts": "2026-03-08T02:00Z", "lasts": "2h"}


class Objective(Model):
    """The availability promised, in percent over a window."""

    availability: Annotated[float, Field(gt=0, lt=100)]
    """In percent, between 0 and 100: `99.9`."""
    window: Duration = 30 * 86400.0
    """The time over which that is promised."""


class Service(Model):
    """One provider: its paths, and what is promised of them."""

    name: Name
    """Its label everywhere. Beside a `preset` it may be left out: then it is that one's."""
    preset: Presets = ()  # what it gave is in the service already
    """A shipped service to start from, by its name, or several laid over each other."""
    status_page: PageAddress | None = None
    """The vendor's own status page, shown beside the verdict and never an input to it."""
    components: dict[Plain, NamedComponent] = Field(
        default={}, examples=[{"k8w3r06qmzrp": {"name": "web", "paths": ["api"]}}]
    )
    """Ids of components on that page, with the names they get here and the paths they speak for."""
    objective: Objective | None = Field(default=None, examples=[{"availability": 99.9}])
    """The availability promised. Where it is missing, alerts and dashboards assume 99.9 %, and a
    report has no budget.
    """
    maintenance: Annotated[
        tuple[PlannedWork, ...], BeforeValidator(as_tuple), Field(examples=[[_WORK]])
    ] = ()
    """Planned work, during which trouble is told to nobody and burns no budget."""
    quiet_after: Duration = 600.0
    """How long a service must be healthy for its incident to be over. A shorter healthy stretch
    only separates two waves.
    """
    confirm_budget: Annotated[int, Field(ge=0, le=MOST)] | None = None
    """How many extra runs an hour confirmations may take. Unset: a fifth of the planned ones, and
    one whole confirmation at least.
    """
    paths: Annotated[
        tuple[ProbePath, ...],
        BeforeValidator(as_tuple),
        NOT_EMPTY,
        Field(examples=[[AN_API]]),
    ] = ()
    """What is probed; beside a `preset`, keys for its paths by their names, and further paths."""

    def path(self, name: str) -> ProbePath | None:
        """The path of that name."""
        return next((path for path in self.paths if path.name == name), None)

    @model_validator(mode="after")
    def _something_to_probe(self) -> Self:
        if not self.paths and not self.preset:
            raise PydanticCustomError("paths", "needs paths:, or a preset: that has them")
        return self
