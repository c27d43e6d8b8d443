"""What is known of a path and of a service, made by hand."""

from dataclasses import replace
from typing import Any

from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

_LOGIN = PathStatus(
    service="acme",
    path="login",
    plane=Plane.CONTROL,
    critical=True,
    state=State.UP,
    since=0.0,
)
_ACME = ServiceStatus(service="acme", verdict=Verdict.HEALTHY, since=0.0, planes={}, paths=())


def a_path(**changes: Any) -> PathStatus:  # noqa: ANN401 - fields of any type
    """The critical login of `acme`, up since 0, with these changes."""
    return replace(_LOGIN, **changes)


def a_status(**changes: Any) -> ServiceStatus:  # noqa: ANN401 - fields of any type
    """A healthy `acme` without paths, since 0, with these changes."""
    return replace(_ACME, **changes)
