"""The vendor's status page in Statuspage v2 format, as its posts so far have made it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from probe.simulator import incident_io
from probe.simulator.answers import document
from probe.simulator.exchange import Exchange, Handler
from probe.simulator.routes import Route
from probe.simulator.scenario import Scenario
from probe.simulator.vendor import (
    NAMES,
    Component,
    ComponentStatus,
    Flavour,
    IncidentStatus,
    Maintenance,
    Post,
)

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

Document = dict[str, Any]


def handlers(scenario: Scenario) -> dict[Route, Handler]:
    """The status page's handlers, over what the vendor of a scenario says in its time."""
    accents: dict[Route, Callable[[Document], Document]] = {
        Route.STATUS_SUMMARY: incident_io.summary,
        Route.STATUS_INCIDENTS: incident_io.incidents,
        Route.STATUS_COMPONENTS: incident_io.components,
    }

    async def status(exchange: Exchange) -> web.Response:
        """Serve a document as it is now, or 304 if the client has just that already."""
        posts = [post for post in scenario.vendor if post.at <= exchange.now]
        told = {
            Route.STATUS_SUMMARY: summary(posts, scenario.maintenances, exchange.now),
            Route.STATUS_INCIDENTS: incidents(posts),
            Route.STATUS_COMPONENTS: components(posts),
        }[exchange.route]
        if scenario.status_page is Flavour.INCIDENT_IO:
            told = accents[exchange.route](told)
        return _conditional(exchange.request, told)

    return dict.fromkeys(accents, status)


def summary(posts: Sequence[Post], works: Sequence[Maintenance], now: datetime) -> Document:
    """`summary.json` after these posts."""
    standing = _standing(posts)
    listed = [work for work in works if work.announced <= now < work.until]
    for work in listed:
        if work.since <= now:
            standing |= dict.fromkeys(work.components, ComponentStatus.UNDER_MAINTENANCE)
    indicator, description = VERDICTS[max(standing.values(), key=SEVERITY.index)]
    told = _by_incident(posts)
    return {
        "page": _page(posts),
        "components": [_component(key, status, posts) for key, status in standing.items()],
        "incidents": [_incident(of) for of in told if of[-1].status not in ENDED],
        "scheduled_maintenances": [_maintenance(work, now) for work in listed],
        "status": {"indicator": indicator, "description": description},
    }


def incidents(posts: Sequence[Post]) -> Document:
    """`incidents.json` after these posts, the newest incident first."""
    return {"page": _page(posts), "incidents": [_incident(of) for of in _by_incident(posts)]}


def components(posts: Sequence[Post]) -> Document:
    """`components.json` after these posts."""
    standing = _standing(posts)
    listed = [_component(key, status, posts) for key, status in standing.items()]
    return {"page": _page(posts), "components": listed}


def _conditional(request: web.Request, told: Document) -> web.Response:
    """The document with its ETag, or 304 for a client that sends that ETag."""
    etag = f'"{_key(json.dumps(told))}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={"ETag": etag})
    return document(told, headers={"ETag": etag})


def _maintenance(work: Maintenance, now: datetime) -> Document:
    stage = "in_progress" if work.since <= now else "scheduled"
    told_at = work.since if work.since <= now else work.announced
    standing = dict.fromkeys(work.components, ComponentStatus.OPERATIONAL)
    return {
        "id": _key(work.title),
        "name": work.title,
        "status": stage,
        "impact": "maintenance",
        "created_at": _stamp(work.announced),
        "scheduled_for": _stamp(work.since),
        "scheduled_until": _stamp(work.until),
        "page_id": PAGE_ID,
        "components": [_component(key, status, []) for key, status in standing.items()],
        "incident_updates": [
            {
                "id": _key(f"{work.title} {stage}"),
                "status": stage,
                "body": work.body,
                "created_at": _stamp(told_at),
                "display_at": _stamp(told_at),
                "affected_components": None,
            }
        ],
    }


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
        "components": [
            _component(one, status, posts)
            for one, status in _standing(posts).items()
            if any(one in post.components for post in posts)
        ],
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
