"""The shape of Statuspage v2, read with suspicion: every part may be missing or of another type."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from probe.model.claim import ClaimState
from probe.observing.document import Unreadable

PAGE: Final = "page"
MOST_COMPONENTS: Final = 20
LONGEST_WORDS: Final = 200
_LONGEST_NAME: Final = 64

INDICATORS: Final[Mapping[object, ClaimState]] = {
    "none": ClaimState.OPERATIONAL,
    "minor": ClaimState.DEGRADED_PERFORMANCE,
    "major": ClaimState.PARTIAL_OUTAGE,
    "critical": ClaimState.MAJOR_OUTAGE,
    "maintenance": ClaimState.UNDER_MAINTENANCE,
}
_ENDED: Final = frozenset({"resolved", "postmortem", "completed"})
_UNFIT: Final = re.compile(r"[^a-zA-Z0-9_.-]+")

_Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the page says of one component; `bears_at` is the time that it puts on it."""

    state: ClaimState
    bears_at: float | None = None
    words: str = ""


def statements(document: object, components: Mapping[str, str]) -> Mapping[str, Statement]:
    """What a summary says of the page and of `components` (id to name), or of all where empty.

    Raises Unreadable where it is no summary.
    """
    summary = _fields(document)
    indicator = _fields(summary.get("status")).get("indicator")
    if not isinstance(summary.get("components"), list) or not isinstance(indicator, str):
        raise Unreadable("not a summary of Statuspage v2")
    incident = _newest_incident(summary)
    told_at = _instant(incident.get("updated_at"))
    page = Statement(
        state=INDICATORS.get(indicator, ClaimState.UNKNOWN),
        bears_at=told_at or _instant(_fields(summary.get("page")).get("updated_at")),
        words=_words(incident),
    )
    return {PAGE: page} | _of_components(summary, components, _words(incident))


def _of_components(
    summary: _Fields, components: Mapping[str, str], words: str
) -> dict[str, Statement]:
    told = dict.fromkeys(components.values(), Statement(state=ClaimState.UNKNOWN))
    for component in _list(summary.get("components")):
        name = _name(component, components)
        if name is None or (not components and len(told) == MOST_COMPONENTS):
            continue
        state = _state(component.get("status"))
        troubled = state is not ClaimState.OPERATIONAL
        told[name] = Statement(
            state=state,
            bears_at=_instant(component.get("updated_at")),
            words=words if troubled else "",
        )
    return told


def _name(component: _Fields, components: Mapping[str, str]) -> str | None:
    """The name to show a component by; None where nobody asked for it."""
    if components:
        return components.get(str(component.get("id")))
    if component.get("group") is True:
        return None
    name = _UNFIT.sub("_", str(component.get("name", ""))).strip("_.-")[:_LONGEST_NAME]
    fit = name if name[:1].isalpha() else f"c_{name}"
    return f"{fit}_" if fit == PAGE else fit


def _state(status: object) -> ClaimState:
    known = isinstance(status, str) and status in list(ClaimState)
    return ClaimState(str(status)) if known else ClaimState.UNKNOWN


def _newest_incident(summary: _Fields) -> _Fields:
    open_ones = [
        incident
        for incident in _list(summary.get("incidents"))
        if incident.get("status") not in _ENDED
    ]
    return max(open_ones, key=lambda one: _instant(one.get("created_at")) or 0.0, default={})


def _words(incident: _Fields) -> str:
    if not incident:
        return ""
    words = f"{incident.get('name', '')}: {incident.get('status', '')}"
    return "".join(c for c in words if c.isprintable())[:LONGEST_WORDS]


def _instant(text: object) -> float | None:
    """Seconds since the epoch; the page writes them in many zones."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _fields(value: object) -> _Fields:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Iterator[_Fields]:
    return (
        (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
    )
