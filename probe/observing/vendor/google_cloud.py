"""Google Cloud's `incidents.json`: a list of incidents, open and past, that name products.

There is no list of products, so one that no open incident names is operational.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from probe.model.claim import ClaimState, Stage
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
)

STATES: Final[Mapping[object, ClaimState]] = {
    "AVAILABLE": ClaimState.OPERATIONAL,
    "SERVICE_INFORMATION": ClaimState.OPERATIONAL,
    "SERVICE_DISRUPTION": ClaimState.PARTIAL_OUTAGE,
    "SERVICE_OUTAGE": ClaimState.MAJOR_OUTAGE,
}
_MOST_LISTED: Final = 5000
_MOST_PRODUCTS: Final = 500
_PARTS: Final = ("begin", "external_desc", "affected_products")


def fits(document: object) -> bool:
    """Whether it is a list of such incidents; an empty list could be anything."""
    first = fields(document[0]) if isinstance(document, list) and document else {}
    return all(part in first for part in _PARTS)


def incidents(document: object) -> PageContent:
    """What the list says. Raises Unreadable if it is not one."""
    if not isinstance(document, list) or (document and not fits(document)):
        raise Unreadable("not the incidents of Google Cloud")
    listed = list(items(document, _MOST_LISTED))
    going_on = [one for one in listed if one.get("end") is None][:MOST_INCIDENTS]
    newest = sorted(listed, key=lambda one: instant(one.get("begin")) or 0.0)[-MOST_INCIDENTS:]
    told = [*going_on, *(one for one in newest if one not in going_on)]
    return PageContent(
        page=_worst(going_on),
        components={
            product: _worst(one for one in going_on if product in _products(one))
            for product in frozenset[str]().union(*map(_products, going_on))
        },
        incidents=tuple(map(_incident, told)),
    )


def _worst(going_on: Iterable[Fields]) -> Statement:
    well = Statement(state=ClaimState.OPERATIONAL)
    return max(map(_statement, going_on), key=lambda one: one.state.severity, default=well)


def _statement(incident: Fields) -> Statement:
    newest = fields(incident.get("most_recent_update"))
    status = newest.get("status") or incident.get("status_impact")
    return Statement(
        state=STATES.get(status if isinstance(status, str) else None, ClaimState.UNKNOWN),
        bears_at=instant(newest.get("when")) or instant(incident.get("modified")),
    )


def _products(incident: Fields) -> frozenset[str]:
    named = items(incident.get("affected_products"), _MOST_PRODUCTS)
    return frozenset(key(one.get("id")) for one in named) - {""}


def _incident(incident: Fields) -> Incident:
    ended_at = instant(incident.get("end"))
    updates = [_update(one) for one in items(incident.get("updates"), MOST_UPDATES)]
    told = sorted(updates, key=lambda update: update.bears_at or 0.0)
    if ended_at is not None:
        told.append(Update(id="end", stage=Stage.RESOLVED, bears_at=ended_at, words=""))
    return Incident(
        id=key(incident.get("id")),
        title=plain(incident.get("external_desc"), LONGEST_TITLE),
        stage=told[-1].stage if told else Stage.UNKNOWN,
        began_at=instant(incident.get("begin")),
        named=_products(incident),
        updates=tuple(told),
    )


def _update(update: Fields) -> Update:
    """One update. The page has no words for stages besides `AVAILABLE`."""
    return Update(
        id=key(update.get("created")),
        stage=Stage.RESOLVED if update.get("status") == "AVAILABLE" else Stage.UNKNOWN,
        bears_at=instant(update.get("when")) or instant(update.get("created")),
        words=plain(update.get("text"), LONGEST_WORDS),
    )
