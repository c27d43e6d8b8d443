"""The vendor's status page in Statuspage v2 shapes, as its posts so far have made it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from aiohttp import web

from probe.simulator.answers import document
from probe.simulator.exchange import Exchange, Handler
from probe.simulator.routes import Route
from probe.simulator.vendor import NAMES, Component, ComponentStatus, IncidentStatus, Post

PAGE_ID: Final = "standin00000"
OPENED: Final = "2025-01-01T00:00:00Z"
ENDED: Final = frozenset({IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM})
SEVERITY: Final = list(ComponentStatus)
VERDICTS: Final = {
    ComponentStatus.OPERATIONAL: ("none", "All Systems Operational"),
    ComponentStatus.UNDER_MAINTENANCE: ("maintenance", "Service Under Maintenance"),
    ComponentStatus.DEGRADED_PERFORMANCE: ("minor", "Partially Degraded Service"),
    ComponentStatus.PARTIAL_OUTAGE: ("major", "Partial System Outage"),
    ComponentStatus.MAJOR_OUTAGE: ("critical", "Major Service Outage"),
}

Document = dict[str, object]


def handlers(posts: Sequence[Post]) -> dict[Route, Handler]:
    """Return the status page's handlers over the vendor's posts, in order of time."""

    async def status_summary(exchange: Exchange) -> web.Response:
        """Tell how things stand: components, and incidents that are open."""
        return document(summary([post for post in posts if post.at <= exchange.now]))

    async def status_incidents(exchange: Exchange) -> web.Response:
        """Tell all incidents, the ended ones too."""
        return document(incidents([post for post in posts if post.at <= exchange.now]))

    return {
        Route.STATUS_SUMMARY: status_summary,
        Route.STATUS_INCIDENTS: status_incidents,
    }


def summary(posts: Sequence[Post]) -> Document:
    """Return `summary.json` after these posts."""
    standing = _standing(posts)
    indicator, description = VERDICTS[max(standing.values(), key=SEVERITY.index)]
    told = _by_incident(posts)
    return {
        "page": _page(posts),
        "components": [_component(key, status, posts) for key, status in standing.items()],
        "incidents": [_incident(of) for of in told if of[-1].status not in ENDED],
        "scheduled_maintenances": [],
        "status": {"indicator": indicator, "description": description},
    }


def incidents(posts: Sequence[Post]) -> Document:
    """Return `incidents.json` after these posts, the newest incident first."""
    return {"page": _page(posts), "incidents": [_incident(of) for of in _by_incident(posts)]}


def _standing(posts: Sequence[Post]) -> dict[Component, ComponentStatus]:
    standing = dict.fromkeys(Component, ComponentStatus.OPERATIONAL)
    for post in posts:
        standing |= post.components
    return standing


def _by_incident(posts: Sequence[Post]) -> list[list[Post]]:
    told: dict[str, list[Post]] = {}
    for post in posts:
        told.setdefault(post.incident, []).append(post)
    return [*reversed(told.values())]


def _page(posts: Sequence[Post]) -> Document:
    updated = _stamp(posts[-1].at) if posts else OPENED
    return {"id": PAGE_ID, "name": "Standin", "time_zone": "Etc/UTC", "updated_at": updated}


def _component(key: Component, status: ComponentStatus, posts: Sequence[Post]) -> Document:
    told = [post.at for post in posts if key in post.components]
    return {
        "id": key.value,
        "name": NAMES[key],
        "status": status.value,
        "position": list(Component).index(key) + 1,
        "created_at": OPENED,
        "updated_at": _stamp(told[-1]) if told else OPENED,
        "group": False,
        "group_id": None,
        "page_id": PAGE_ID,
    }


def _incident(posts: Sequence[Post]) -> Document:
    first, last = posts[0], posts[-1]
    key = _key(first.incident)
    return {
        "id": key,
        "name": first.incident,
        "status": last.status.value,
        "impact": last.impact.value,
        "created_at": _stamp(first.at),
        "started_at": _stamp(first.at),
        "updated_at": _stamp(last.at),
        "monitoring_at": _first(posts, IncidentStatus.MONITORING),
        "resolved_at": _first(posts, IncidentStatus.RESOLVED),
        "page_id": PAGE_ID,
        "incident_updates": [
            _update(key, post, before=posts[:place])
            for place, post in reversed([*enumerate(posts)])
        ],
    }


def _update(incident: str, post: Post, *, before: Sequence[Post]) -> Document:
    stood = _standing(before)
    affected = [
        {"code": key, "name": NAMES[key], "old_status": stood[key], "new_status": status}
        for key, status in post.components.items()
    ]
    return {
        "id": _key(f"{post.incident} {post.at}"),
        "incident_id": incident,
        "status": post.status.value,
        "body": post.body,
        "created_at": _stamp(post.at),
        "display_at": _stamp(post.at),
        "affected_components": affected or None,
    }


def _first(posts: Sequence[Post], status: IncidentStatus) -> str | None:
    return next((_stamp(post.at) for post in posts if post.status is status), None)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
