"""What a single outcome is worth as evidence about a path."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from probe.model.outcome import Outcome


class Weight(StrEnum):
    """`strained` means that the path answers but not as it should; `none` is no evidence."""

    GOOD = "good"
    STRAINED = "strained"
    BAD = "bad"
    NONE = "none"


POOR: Final = frozenset({Weight.BAD, Weight.STRAINED})
"""The weights that count against a path."""

WEIGHTS = MappingProxyType(
    {
        Outcome.OK: Weight.GOOD,
        Outcome.SLOW: Weight.STRAINED,
        Outcome.SERVER_ERROR: Weight.BAD,
        Outcome.OVERLOADED: Weight.STRAINED,
        Outcome.THROTTLED: Weight.STRAINED,
        Outcome.QUOTA_EXHAUSTED: Weight.NONE,
        Outcome.UNAUTHORIZED: Weight.BAD,
        Outcome.CHALLENGED: Weight.NONE,
        Outcome.UNEXPECTED_STATUS: Weight.BAD,
        Outcome.BAD_CONTENT: Weight.BAD,
        Outcome.INCOMPLETE: Weight.BAD,
        Outcome.DNS_FAILURE: Weight.BAD,
        Outcome.CONNECT_FAILED: Weight.BAD,
        Outcome.TLS_FAILURE: Weight.BAD,
        Outcome.CONNECTION_RESET: Weight.BAD,
        Outcome.PROTOCOL_ERROR: Weight.BAD,
        Outcome.TIMED_OUT: Weight.BAD,
        Outcome.UNOBSERVED: Weight.NONE,
    }
)


def weigh(outcome: Outcome, *, credential_proven: bool) -> Weight:
    """The weight of `outcome`.

    A refused credential counts against the target only if it worked here within the last day
    (`credential_proven`); one that never worked is our own fault and no evidence.
    """
    if outcome is Outcome.UNAUTHORIZED and not credential_proven:
        return Weight.NONE
    return WEIGHTS[outcome]
