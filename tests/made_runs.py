"""Runs made by hand."""

from dataclasses import replace
from typing import Any

from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane

_GOOD = Run(
    id="r1",
    service="acme",
    path="login",
    plane=Plane.CONTROL,
    started_at=0.0,
    duration_s=0.5,
    outcome=Outcome.OK,
)


def a_run(**changes: Any) -> Run:  # noqa: ANN401 - fields of any type
    """A good run of the login of `acme` with these changes."""
    return replace(_GOOD, **changes)
