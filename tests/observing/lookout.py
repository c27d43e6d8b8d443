"""Servers that misbehave byte by byte, and a short way from a piece of configuration to a Run."""

import asyncio
import socket
import ssl
import struct
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from probe.config.loading import read
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import SYSTEM, Clock
from probe.model.run import Check, Run, StepResult
from probe.observing.observer import Observer
from probe.simulator.provider import Provider
from probe.simulator.scenario import read_faults

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_RESET = struct.pack("ii", 1, 0)


def settings(paths: str) -> Settings:
    """Settings with one service, `it`, with these paths."""
    text = "services:\n  - name: it\n    paths:\n" + textwrap.indent(
        textwrap.dedent(paths), " " * 6
    )
    return read(text, Path("test.yaml"))


def service(steps: str, *, keys: str = "") -> Service:
    """A service with one path, `path`, with these steps and keys."""
    head = (
        f"- name: path\n  plane: data\n{textwrap.indent(textwrap.dedent(keys), '  ')}\n  steps:\n"
    )
    return settings(head + textwrap.indent(textwrap.dedent(steps), "    ")).services[0]


async def look(steps: str, *, keys: str = "", clock: Clock = SYSTEM) -> Run:
    """One run of a path with these steps."""
    target = service(steps, keys=keys)
    observer = Observer(Settings(services=(target,)), clock)
    try:
        return await observer.observe(target, target.paths[0])
    finally:
        await observer.close()


def failed(run: Run) -> list[Check]:
    """The checks of the deciding step that did not pass."""
    step = run.deciding_step
    return [check for check in step.evidence.checks if not check.passed] if step else []


def only_step(run: Run) -> StepResult:
    """The only step of a run that has one."""
    (step,) = run.steps
    return step


@dataclass(slots=True)
class Raw:
    """A server that reads a request and sends bytes; `port` is its port, `requests` what came."""

    parts: Sequence[bytes | float]
    ending: str
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            self.asked.set()
            for part in self.parts:
                if isinstance(part, float):
                    await asyncio.sleep(part)
                else:
                    writer.write(part)
                    await writer.drain()
            if self.ending == "hold":
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            if self.ending == "reset":
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            writer.close()


@asynccontextmanager
async def raw(
    *parts: bytes | float, ending: str = "close", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Raw]:
    """Serve these parts; then `close`, `reset` or `hold` the connection."""
    server = Raw(parts, ending)
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)


@asynccontextmanager
async def web_server(
    *routes: web.RouteDef, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve these routes and yield the base URL."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def always(**response: object) -> Handler:
    """A handler that gives the same answer to every request."""

    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(**response)  # type: ignore[arg-type]

    return handle


def anything(handler: Handler) -> web.RouteDef:
    """A route that sends every request to `handler`."""
    return web.route("*", "/{tail:.*}", handler)


@dataclass(frozen=True, slots=True)
class Certificate:
    file: Path
    server: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class StandIn:
    url: str
    provider: Provider

    def fail(self, **fault: object) -> None:
        self.provider.inject(read_faults([fault], self.provider.scenario.starts.date()))

    def recover(self) -> None:
        self.provider.inject([])
