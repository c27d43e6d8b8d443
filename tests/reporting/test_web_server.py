"""Every route answers, protects its reader, and stops at once whatever clients do."""

import asyncio
import gzip
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from web_stage import Served, board, path, run, serving, stalled_client, status

from probe.config.settings import Listen
from probe.model.event import Reloaded, Reviewed
from probe.model.state import Verdict
from probe.model.status import PathStatus
from probe.reporting.web.server import CONTENT_SECURITY_POLICY

ROUTES = (
    "/",
    "/metrics",
    "/-/healthy",
    "/-/ready",
    "/probe?target=acme/login",
    "/api/v1/services",
    "/api/v1/services/acme",
    "/api/v1/incidents",
)
STATIC = Path(__file__).parents[2] / "probe" / "reporting" / "web" / "static"


@pytest.mark.parametrize("route", ROUTES)
async def test_a_route_answers_get_and_head_and_is_never_cached(route: str) -> None:
    async with serving() as client, client.get(route) as full, client.head(route) as head:
        assert (full.status, head.status) == (200, 200)
        assert await head.read() == b""
        assert full.headers["Cache-Control"] == "no-store"
        assert full.headers["Content-Type"] == head.headers["Content-Type"]


@pytest.mark.parametrize("route", [*ROUTES, "/nothing", "/probe", "/api/v1/incidents/none"])
async def test_every_answer_carries_the_headers_that_protect_its_reader(route: str) -> None:
    async with serving() as client, client.get(route) as answer:
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Server"] == "splitprobe"


def test_the_policy_lets_a_page_load_from_here_alone() -> None:
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("route", ["/nothing", "/static/server.py", "/static/..%2fserver.py"])
async def test_an_unknown_page_is_not_found(route: str) -> None:
    async with serving() as client, client.get(route) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("route", ["/", "/metrics", "/api/v1/services", "/events"])
async def test_another_method_is_refused_with_the_allowed_ones(route: str) -> None:
    async with serving() as client, client.post(route) as answer:
        assert answer.status == 405
        assert "GET" in answer.headers["Allow"]


async def test_metrics_are_negotiated_and_compressed_for_those_who_take_it() -> None:
    served = Served(metrics=b"probe_success 1\n" * 10_000)
    asked = {"Accept": "application/openmetrics-text", "Accept-Encoding": "br, gzip"}
    async with (
        serving(served) as client,
        aiohttp.ClientSession(client._base_url, auto_decompress=False) as raw,
        raw.get("/metrics", headers=asked) as answer,
    ):
        body = await answer.read()
    assert answer.headers["Content-Type"] == "text/plain; version=1.0.0; charset=utf-8"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == served.metrics
    assert served.asked == ["application/openmetrics-text"]


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "gzip; q=0.0, br", ""])
async def test_nothing_is_compressed_for_those_who_do_not_take_it(accepted: str) -> None:
    headers = {"Accept-Encoding": accepted}
    async with serving() as client, client.get("/metrics", headers=headers) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.read() == b"probe_success 1\n"


@pytest.mark.parametrize(("route", "word"), [("/-/healthy", "alive"), ("/-/ready", "ready")])
async def test_a_reason_not_to_be_well_is_told_with_503(route: str, word: str) -> None:
    unwell: dict[str, Any] = {word: lambda: "The journal is full."}
    served = Served(**unwell)
    async with serving(served) as client, client.get(route) as answer:
        assert answer.status == 503
        assert await answer.text() == "The journal is full.\n"


async def test_a_reload_that_went_well_says_so() -> None:
    async with serving() as client, client.post("/-/reload") as answer:
        assert answer.status == 200
        assert await answer.text() == "The configuration was loaded.\n"


@pytest.mark.parametrize(
    ("waiting", "told"),
    [
        (("listen",), "What changed of listen waits for the next start."),
        (("listen", "journal"), "What changed of listen and journal waits for the next start."),
    ],
)
async def test_a_reload_names_the_keys_that_wait_for_the_next_start(
    waiting: tuple[str, ...], told: str
) -> None:
    async def reload() -> Reloaded:
        return Reloaded(at=1.0, successful=True, waiting=waiting)

    async with serving(Served(reload=reload)) as client, client.post("/-/reload") as answer:
        assert answer.status == 200
        assert await answer.text() == f"The configuration was loaded. {told}\n"


async def test_a_refused_configuration_is_told_as_plain_text() -> None:
    async def reload() -> Reloaded:
        return Reloaded(at=1.0, successful=False, problem="probe.yaml:3: services: <b>")

    async with serving(Served(reload=reload)) as client, client.post("/-/reload") as answer:
        assert answer.status == 500
        assert answer.content_type == "text/plain"
        assert await answer.text() == "probe.yaml:3: services: <b>\n"


async def test_a_disabled_reload_says_how_to_enable_it() -> None:
    async with serving(Served(reload=None)) as client, client.post("/-/reload") as answer:
        assert answer.status == 403
        assert "enable_reload: true" in await answer.text()


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}],
    ids=["with TLS", "without TLS", "of a frame without TLS"],
)
async def test_a_page_of_another_site_cannot_reload(headers: dict[str, str]) -> None:
    async with serving() as client, client.post("/-/reload", headers=headers) as answer:
        assert answer.status == 403


async def test_a_reload_is_a_post() -> None:
    async with serving() as client, client.get("/-/reload") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("name", ["page.css", "page.js"])
async def test_the_page_names_its_files_by_content_and_they_are_cached_for_ever(name: str) -> None:
    async with serving() as client:
        async with client.get("/") as page:
            text = await page.text()
        (url,) = [part for part in text.split('"') if part.startswith(f"./static/{name}?v=")]
        async with client.get(url.removeprefix(".")) as answer:
            assert await answer.read() == (STATIC / name).read_bytes()
            assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
async def test_a_file_that_is_not_asked_for_by_its_content_is_not_cached(query: str) -> None:
    async with serving() as client, client.get(f"/static/page.js{query}") as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_taken_port_is_the_callers_to_handle() -> None:
    first = Served().server()
    url = await first.start()
    try:
        port = int(url.rpartition(":")[2])
        second = Served(listen=Listen(host="127.0.0.1", port=port)).server()
        with pytest.raises(OSError, match="in use"):
            await second.start()
    finally:
        await first.stop()


async def test_the_url_of_a_wildcard_address_can_be_opened() -> None:
    server = Served(listen=Listen(host="0.0.0.0", port=0)).server()
    url = await server.start()
    try:
        assert url.startswith("http://127.0.0.1:")
    finally:
        await server.stop()


async def test_pages_are_told_of_a_change_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probe.reporting.web.live.GAP_S", 0.0)
    served = Served(board=board())
    async with serving(served) as client, client.get("/events") as stream:
        assert stream.content_type == "text/event-stream"
        first = await stream.content.readuntil(b"\n\n")
        assert first == f"retry: 3000\nevent: changed\ndata: {served.board.version}\n\n".encode()
        served.board.handle(Reviewed(status=status(Verdict.OUTAGE)))
        second = await stream.content.readuntil(b"\n\n")
        assert f"data: {served.board.version}\n".encode() in second


async def test_pages_are_told_now_and_then_without_a_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("probe.reporting.web.live.GAP_S", 0.0)
    monkeypatch.setattr("probe.reporting.web.live.PULSE_S", 0.0)
    async with serving() as client, client.get("/events") as stream:
        for _ in range(3):
            assert b"changed" in await stream.content.readuntil(b"\n\n")


async def test_one_page_too_many_is_sent_to_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probe.reporting.web.live.STREAMS", 1)
    async with serving() as client, client.get("/events") as first, client.get("/events") as next_:
        assert (first.status, next_.status) == (200, 503)


async def test_a_page_that_is_closed_as_soon_as_it_asked_is_no_line_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = aiohttp.ClientConnectionResetError("Cannot write to closing transport")
    asked = asyncio.Event()

    async def prepare(*_: object) -> None:
        asked.set()
        raise gone

    monkeypatch.setattr("aiohttp.web.StreamResponse.prepare", prepare)
    async with serving() as client:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.get("/events")
    assert asked.is_set()
    assert caplog.records == []


async def test_a_page_that_takes_nothing_is_dropped_without_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probe.reporting.web.live.STALLED_S", 0.0)
    served = Served()
    monkeypatch.setattr(served.board, "version", "9" * 20_000_000)
    server = served.server()
    url = await server.start()
    taken = 0
    with stalled_client(url, "GET /events HTTP/1.1\r\nHost: here\r\n\r\n") as client:
        client.setblocking(False)
        with suppress(ConnectionError):
            while part := await asyncio.get_running_loop().sock_recv(client, 1_000_000):
                taken += len(part)
    assert 0 < taken < 20_000_000
    await server.stop()
    assert caplog.records == []


@pytest.mark.parametrize(
    "request_",
    [
        "GET /-/healthy HTTP/1.1\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: here\r\n\r\n",
        f"GET /{'a' * 9000} HTTP/1.1\r\nHost: here\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: here\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=["no host", "no path", "a long path", "no length", "no gzip"],
)
async def test_a_request_that_is_not_http_is_answered_and_no_line_in_the_log(
    request_: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = Served().server()
    url = await server.start()
    with stalled_client(url, request_) as client:
        client.setblocking(False)
        assert (await asyncio.get_running_loop().sock_recv(client, 9)).startswith(b"HTTP/1.")
        await server.stop()
    assert caplog.records == []


async def test_a_fault_of_ours_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise ValueError("ours")

    async with serving(Served(alive=broken)) as client, client.get("/-/healthy") as answer:
        assert answer.status == 500
    (line,) = caplog.records
    assert line.exc_info is not None
    assert isinstance(line.exc_info[1], ValueError)


async def test_open_pages_do_not_hold_up_the_stop() -> None:
    server = Served().server()
    url = await server.start()
    async with aiohttp.ClientSession(url) as client:
        streams = [await client.get("/events") for _ in range(5)]
        async with asyncio.timeout(1):
            await server.stop()
        for stream in streams:
            stream.close()


async def test_a_client_that_does_not_read_does_not_hold_up_the_stop() -> None:
    served = Served(metrics=b"x" * 50_000_000)
    server = served.server()
    url = await server.start()
    with stalled_client(url, "GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n"):
        await served.asking.wait()
        async with asyncio.timeout(1):
            await server.stop()


async def test_a_target_is_answered_from_its_last_run() -> None:
    fresh = status(Verdict.HEALTHY, path("login", last_run=run()))
    async with (
        serving(Served(board=board(fresh))) as client,
        client.get("/probe", params={"target": "acme/login", "module": "http_2xx"}) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert await answer.text() == "probe_success login\n"


@pytest.mark.parametrize("last", [None, path("login", last_run=run(), fresh_until=0.0)])
async def test_a_path_without_a_fresh_run_gives_no_sample(last: PathStatus | None) -> None:
    paths = (last,) if last else ()
    served = Served(board=board(status(Verdict.UNKNOWN, *paths)))
    async with serving(served) as client, client.get("/probe?target=acme/login") as answer:
        assert (answer.status, await answer.read()) == (200, b"")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", 400),
        ("?target=", 400),
        ("?target=https://elsewhere.example/", 404),
        ("?target=acme", 404),
    ],
)
async def test_only_configured_targets_are_answered(query: str, code: int) -> None:
    async with serving() as client, client.get(f"/probe{query}") as answer:
        assert answer.status == code
        assert "/probe?target=acme/login\n/probe?target=acme/api\n" in await answer.text()
