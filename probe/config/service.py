"""A service: its paths, and their promised availability."""

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
    """The promised availability, in percent over a window."""

    availability: Annotated[float, Field(gt=0, lt=100)]
    """In percent, between 0 and 100: `99.9`."""
    window: Duration = 30 * 86400.0
    """The period for which the availability is promised."""


class Service(Model):
    """One provider: its paths, and their promised availability."""

    name: Name
    """The service's label everywhere. With a `preset` it may be omitted; the preset's name is used
    then.
    """
    preset: Presets = ()  # loading has merged it into the service already
    """The name of a shipped service to start from, or several to merge."""
    status_page: PageAddress | None = None
    """The vendor's own status page, shown next to the verdict. It never influences the verdict."""
    components: dict[Plain, NamedComponent] = Field(
        default={}, examples=[{"k8w3r06qmzrp": {"name": "web", "paths": ["api"]}}]
    )
    """Ids of components on that page, with their names here and the paths that they cover."""
    objective: Objective | None = Field(default=None, examples=[{"availability": 99.9}])
    """The promised availability. Without it, alerts and dashboards assume 99.9 %, and a report has
    no budget.
    """
    maintenance: Annotated[
        tuple[PlannedWork, ...], BeforeValidator(as_tuple), Field(examples=[[_WORK]])
    ] = ()
    """Planned work, during which problems cause no notifications and burn no budget."""
    quiet_after: Duration = 600.0
    """How long a service must be healthy for its incident to be over. A shorter healthy stretch
    only separates two waves.
    """
    confirm_budget: Annotated[int, Field(ge=0, le=MOST)] | None = None
    """How many extra runs an hour confirmations may use. Unset: a fifth of the planned runs, but at
    least one whole confirmation.
    """
    paths: Annotated[
        tuple[ProbePath, ...],
        BeforeValidator(as_tuple),
        NOT_EMPTY,
        Field(examples=[[AN_API]]),
    ] = ()
    """The paths to probe. With a `preset`, overrides for its paths, by name, and additional paths.
    """

    def path(self, name: str) -> ProbePath | None:
        """The path of that name; None if there is none."""
        return next((path for path in self.paths if path.name == name), None)

    @model_validator(mode="after")
    def _something_to_probe(self) -> Self:
        if not self.paths and not self.preset:
            raise PydanticCustomError("paths", "needs paths:, or a preset: that has them")
        return self
