"""Which plane of a service is broken: one literal table."""

from collections.abc import Mapping
from types import MappingProxyType

from probe.model.state import Plane, State, Verdict

_UP, _IMPAIRED, _DOWN, _UNKNOWN = State.UP, State.IMPAIRED, State.DOWN, State.UNKNOWN

# Keyed by the control plane first, then the data plane.
TABLE: Mapping[tuple[State, State], Verdict] = MappingProxyType(
    {
        (_UP, _UP): Verdict.HEALTHY,
        (_UP, _IMPAIRED): Verdict.DEGRADED,
        (_UP, _DOWN): Verdict.DATA_PLANE_DOWN,
        (_UP, _UNKNOWN): Verdict.UNKNOWN,
        (_IMPAIRED, _UP): Verdict.DEGRADED,
        (_IMPAIRED, _IMPAIRED): Verdict.DEGRADED,
        (_IMPAIRED, _DOWN): Verdict.DATA_PLANE_DOWN,
        (_IMPAIRED, _UNKNOWN): Verdict.UNKNOWN,
        (_DOWN, _UP): Verdict.CONTROL_PLANE_DOWN,
        (_DOWN, _IMPAIRED): Verdict.CONTROL_PLANE_DOWN,
        (_DOWN, _DOWN): Verdict.OUTAGE,
        (_DOWN, _UNKNOWN): Verdict.UNKNOWN,
        (_UNKNOWN, _UP): Verdict.UNKNOWN,
        (_UNKNOWN, _IMPAIRED): Verdict.UNKNOWN,
        (_UNKNOWN, _DOWN): Verdict.UNKNOWN,
        (_UNKNOWN, _UNKNOWN): Verdict.UNKNOWN,
    }
)


def judge_service(planes: Mapping[Plane, State]) -> Verdict:
    """The verdict over the planes that the service has; an absent plane agrees with the other."""
    control = planes.get(Plane.CONTROL, planes.get(Plane.DATA, State.UNKNOWN))
    data = planes.get(Plane.DATA, control)
    return TABLE[control, data]
