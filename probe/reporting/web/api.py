"""`/api/v1`: what the page shows, for programs.

Times are RFC 3339 in UTC and durations are seconds. A value that does not exist is null; an
unknown name is a 404 whose body lists the known ones.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiohttp import web

from probe.model.claim import Account, Maintenance, Post
from probe.model.clock import Clock
from probe.model.incident import Incident, Transition
from probe.model.maintenance import Window, by_service, enclosing
from probe.model.state import State, Verdict
from probe.reporting import words
from probe.reporting.board import Board
from probe.reporting.picture import PathView, ServiceView
from probe.reporting.times import rfc3339
from probe.reporting.web.assets import ASSETS
from probe.reporting.web.history import CachedHistory
from probe.reporting.web.incident_list import IncidentList
from probe.reporting.web.run_document import run_document

_INERT: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""Harmless even to a reader that takes JSON for HTML."""


class Api:
    """The handlers of `/api/v1`."""

    def __init__(self, board: Board, history: CachedHistory, clock: Clock) -> None:
        self._board = board
        self._list = IncidentList(board, history)
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The routes; static/openapi.json describes them."""
        return [
            web.get("/api/v1/services", self._services),
            web.get("/api/v1/services/{name}", self._service),
            web.get("/api/v1/incidents", self._incidents),
            web.get("/api/v1/incidents/{id}", self._incident),
            web.get("/api/v1/openapi.json", self._description),
        ]

    async def _services(self, _: web.Request) -> web.Response:
        picture = self._board.picture()
        now = self._clock.now()
        head = {"location": picture.location, "time": rfc3339(now)}
        return await _listed(head, "services", (_service(view, now) for view in picture.services))

    async def _service(self, request: web.Request) -> web.Response:
        views = {view.name: view for view in self._board.picture().services}
        view = views.get(request.match_info["name"])
        if view is None:
            return _answer({"error": "no such service", "services": list(views)}, status=404)
        return _answer(_service(view, self._clock.now()))

    async def _incidents(self, _: web.Request) -> web.Response:
        newest = await self._list.newest()
        accounts = await self._list.accounts("of the newest", newest)
        windows = by_service(await self._list.windows("of the newest", newest))
        now = self._clock.now()
        told = (
            _incident(
                incident,
                accounts.get(incident.id),
                enclosing(incident, windows.get(incident.service, ()), now),
            )
            for incident in newest
        )
        return await _listed({}, "incidents", told)

    async def _incident(self, request: web.Request) -> web.Response:
        incident = await self._list.find(request.match_info["id"])
        if incident is None:
            newest = [each.id for each in await self._list.newest()]
            return _answer({"error": "no such incident", "incidents": newest}, status=404)
        accounts = await self._list.accounts(incident.id, [incident])
        windows = await self._list.windows(incident.id, [incident])
        work = enclosing(incident, windows, self._clock.now())
        return _answer(_incident(incident, accounts.get(incident.id), work))

    async def _description(self, _: web.Request) -> web.Response:
        body = ASSETS["openapi.json"].body
        return web.Response(body=body, content_type="application/json", charset="utf-8")


def _answer(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(text=_text(body) + "\n", status=status)


async def _listed(
    head: Mapping[str, str], name: str, documents: Iterable[dict[str, Any]]
) -> web.Response:
    """An answer with a list of that `name`, made in a thread: a reader delays no probe.

    Each of the `documents` is written by itself, or the thread would hold the GIL for all of them.
    """

    def text() -> str:
        members = [f'"{key}":{_text(value)}' for key, value in head.items()]
        return ",".join([*members, f'"{name}":[{",".join(map(_text, documents))}]'])

    told = await asyncio.to_thread(text)
    return web.json_response(text=f"{{{told}}}\n")


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":")).translate(_INERT)


def _service(view: ServiceView, now: float) -> dict[str, Any]:
    status = view.status
    return {
        "name": view.name,
        "verdict": Verdict.UNKNOWN if status is None else status.verdict,
        "words": words.standing(status),
        "since": _time(None if status is None else status.since),
        "planes": {} if status is None else dict(status.planes),
        "findings": sorted([] if status is None else status.findings),
        "paths": [_path(path, now) for path in view.paths],
        "incident": None if view.incident is None else view.incident.id,
        "claims": [
            {
                "component": claim.component,
                "state": claim.state,
                "absent": claim.absent,
                "first_seen": _time(claim.seen_at),
                "dated": _time(claim.bears_at),
                "words": claim.words,
            }
            for claim in view.claims
        ],
        "status_page": None if view.page is None else _path(view.page, now),
        "contradicting": sorted(view.vendor.contradicting),
        "posts": [_post(post) for post in view.vendor.posts],
        "maintenances": [_maintenance(work) for work in view.vendor.maintenances],
        "windows": [_window(window) for window in (*view.held, *view.ahead)],
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "name": window.name,
        "whose": window.whose,
        "paths": window.paths,
        "since": _time(window.since),
        "until": _time(window.until),
    }


def _post(post: Post) -> dict[str, Any]:
    return {
        "incident": post.incident,
        "title": post.title,
        "stage": post.stage,
        "components": post.components,
        "concerns_us": post.ours,
        "first_seen": _time(post.seen_at),
        "dated": _time(post.bears_at),
        "words": post.words,
    }


def _maintenance(work: Maintenance) -> dict[str, Any]:
    return {
        "id": work.id,
        "title": work.title,
        "stage": work.stage,
        "components": work.components,
        "concerns_us": work.ours,
        "first_seen": _time(work.seen_at),
        "starts_at": _time(work.starts_at),
        "ends_at": _time(work.ends_at),
        "words": work.words,
    }


def _path(view: PathView, now: float) -> dict[str, Any]:
    status = view.status
    return {
        "name": view.name,
        "plane": view.plane,
        "critical": view.critical,
        "session": None if status is None else status.session,
        "state": State.UNKNOWN if status is None else status.state,
        "since": _time(None if status is None else status.since),
        "fresh": status is not None and now <= status.fresh_until,
        "maintenance": None
        if status is None or not status.maintenance
        else _window(status.maintenance),
        "last_run": run_document(None if status is None else status.last_run),
        "last_failure": run_document(None if status is None else status.last_failure),
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "acknowledged_at": _time(account.acknowledged_at),
        "acknowledged_first_seen": _time(account.acknowledged_seen_at),
        "acknowledged_by": account.acknowledged_by,
        "lead_seconds": account.lead_s,
        "declared_start": _time(account.declared_at),
        "resolved_at": _time(account.resolved_at),
        "settled_at": _time(account.settled_at),
        "premature_seconds": account.premature_s,
    }


def _incident(incident: Incident, account: Account | None, work: Window | None) -> dict[str, Any]:
    return {
        "id": incident.id,
        "service": incident.service,
        "open": incident.open,
        "worst": incident.worst,
        "signature": incident.signature,
        "last_good_at": _time(incident.last_good_at),
        "opened_at": _time(incident.opened_at),
        "confirmed_at": _time(incident.confirmed_at),
        "last_bad_at": _time(incident.last_bad_at),
        "closed_at": _time(incident.closed_at),
        "settled_at": _time(incident.settled_at),
        "down_seconds": dict(incident.down_s),
        "waves": [
            {"started_at": _time(wave.started_at), "ended_at": _time(wave.ended_at)}
            for wave in incident.waves
        ],
        "transitions": [_transition(transition) for transition in incident.transitions],
        "findings": [
            {"finding": sighting.finding, "first_seen": _time(sighting.at)}
            for sighting in incident.findings
        ],
        "moves": [
            {"at": _time(move.at), "path": move.path, "state": move.state, "reason": move.reason}
            for move in incident.moves
        ],
        "maintenance": None if work is None else _window(work),
        "vendor": None if account is None else _account(account),
    }


def _transition(transition: Transition) -> dict[str, Any]:
    return {
        "at": _time(transition.at),
        "old": transition.old,
        "new": transition.new,
        "reason": transition.reason,
        "causes": transition.causes,
        "first_bad_at": _time(transition.first_bad_at),
    }


def _time(at: float | None) -> str | None:
    return None if at is None else rfc3339(at) or None
