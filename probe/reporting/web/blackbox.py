"""`/probe`: the last scheduled result of a path, where blackbox_exporter would run a probe.

Only configured names are answered, so this is no relay and causes no traffic. A stale result gives
no sample, which Prometheus then reports by itself.
"""

from collections.abc import Callable

from aiohttp import web

from probe.model.clock import Clock
from probe.model.status import PathStatus
from probe.reporting.board import Board

Families = Callable[[PathStatus], bytes]
"""Renders blackbox_exporter's families of a path in the Prometheus text format 0.0.4."""


class Blackbox:
    """The handler of `/probe`."""

    def __init__(self, board: Board, clock: Clock, families: Families) -> None:
        self._board = board
        self._clock = clock
        self._families = families

    async def probe(self, request: web.Request) -> web.Response:
        """Answer `?target=service/path`; other parameters, such as `module`, change nothing."""
        target = request.query.get("target", "")
        if not target:
            raise web.HTTPBadRequest(text=f"Name a target; {self._known()}")
        service, _, path = target.partition("/")
        try:
            status = self._board.path(service, path)
        except KeyError:
            raise web.HTTPNotFound(text=f"There is no such target; {self._known()}") from None
        return web.Response(
            body=self._families(status) if status is not None and self._fresh(status) else b"",
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    def _fresh(self, status: PathStatus) -> bool:
        return status.last_run is not None and self._clock.now() <= status.fresh_until

    def _known(self) -> str:
        return "".join(
            ["there are\n", *(f"/probe?target={name}\n" for name in self._board.targets())]
        )
