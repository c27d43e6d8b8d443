"""Serves the routes on a socket, with every header that protects a reader."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from probe.config.settings import Listen
from probe.config.web import TlsServer
from probe.model.clock import Clock
from probe.model.event import Reloaded
from probe.reporting.board import Board
from probe.reporting.web.api import Api
from probe.reporting.web.assets import static
from probe.reporting.web.blackbox import Blackbox, Families
from probe.reporting.web.gate import Gate
from probe.reporting.web.history import CachedHistory, Open
from probe.reporting.web.html.front import Front
from probe.reporting.web.live import Live
from probe.reporting.web.pages import Pages
from probe.reporting.web.tls import RenewingContext

GRACE_S: Final = 0.2
"""How long requests in flight get at a stop, twice: once to end, once to be cancelled."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "splitprobe",
    "X-Content-Type-Options": "nosniff",
}

_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


class _OursAlone(logging.Filter):
    """Drops the records of requests that are not valid HTTP: the client was told with a 400."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is worth a line."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


_log: Final = logging.getLogger("aiohttp.server.probe")
"""aiohttp's log, without the tracebacks with which any stranger could fill the disk."""
_log.addFilter(_OursAlone())

Exposition = Callable[[str], Awaitable[tuple[bytes, str]]]
"""From an Accept header to the metrics and their content type."""

Check = Callable[[], str | None]
"""None if all is fine, or a sentence that says why not."""

Reload = Callable[[], Awaitable[Reloaded]]
"""Loads the configuration again, and says how that went."""


class WebServer:
    """Everything that is served over HTTP, from one board."""

    def __init__(  # noqa: PLR0913 - one argument for each thing it cannot know
        self,
        board: Board,
        clock: Clock,
        *,
        listen: Listen,
        exposition: Exposition,
        blackbox: Families,
        alive: Check,
        ready: Check,
        reload: Reload | None,
        gate: Gate,
        tls: TlsServer | None,
        past: Open | None = None,
    ) -> None:
        self._board = board
        self._clock = clock
        self._listen = listen
        self._exposition = exposition
        self._alive = alive
        self._ready = ready
        self._reload = reload
        self._gate = gate
        self._tls = tls
        self._history = CachedHistory(past, clock)
        self._front = Front(board, clock, self._history)
        self._pages = Pages(board, self._history, clock)
        self._api = Api(board, self._history, clock)
        self._live = Live(board)
        self._runner = web.AppRunner(
            self._application(Blackbox(board, clock, blackbox)),
            access_log=None,
            logger=_log,
            handler_cancellation=True,
            shutdown_timeout=GRACE_S,
        )

    async def start(self) -> str:
        """Listen, and return the URL at which a reader on this machine finds the page.

        Raises:
            OSError: the address is taken or not ours, or the certificate is unusable; nothing is
                left open.
        """
        tls = None if self._tls is None else RenewingContext(self._tls)
        await self._runner.setup()
        try:
            where = (self._listen.host, self._listen.port)
            await web.TCPSite(self._runner, *where, ssl_context=tls).start()
        except OSError:
            await self._runner.cleanup()
            raise
        host = _WILDCARDS.get(self._listen.host, self._listen.host)
        address = Listen(host=host, port=self._runner.addresses[0][1])
        return f"{'https' if tls else 'http'}://{address}"

    async def stop(self) -> None:
        """Close everything, within a second whatever clients do."""
        self._live.close()
        self._gate.close()
        self._history.close()
        await self._runner.cleanup()

    def _application(self, blackbox: Blackbox) -> web.Application:
        app = web.Application(middlewares=[self._gate.guard])
        app.on_response_prepare.append(_protect)
        app.add_routes(
            [
                web.get("/", self._status_page),
                web.get("/events", self._live.stream, allow_head=False),
                web.get("/static/{name}", static),
                web.get("/metrics", self._metrics),
                web.get("/probe", blackbox.probe),
                web.get("/-/healthy", self._healthy),
                web.get("/-/ready", self._readiness),
                web.post("/-/reload", self._reloading),
                *self._pages.routes(),
                *self._api.routes(),
            ]
        )
        return app

    async def _status_page(self, request: web.Request) -> web.Response:
        body = await self._front.body()
        response = web.Response(body=body, content_type="text/html", charset="utf-8")
        return _compressed(request, response)

    async def _metrics(self, request: web.Request) -> web.Response:
        body, content_type = await self._exposition(request.headers.get("Accept", ""))
        response = web.Response(body=body, headers={"Content-Type": content_type})
        return _compressed(request, response)

    async def _healthy(self, _: web.Request) -> web.Response:
        return _state(self._alive(), "splitprobe is healthy.")

    async def _readiness(self, _: web.Request) -> web.Response:
        return _state(self._ready(), "splitprobe is ready.")

    async def _reloading(self, request: web.Request) -> web.Response:
        if self._reload is None:
            text = "Reload over HTTP is off. Set enable_reload: true, or send SIGHUP.\n"
            return web.Response(status=403, text=text)
        if _from_another_site(request.headers):
            return web.Response(status=403, text="Another site's page may not reload this.\n")
        reloaded = await self._reload()
        if not reloaded.successful:
            return web.Response(status=500, text=reloaded.problem.rstrip("\n") + "\n")
        return web.Response(text=_loaded(reloaded.waiting))


def _from_another_site(headers: Mapping[str, str]) -> bool:
    """Whether the request comes from a page that is not ours.

    Browsers send no Sec-Fetch-Site to an address without TLS, but an Origin with every POST. curl
    sends neither, and no page of ours posts.
    """
    site = headers.get("Sec-Fetch-Site")
    return "Origin" in headers if site is None else site not in {"none", "same-origin"}


async def _protect(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        if name == "Server":
            response.headers[name] = value  # aiohttp has put its version there
        else:
            response.headers.setdefault(name, value)


def _state(problem: str | None, fine: str) -> web.Response:
    return web.Response(status=503 if problem else 200, text=f"{problem or fine}\n")


def _loaded(waiting: Sequence[str]) -> str:
    changed = f" What changed of {' and '.join(waiting)} waits for the next start."
    return f"The configuration was loaded.{changed if waiting else ''}\n"


def _compressed(request: web.Request, response: web.Response) -> web.Response:
    """Gzip the body if the client accepts it, outside the loop if it is large."""
    response.headers["Vary"] = "Accept, Accept-Encoding"
    if "gzip" in _codings(request.headers.get("Accept-Encoding", "")):
        response.enable_compression(web.ContentCoding.gzip)
    return response


def _codings(header: str) -> set[str]:
    """The content codings that an Accept-Encoding header allows by name."""
    entries = [entry.replace(" ", "").lower().partition(";") for entry in header.split(",")]
    return {coding for coding, _, weight in entries if not _zero(weight)}


def _zero(weight: str) -> bool:
    name, _, value = weight.partition("=")
    return name == "q" and value.strip("0.") == ""
