"""The closed sets of judging: plane, state, verdict, finding, and why a run did not happen."""

from enum import StrEnum
from typing import Final


class Plane(StrEnum):
    """Which half of a service a path belongs to; `vendor` is the status page, outside of both."""

    CONTROL = "control"
    DATA = "data"
    VENDOR = "vendor"


WATCHED: Final = (Plane.CONTROL, Plane.DATA)
"""The planes that a service has and a verdict covers."""


class State(StrEnum):
    """The state of a path or a plane, confirmed over time."""

    UP = "up"
    IMPAIRED = "impaired"
    DOWN = "down"
    UNKNOWN = "unknown"


TROUBLED: Final = frozenset({State.DOWN, State.IMPAIRED})
"""The states that claim a fault; `unknown` claims nothing."""


class Verdict(StrEnum):
    """Which plane of a service is broken."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    CONTROL_PLANE_DOWN = "control_plane_down"
    DATA_PLANE_DOWN = "data_plane_down"
    OUTAGE = "outage"
    UNKNOWN = "unknown"

    @property
    def troubled(self) -> bool:
        """Whether it claims a fault of the service; `unknown` claims nothing."""
        return self not in {Verdict.HEALTHY, Verdict.UNKNOWN}


class Finding(StrEnum):
    """A finer signature beside the verdict."""

    NEW_SESSIONS_ONLY = "new_sessions_only"
    SESSION_LOST = "session_lost"
    USAGE_ONLY = "usage_only"
    AUTH_CASCADE = "auth_cascade"
    PARTIAL_DATA_PLANE = "partial_data_plane"
    THROTTLED = "throttled"
    OVERLOADED = "overloaded"
    SLOW = "slow"
    CHALLENGED = "challenged"
    CREDENTIAL_REFUSED = "credential_refused"
    QUOTA_EXHAUSTED = "quota_exhausted"
    BLIND = "blind"


class SkipReason(StrEnum):
    """Why a planned run did not happen. A skipped run is never evidence of a fault."""

    OVERLAP = "overlap"
    MISFIRE = "misfire"
    RETRY_AFTER = "retry_after"
    CREDENTIAL_BACKOFF = "credential_backoff"
    HOST_BUDGET = "host_budget"
    CONFIRM_BUDGET = "confirm_budget"
