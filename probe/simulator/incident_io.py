"""The same status page as incident.io would serve it: a variant of Statuspage v2.

Ids are ULIDs, one component is missing from the summary, and incidents name no components.
"""

import hashlib
from typing import Any, Final

from probe.simulator.vendor import Component

ELSEWHERE: Final = frozenset({Component.CODE})
"""The components that are listed only in `components.json`."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Document = dict[str, Any]


def ulid(text: str) -> str:
    """The ULID used for an id of Statuspage."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def summary(document: Document) -> Document:
    """The summary, which lacks a component here."""
    listed = [one for one in document["components"] if one["id"] not in ELSEWHERE]
    return {**document, **incidents(document), **components({**document, "components": listed})}


def components(document: Document) -> Document:
    """All components."""
    return {
        "page": _renamed(document["page"]),
        "components": [_renamed(one) for one in document["components"]],
    }


def incidents(document: Document) -> Document:
    """Incidents, and maintenances if there are any, without the components they affect."""
    lists = [key for key in ("incidents", "scheduled_maintenances") if key in document]
    told: Document = {key: [_incident(one) for one in document[key]] for key in lists}
    return {"page": _renamed(document["page"]), **told}


def _incident(incident: Document) -> Document:
    updates = [
        {**_renamed(update), "affected_components": None} for update in incident["incident_updates"]
    ]
    bare = {key: value for key, value in incident.items() if key != "components"}
    return {**_renamed(bare), "incident_updates": updates}


def _renamed(value: Document) -> Document:
    return {**value, "id": ulid(value["id"])}
