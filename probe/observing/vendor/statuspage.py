"""Statuspage v2: a summary of the current state, and past incidents beside it.

The summary lists open incidents only: the end of one is its absence there, and is recorded in
`incidents.json`. Components are identified by their ids, because their names change.
"""

from collections.abc import Mapping
from typing import Final

from probe.model.claim import ClaimState
from probe.observing.answers.document import Unreadable
from probe.observing.vendor.page_content import (
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_INCIDENTS,
    MOST_UPDATES,
    Fields,
    Incident,
    PageContent,
    Statement,
    Update,
    fields,
    instant,
    items,
    key,
    plain,
    stage,
)

SUMMARY: Final = "/api/v2/summary.json"
INCIDENTS: Final = "/api/v2/incidents.json"
COMPONENTS: Final = "/api/v2/components.json"

INDICATORS: Final[Mapping[object, ClaimState]] = {
    "none": ClaimState.OPERATIONAL,
    "minor": ClaimState.DEGRADED_PERFORMANCE,
    "major": ClaimState.PARTIAL_OUTAGE,
    "critical": ClaimState.MAJOR_OUTAGE,
    "maintenance": ClaimState.UNDER_MAINTENANCE,
}
_MOST_LISTED: Final = 1000


def fits(document: object) -> bool:
    """Whether it is a summary."""
    summary = fields(document)
    indicator = fields(summary.get("status")).get("indicator")
    return isinstance(summary.get("components"), list) and isinstance(indicator, str)


def summary(document: object) -> PageContent:
    """What `summary.json` says. Raises Unreadable if it is not a summary."""
    if not fits(document):
        raise Unreadable("not a summary of Statuspage v2")
    told = fields(document)
    listed = components(document)
    indicator = fields(told.get("status")).get("indicator")
    state = INDICATORS.get(indicator, ClaimState.UNKNOWN)
    updated_at = instant(fields(told.get("page")).get("updated_at"))
    return PageContent(
        page=Statement(state=state, bears_at=updated_at),
        components=listed.components,
        names=listed.names,
        incidents=tuple(map(_incident, items(told.get("incidents"), MOST_INCIDENTS))),
        maintenances=tuple(
            map(_maintenance, items(told.get("scheduled_maintenances"), MOST_INCIDENTS))
        ),
    )


def incidents(document: object) -> PageContent:
    """What `incidents.json` says, including ended incidents. Raises Unreadable if it has none."""
    listed = fields(document).get("incidents")
    if not isinstance(listed, list):
        raise Unreadable("not the incidents of Statuspage v2")
    return PageContent(incidents=tuple(map(_incident, items(listed, _MOST_LISTED))))


def components(document: object) -> PageContent:
    """What `components.json` says. Raises Unreadable if it has none."""
    listed = fields(document).get("components")
    if not isinstance(listed, list):
        raise Unreadable("not the components of Statuspage v2")
    single = [one for one in items(listed, _MOST_LISTED) if one.get("group") is not True]
    return PageContent(
        components={key(one.get("id")): _statement(one) for one in single},
        names={key(one.get("id")): plain(one.get("name"), LONGEST_TITLE) for one in single},
    )


def _statement(component: Fields) -> Statement:
    status = component.get("status")
    known = isinstance(status, str) and status in list(ClaimState)
    state = ClaimState(str(status)) if known else ClaimState.UNKNOWN
    return Statement(state=state, bears_at=instant(component.get("updated_at")))


def _incident(incident: Fields) -> Incident:
    newest_first = list(items(incident.get("incident_updates"), MOST_UPDATES))
    named = {key(one.get("id")) for one in items(incident.get("components"), _MOST_LISTED)}
    for update in newest_first:
        affected = items(update.get("affected_components"), _MOST_LISTED)
        named |= {key(one.get("code")) for one in affected}
    return Incident(
        id=key(incident.get("id")),
        title=plain(incident.get("name"), LONGEST_TITLE),
        stage=stage(incident.get("status")),
        began_at=instant(incident.get("started_at")) or instant(incident.get("created_at")),
        named=frozenset(named - {""}),
        updates=tuple(map(_update, reversed(newest_first))) or _as_update(incident),
    )


def _update(update: Fields) -> Update:
    told_at = instant(update.get("display_at")) or instant(update.get("created_at"))
    return Update(
        id=key(update.get("id")) or f"at {told_at}",
        stage=stage(update.get("status")),
        bears_at=told_at,
        words=plain(update.get("body"), LONGEST_WORDS),
    )


def _as_update(incident: Fields) -> tuple[Update]:
    """An incident without updates, as the single update that it then is."""
    stood = stage(incident.get("status"))
    told_at = instant(incident.get("updated_at")) or instant(incident.get("created_at"))
    return (Update(id=stood, stage=stood, bears_at=told_at, words=""),)


def _maintenance(maintenance: Fields) -> Incident:
    planned = _incident(maintenance)
    return Incident(
        id=planned.id,
        title=planned.title,
        stage=planned.stage,
        began_at=instant(maintenance.get("scheduled_for")),
        ends_at=instant(maintenance.get("scheduled_until")),
        named=planned.named,
        updates=planned.updates,
    )
