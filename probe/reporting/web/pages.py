"""The pages besides the first one: the incidents, one incident, one path, a feed, a badge."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from probe.model.clock import Clock
from probe.model.incident import Incident
from probe.model.maintenance import by_service
from probe.reporting.board import Board
from probe.reporting.picture import PathView, Picture, ServiceView
from probe.reporting.web import incident_page, path_page
from probe.reporting.web.drawing.bands import bands
from probe.reporting.web.history import CachedHistory
from probe.reporting.web.html.badge import badge
from probe.reporting.web.html.environment import template
from probe.reporting.web.html.feed import feed
from probe.reporting.web.html.layout import frame
from probe.reporting.web.html.view import headline
from probe.reporting.web.incident_list import IncidentList


class Pages:
    """Their handlers. What the board holds is fresh; the past is a minute old at most."""

    def __init__(self, board: Board, history: CachedHistory, clock: Clock) -> None:
        self._board = board
        self._history = history
        self._list = IncidentList(board, history)
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        return [
            web.get("/incidents", self._incidents),
            web.get("/incidents/{id}", self._incident),
            web.get("/services/{service}/{path}", self._path),
            web.get("/incidents.atom", self._feed),
            web.get("/badge/{service}.svg", self._badge),
        ]

    async def _incidents(self, request: web.Request) -> web.Response:
        incidents = await self._list.newest()
        windows = await self._list.windows("of the newest", incidents)
        context = {"incidents": incidents, "windows": by_service(windows)}
        return await self._rendered(request, "incident_list.html", context)

    async def _incident(self, request: web.Request) -> web.Response:
        incident = await self._list.find(request.match_info["id"])
        if incident is None:
            return await self._absent(request, "incident", "incidents")
        now = self._clock.now()
        past = await self._history.ask(
            "incident",
            incident.id,
            question=lambda past: incident_page.recalled(past, incident, now),
        )
        told = past or incident_page.IncidentHistory()
        axis = told.axis or incident_page.axis_of(incident, told.account, now)
        picture = self._board.picture()
        paths = _paths(picture, incident.service)
        moments, left_out = incident_page.moments(incident, told, axis)
        context = {
            "incident": incident,
            "turned": _turned(picture, incident),
            "past": told,
            "forgotten": past is None,
            "axis": axis,
            "lanes": incident_page.lanes(incident, told, axis, paths, now),
            "lengths": list(incident_page.lengths(incident, told.account, now)),
            "moments": moments,
            "moments_left_out": left_out,
        }
        return await self._rendered(request, "incident.html", context)

    async def _path(self, request: web.Request) -> web.Response:
        names = request.match_info["service"], request.match_info["path"]
        found = _find(self._board.picture(), *names)
        if found is None:
            return await self._absent(request, "path", "")
        view, path = found
        now = self._clock.now()
        past = await self._history.ask(
            "path", *names, question=lambda past: path_page.recalled(past, *names, now)
        )
        told = past or path_page.from_board(path)
        context = {
            "view": view,
            "path": path,
            "past": told,
            "forgotten": past is None,
            "bands": [] if past is None else bands(past.spells, past.windows, path.name, now),
            "periods": path_page.periods(told),
            "phases": path_page.phases(told.runs),
        }
        return await self._rendered(request, "path_page.html", context)

    async def _feed(self, _: web.Request) -> web.Response:
        picture = self._board.picture()
        incidents = await self._list.newest()
        windows = await self._list.windows("of the newest", incidents)
        root = "" if picture.page_url is None else f"{picture.page_url}/"
        told = (incidents, picture.location, picture.started_at, windows, root)
        text = await asyncio.to_thread(feed, *told)
        return web.Response(text=text, content_type="application/atom+xml", charset="utf-8")

    async def _badge(self, request: web.Request) -> web.Response:
        """Unlike everything else, other sites' pages may embed it."""
        views = {view.name: view for view in self._board.picture().services}
        view = views.get(request.match_info["service"])
        if view is None:
            raise web.HTTPNotFound(text="There is no such service.\n")
        headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
        text = await asyncio.to_thread(badge, view)
        return web.Response(text=text, content_type="image/svg+xml", headers=headers)

    async def _absent(self, request: web.Request, what: str, back: str) -> web.Response:
        context = {"what": what, "back": back}
        return await self._rendered(request, "absent.html", context, status=404)

    async def _rendered(
        self, request: web.Request, name: str, context: Mapping[str, object], status: int = 200
    ) -> web.Response:
        """The page, rendered in a thread: a reader delays no probe."""
        root = "../" * (request.rel_url.raw_path.count("/") - 1) or "./"
        framed = frame(self._board.picture(), self._clock.now(), root)
        text = await asyncio.to_thread(_render, name, {**framed, **context})
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def _render(name: str, names: Mapping[str, object]) -> str:
    return template(name).render(names)


def _find(picture: Picture, service: str, path: str) -> tuple[ServiceView, PathView] | None:
    found = (
        (view, each)
        for view in picture.services
        for each in view.paths
        if (view.name, each.name) == (service, path)
    )
    return next(found, None)


def _paths(picture: Picture, service: str) -> list[str]:
    return [path.name for view in picture.services if view.name == service for path in view.paths]


def _turned(picture: Picture, incident: Incident) -> str:
    """The present state of an open incident's service; empty if that is its worst."""
    for view in picture.services:
        if incident.open and view.name == incident.service and view.status is not None:
            return "" if view.status.verdict is incident.worst else headline(view)
    return ""
