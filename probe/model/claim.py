"""What the vendor's status page says: shown beside our verdict, never an input to it."""

from dataclasses import dataclass
from enum import StrEnum


class ClaimState(StrEnum):
    """A component's state in the vendor's words; `unknown` when the page could not be read."""

    OPERATIONAL = "operational"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"
    UNDER_MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A change of what the page says of one component.

    `seen_at` is when we first read it, `bears_at` the time that the page puts on it.
    `component` is the configured name, or `page` for the page's overall indicator.
    """

    service: str
    component: str
    state: ClaimState
    seen_at: float
    bears_at: float | None = None
    words: str = ""
