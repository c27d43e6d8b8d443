"""The made-up world of the web tests: a clock that stands still, one service, one server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from probe.config.settings import Listen, Settings
from probe.config.web import TlsServer
from probe.model.claim import Owner
from probe.model.clock import Clock
from probe.model.event import Reloaded, Reviewed
from probe.model.maintenance import Window
from probe.model.outcome import Outcome, Phase
from probe.model.run import Check, Evidence, Run, StepResult
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus, ServiceStatus
from probe.reporting.board import Board
from probe.reporting.web.gate import Gate
from probe.reporting.web.history import Open
from probe.reporting.web.server import WebServer

NOW = 1772453490.0  # 2026-03-02 12:11:30 UTC
CLOCK = Clock(now=lambda: NOW, monotonic=lambda: 0.0)
PLANES = {"login": Plane.CONTROL, "usage": Plane.CONTROL, "api": Plane.DATA}
LOOPBACK = Listen(host="127.0.0.1", port=0)
UP = {Plane.CONTROL: State.UP, Plane.DATA: State.UP}
LOGIN_DOWN = {Plane.CONTROL: State.DOWN, Plane.DATA: State.UP}


def settings(*services: str, paths: tuple[str, ...] = ("login", "api")) -> Settings:
    steps = [{"request": "GET https://acme.example/"}]
    configured = [{"name": path, "plane": PLANES[path], "steps": steps} for path in paths]
    return Settings.model_validate(
        {
            "location": "fra1",
            "services": [{"name": name, "paths": configured} for name in services or ("acme",)],
        }
    )


def run(
    path: str = "login", *, service: str = "acme", ago: float = 30.0, outcome: Outcome = Outcome.OK
) -> Run:
    return Run(
        id=f"{path}-{ago:g}",
        service=service,
        path=path,
        plane=PLANES[path],
        started_at=NOW - ago,
        duration_s=0.34,
        outcome=outcome,
        steps=(StepResult(name="open", outcome=outcome, duration_s=0.34),),
    )


def failed(text: str = "no session cookie", *, path: str = "login") -> Run:
    """A failed run with `text` in every place that can hold foreign text."""
    evidence = Evidence(
        status=500,
        url=text,
        http_version=text,
        headers=((text, text),),
        excerpt=text,
        checks=(
            Check(name=text, passed=False, expected=text, actual=text),
            Check(name="status", passed=True, expected="500", actual="500"),
        ),
        error=text,
    )
    step = StepResult(name=text, outcome=Outcome.SERVER_ERROR, duration_s=0.3, evidence=evidence)
    return Run(
        id=text,
        service="acme",
        path=path,
        plane=PLANES[path],
        started_at=NOW - 8,
        duration_s=0.3,
        outcome=Outcome.SERVER_ERROR,
        failed_step=text,
        failed_phase=Phase.PROCESSING,
        steps=(step,),
        note=text,
    )


WEEKLY = Window(
    service="acme",
    name="weekly",
    whose=Owner.OURS,
    since=NOW - 60.0,
    until=NOW + 1800.0,
    paths=("login",),
)


def path(
    name: str = "login",
    state: State = State.UP,
    *,
    service: str = "acme",
    last_run: Run | None = None,
    last_failure: Run | None = None,
    fresh_until: float = NOW + 60,
) -> PathStatus:
    return PathStatus(
        service=service,
        path=name,
        plane=PLANES[name],
        critical=True,
        state=state,
        since=NOW - 720,
        last_run=last_run,
        last_failure=last_failure,
        fresh_until=fresh_until,
    )


def status(
    verdict: Verdict = Verdict.HEALTHY,
    *paths: PathStatus,
    service: str = "acme",
    planes: dict[Plane, State] = UP,
) -> ServiceStatus:
    return ServiceStatus(
        service=service, verdict=verdict, since=NOW - 720, planes=planes, paths=paths
    )


def board(*statuses: ServiceStatus, configured: Settings | None = None) -> Board:
    made = Board(configured or settings(), CLOCK)
    for each in statuses:
        made.handle(Reviewed(status=each))
    return made


async def _reload() -> Reloaded:
    return Reloaded(at=CLOCK.now(), successful=True)


@dataclass(kw_only=True)
class Served:
    """What the server gets besides its board; a test replaces what it is about."""

    board: Board = field(default_factory=board)
    metrics: bytes = b"probe_success 1\n"
    asked: list[str] = field(default_factory=list)
    asking: asyncio.Event = field(default_factory=asyncio.Event)
    alive: Callable[[], str | None] = lambda: None
    ready: Callable[[], str | None] = lambda: None
    reload: Callable[[], Awaitable[Reloaded]] | None = _reload
    listen: Listen = LOOPBACK
    users: dict[str, str] = field(default_factory=dict)
    tls: TlsServer | None = None
    past: Open | None = None
    clock: Clock = CLOCK

    def server(self) -> WebServer:
        return WebServer(
            self.board,
            self.clock,
            listen=self.listen,
            exposition=self._exposition,
            blackbox=lambda status: f"probe_success {status.path}\n".encode(),
            alive=self.alive,
            ready=self.ready,
            reload=self.reload,
            gate=Gate(self.users),
            tls=self.tls,
            past=self.past,
        )

    async def _exposition(self, accept: str) -> tuple[bytes, str]:
        self.asked.append(accept)
        self.asking.set()
        return self.metrics, "text/plain; version=1.0.0; charset=utf-8"


@asynccontextmanager
async def serving(served: Served | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """A client whose paths are those of the server."""
    server = (served or Served()).server()
    url = await server.start()
    try:
        async with aiohttp.ClientSession(url) as client:
            yield client
    finally:
        await server.stop()


def stalled_client(url: str, request: str) -> socket.socket:
    """A connection that sends a request and never reads."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    client = socket.create_connection((host, int(port)))
    client.sendall(request.encode())
    return client
