"""Streams of a server that others wrote, whole and broken; nginx as a captive portal."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
import uvicorn
from processes import CHECKOUT, daemon, free_port, nginx_config, program, tool, until
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from probe.config.loading import read
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome, Phase
from probe.model.run import Run, StepResult, StreamSeen
from probe.observing.observer import Observer

pytestmark = pytest.mark.scenario
PAUSE_S = 0.2
Events = AsyncIterator[dict[str, str]]


def anthropic(kind: str, **fields: object) -> dict[str, str]:
    return {"event": kind, "data": json.dumps({"type": kind, **fields})}


def text(words: str) -> dict[str, str]:
    return anthropic("content_block_delta", delta={"type": "text_delta", "text": words})


async def whole() -> Events:
    yield anthropic("message_start")
    yield anthropic("ping")
    await asyncio.sleep(PAUSE_S)
    yield text("Hel")
    yield text("lo\r\n\0 日本 🙂")
    yield anthropic("message_stop")


async def cut() -> Events:
    yield anthropic("message_start")
    yield text("Hel")


async def overloaded() -> Events:
    yield anthropic("message_start")
    yield anthropic("error", error={"type": "overloaded_error", "message": "Overloaded"})


async def unpaid() -> Events:
    yield {"data": json.dumps({"error": {"code": "insufficient_quota", "message": "pay"}})}


async def broken() -> Events:
    yield anthropic("message_start")
    raise RuntimeError("the model fell over")


async def silent() -> Events:
    yield anthropic("message_start")
    await asyncio.sleep(60)


async def huge() -> Events:
    yield {"data": "x" * 10_000_000}


async def chat() -> Events:
    yield {"data": json.dumps({"choices": [{"delta": {"role": "assistant"}}]})}
    await asyncio.sleep(PAUSE_S)
    yield {"data": json.dumps({"choices": [{"delta": {"content": "Hi"}}]})}
    yield {"data": "[DONE]"}


async def responses() -> Events:
    yield {"event": "response.created", "data": json.dumps({"response": {"error": None}})}
    yield {"event": "response.output_text.delta", "data": json.dumps({"delta": "Hi"})}
    yield {"event": "response.completed", "data": json.dumps({"response": {"error": None}})}


async def failed_response() -> Events:
    error = {"error": {"code": "server_error", "message": "no"}}
    yield {"event": "response.failed", "data": json.dumps({"response": error})}


STREAMS = {
    each.__name__: each
    for each in (
        whole,
        cut,
        overloaded,
        unpaid,
        broken,
        silent,
        huge,
        chat,
        responses,
        failed_response,
    )
}


def route(stream: Callable[[], Events]) -> Route:
    async def answer(request: Request) -> Response:
        separator = {"cr": "\r", "crlf": "\r\n"}.get(request.query_params.get("sep", ""), "\n")
        return EventSourceResponse(stream(), sep=separator, ping=1)

    return Route(f"/{stream.__name__}", answer)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = Starlette(routes=[route(stream) for stream in STREAMS.values()])
    port = free_port()
    config = uvicorn.Config(app, port=port, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, 10, "uvicorn answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def look(url: str, stream: str, expect: str = "{}") -> Run:
    settings = read(CONFIG.format(url=url, stream=stream, expect=expect), Path("streams.yaml"))
    observer = Observer(settings, SYSTEM)
    try:
        service = settings.services[0]
        return await observer.observe(service, service.paths[0])
    finally:
        await observer.close()


CONFIG = """
services:
  - name: it
    paths:
      - name: stream
        plane: data
        timeout: 2s
        max_body: 2MiB
        steps: [{{name: ask, request: "GET {url}", stream: {stream}, expect: {expect}}}]
"""


def seen(run: Run) -> StreamSeen:
    (step,) = run.steps
    assert step.stream is not None
    return step.stream


@pytest.mark.parametrize("separator", ["lf", "cr", "crlf"])
async def test_a_whole_stream_tells_each_of_its_firsts(url: str, separator: str) -> None:
    run = await look(f"{url}/whole?sep={separator}", "anthropic", "{first_token: {below: 1s}}")
    stream = seen(run)
    assert (run.outcome, stream.events) == (Outcome.OK, 4)
    assert stream.first_byte_s is not None
    assert stream.first_event_s is not None
    assert stream.first_token_s is not None
    assert stream.longest_gap_s is not None
    assert stream.first_byte_s <= stream.first_event_s < stream.first_token_s - PAUSE_S / 2
    assert stream.longest_gap_s >= PAUSE_S / 2


@pytest.mark.parametrize(
    ("path", "format_", "outcome", "phase"),
    [
        ("chat", "openai", Outcome.OK, None),
        ("responses", "openai", Outcome.OK, None),
        ("failed_response", "openai", Outcome.SERVER_ERROR, Phase.TRANSFER),
        ("cut", "anthropic", Outcome.INCOMPLETE, Phase.TRANSFER),
        ("chat", "anthropic", Outcome.INCOMPLETE, Phase.TRANSFER),
        ("broken", "anthropic", Outcome.INCOMPLETE, Phase.TRANSFER),
        ("overloaded", "anthropic", Outcome.OVERLOADED, Phase.TRANSFER),
        ("unpaid", "openai", Outcome.QUOTA_EXHAUSTED, Phase.TRANSFER),
        ("silent", "anthropic", Outcome.TIMED_OUT, Phase.TRANSFER),
        ("huge", "sse", Outcome.BAD_CONTENT, None),
        ("nothing_here", "sse", Outcome.UNEXPECTED_STATUS, None),
    ],
)
async def test_each_way_in_which_a_stream_ends_has_its_outcome(
    url: str, path: str, format_: str, outcome: Outcome, phase: Phase | None
) -> None:
    run = await look(f"{url}/{path}", format_)
    step = run.deciding_step
    assert isinstance(step, StepResult)
    assert (run.outcome, run.failed_phase) == (outcome, phase), step.evidence


async def test_a_stream_that_falls_silent_is_silent_until_the_deadline(url: str) -> None:
    assert (seen(await look(f"{url}/silent", "anthropic")).longest_gap_s or 0) > 1.5


async def test_a_silence_that_is_too_long_is_a_failed_expectation(url: str) -> None:
    run = await look(f"{url}/whole", "anthropic", "{gap: {below: 50ms}}")
    (check,) = (check for check in run.steps[0].evidence.checks if not check.passed)
    assert (run.outcome, check.name) == (Outcome.BAD_CONTENT, "gap")


def test_once_tells_the_firsts_of_a_stream(url: str, tmp_path: Path) -> None:
    config = tmp_path / "streams.yaml"
    config.write_text(CONFIG.format(url=f"{url}/whole", stream="anthropic", expect="{}"))
    command = (sys.executable, "-m", "probe", "once", str(config))
    told = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"4 events, first byte .* ms, first event .* ms, first token", told), told


BEHIND_A_PORTAL = """
location: test
listen: LISTEN
connectivity:
  canaries: ["tcp://127.0.0.1:{port}", "http://127.0.0.1:{port}/generate_204",
             {{url: "http://127.0.0.1:{port}/success.txt", contains: success}}]
defaults: {{interval: 2s, timeout: 2s, confirm_after: [200ms]}}
services:
  - name: site
    paths:
      - name: login
        plane: control
        steps: [{{request: "GET http://127.0.0.1:{port}/login"}}]
      - name: api
        plane: data
        steps: [{{request: "GET http://127.0.0.1:{port}/api"}}]
"""
OPEN = "location = /generate_204 { return 204; } location / { return 200 success; }"
PORTAL = "location / { return 302 http://127.0.0.1/sign-in; }"


@contextmanager
def nginx(folder: Path, port: int, locations: str) -> Iterator[None]:
    server = f"server {{ listen 127.0.0.1:{port}; {locations} }}"
    config = nginx_config(folder, server)
    command = (tool("nginx", "nginx-light"), "-c", config, "-e", "stderr")
    with program(*command, log=folder / "nginx.log"):
        yield


def test_behind_a_captive_portal_the_daemon_says_that_it_is_blind_and_blames_nobody(
    tmp_path: Path,
) -> None:
    port, config = free_port(), tmp_path / "probe.yaml"
    config.write_text(BEHIND_A_PORTAL.format(port=port))
    with daemon(config, log=tmp_path / "daemon.log") as running:
        with nginx(tmp_path, port, OPEN):
            until(lambda: urlopen(f"http://127.0.0.1:{port}/login").read(), 10, "nginx answers")
            running.await_verdict("site", "healthy", 20)
        with nginx(tmp_path, port, PORTAL):
            until(lambda: running.service("site")["findings"] == ["blind"], 20, "it is blind")
            until(lambda: "captive portal" in running.get("/"), 10, "the page says why")
            running.await_verdict("site", "unknown", 20)
            assert 'connectivity{location="test"} 0.0' in running.get("/metrics")
        with nginx(tmp_path, port, OPEN):
            running.await_verdict("site", "healthy", 20)
    assert "local connectivity lost" in running.program.text()
    assert "control_plane_down" not in running.program.text()
