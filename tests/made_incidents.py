"""Incidents and changes of verdict made by hand."""

from dataclasses import replace
from typing import Any

from probe.model.incident import Incident, Transition
from probe.model.state import Verdict

_OUTAGE = Incident(
    id="acme-1",
    service="acme",
    opened_at=0.0,
    confirmed_at=10.0,
    worst=Verdict.OUTAGE,
    down_s={},
)
_TURN = Transition(
    service="acme", at=0.0, old=Verdict.HEALTHY, new=Verdict.OUTAGE, reason="", causes=()
)


def an_incident(**changes: Any) -> Incident:  # noqa: ANN401 - fields of any type
    """An open outage of `acme` with these changes."""
    return replace(_OUTAGE, **changes)


def a_transition(**changes: Any) -> Transition:  # noqa: ANN401 - fields of any type
    """A change of `acme` from healthy to an outage, with no cause named, with these changes."""
    return replace(_TURN, **changes)
