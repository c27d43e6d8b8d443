"""Every kind of fault, as a client meets it."""

import asyncio
import json
import time
import zlib
from typing import Any, get_args
from urllib.parse import urlsplit

import aiohttp
import pytest
from visitor import KEY, PATIENCE, Visitor

from probe.simulator.faults.kinds import AnyFault

SOON = aiohttp.ClientTimeout(total=0.1)


async def raw(visitor: Visitor, path: str) -> bytes:
    """Return all bytes that come back, without an HTTP client's opinion on them."""
    reader, writer = await asyncio.open_connection(*urlsplit(visitor.url).netloc.split(":"))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: standin\r\n\r\n".encode())
    try:
        return await reader.read()
    finally:
        writer.close()


def event_names(stream: str) -> list[str]:
    return [line[7:] for line in stream.splitlines() if line.startswith("event: ")]


async def test_status_answers_in_the_shape_of_each_route(visitor: Visitor) -> None:
    await visitor.inject({"on": "all", "kind": "status", "status": 503})
    status, page = await visitor.get("/login")
    assert (status, "<h1>Service Unavailable</h1>" in page) == (503, True)
    status, text = await visitor.post("/oauth/token")
    assert (status, json.loads(text)["error"]) == (503, "temporarily_unavailable")
    status, text = await visitor.message()
    assert (status, json.loads(text)["error"]["type"]) == (503, "api_error")
    status, text = await visitor.get("/api/usage")
    assert (status, json.loads(text)) == (503, {"error": {"message": "Service Unavailable"}})
    assert (await visitor.get("/api/v2/summary.json"))[0] == 503


async def test_status_can_bring_its_own_body_and_headers(visitor: Visitor) -> None:
    words = {"body": "upstream connect error", "headers": {"X-Edge": "1"}}
    await visitor.inject({"on": "home", "kind": "status", "status": 599} | words)
    async with visitor.http.get("/home") as answer:
        assert (answer.status, answer.headers["X-Edge"]) == (599, "1")
        assert await answer.text() == "upstream connect error"


async def test_status_can_say_that_its_body_is_of_another_type(visitor: Visitor) -> None:
    other = {"headers": {"Content-Type": "text/plain", "X-Edge": "1"}}
    await visitor.inject({"on": "all", "kind": "status", "status": 503} | other)
    for path in ("/home", "/v1/models"):
        async with visitor.http.get(path) as answer:
            assert (answer.status, answer.headers["X-Edge"]) == (503, "1")
            assert answer.content_type == "text/plain"


async def test_a_status_unknown_to_the_standard_has_words_too(visitor: Visitor) -> None:
    await visitor.inject({"on": "home", "kind": "status", "status": 520})
    assert "Error 520" in (await visitor.get("/home"))[1]


async def test_delay_holds_the_headers_back(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "delay", "delay": "150ms"})
    before = time.monotonic()
    assert (await visitor.get("/console"))[0] == 200
    assert time.monotonic() - before >= 0.15


async def test_stall_sends_half_and_the_rest_after_a_pause(visitor: Visitor) -> None:
    _, whole = await visitor.get("/console")
    await visitor.inject({"on": "console", "kind": "stall", "delay": "150ms"})
    async with visitor.http.get("/console") as answer:
        first = await answer.content.readany()
        before = time.monotonic()
        rest = await answer.content.read()
    assert time.monotonic() - before >= 0.1
    assert (first + rest).decode() == whole
    assert len(first) == len(whole) // 2


async def test_stall_without_a_delay_never_sends_the_rest(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "stall"})
    async with visitor.http.get("/console", timeout=SOON) as answer:
        assert answer.status == 200
        with pytest.raises(TimeoutError):
            await answer.read()


async def test_hang_never_answers(visitor: Visitor) -> None:
    await visitor.inject({"on": "login_page", "kind": "hang"})
    with pytest.raises(TimeoutError):
        await visitor.get("/login", timeout=SOON)


async def test_a_hang_ends_for_the_stand_in_when_the_client_leaves(visitor: Visitor) -> None:
    await visitor.inject({"on": "login_page", "kind": "hang"})
    with pytest.raises(TimeoutError):
        await visitor.get("/login", timeout=SOON)
    await asyncio.sleep(0.05)
    names = [repr(task.get_coro()) for task in asyncio.all_tasks()]
    assert not any("_handle_request" in name for name in names)


async def test_reset_sends_a_rst_instead_of_an_answer(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "reset"})
    with pytest.raises(ConnectionResetError):
        await raw(visitor, "/console")
    with pytest.raises(aiohttp.ClientOSError):
        await visitor.get("/console")


async def test_reset_body_sends_a_rst_after_half_of_the_body(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "reset_body"})
    async with visitor.http.get("/console") as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError, match="Connection reset by peer"):
            await answer.read()
    with pytest.raises(ConnectionResetError):
        await raw(visitor, "/console")


async def test_close_sends_a_fin_instead_of_an_answer(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "close"})
    assert await raw(visitor, "/console") == b""
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await visitor.get("/console")


async def test_truncate_closes_before_the_announced_length(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "truncate"})
    head, _, body = (await raw(visitor, "/console")).partition(b"\r\n\r\n")
    announced = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert len(body) == announced // 2
    with pytest.raises(aiohttp.ClientPayloadError):
        await visitor.get("/console")


async def test_truncate_cuts_a_stream_within_its_transfer_coding(visitor: Visitor) -> None:
    await visitor.inject({"on": "stream", "kind": "truncate"})
    with pytest.raises(aiohttp.ClientPayloadError):
        await visitor.message(stream=True)


async def test_cut_packed_sends_what_it_announces_and_ends_in_the_middle_of_it(
    visitor: Visitor,
) -> None:
    _, page = await visitor.get("/console")
    await visitor.inject({"on": "console", "kind": "cut_packed"})
    async with visitor.http.get("/console", auto_decompress=False, timeout=PATIENCE) as answer:
        body = await answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.content_length == len(body)
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert page.encode().startswith(unpacking.decompress(body))
    assert not unpacking.eof


async def test_empty_shell_answers_200_with_nothing_in_it(visitor: Visitor) -> None:
    await visitor.sign_in()
    await visitor.inject({"on": "all", "kind": "empty_shell"})
    status, page = await visitor.get("/home")
    assert (status, '<div id="root"></div>' in page, "Welcome" in page) == (200, True, False)
    assert await visitor.json("/api/usage") == {"usage": {}}
    assert await visitor.json("/v1/models") == {}
    assert await visitor.message(stream=True) == (200, "")


async def test_error_page_apologises_with_200(visitor: Visitor) -> None:
    await visitor.inject({"on": ["home", "usage"], "kind": "error_page"})
    for path in ("/home", "/api/usage"):
        status, page = await visitor.get(path)
        assert (status, "This isn't working right now" in page) == (200, True)


@pytest.mark.parametrize(
    ("given", "header"),
    [({}, "30"), ({"retry_after": "2m"}, "120"), ({"retry_after": 0}, "0")],
)
async def test_throttle_names_the_seconds_to_wait(
    visitor: Visitor, given: dict[str, Any], header: str
) -> None:
    await visitor.inject({"on": "usage", "kind": "throttle"} | given)
    async with visitor.http.get("/api/usage") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, header)


async def test_throttle_without_retry_after_names_none(visitor: Visitor) -> None:
    await visitor.inject({"on": "models", "kind": "throttle", "retry_after": None})
    async with visitor.http.get("/v1/models") as answer:
        assert (answer.status, "Retry-After" in answer.headers) == (429, False)
        assert (await answer.json())["error"]["type"] == "rate_limit_error"


async def test_overload_is_529(visitor: Visitor) -> None:
    await visitor.inject({"on": "data", "kind": "overload"})
    status, text = await visitor.message()
    assert (status, json.loads(text)["error"]) == (
        529,
        {"type": "overloaded_error", "message": "Overloaded"},
    )


async def test_overloaded_event_arrives_within_a_good_stream(visitor: Visitor) -> None:
    await visitor.inject({"on": "stream", "kind": "overloaded_event"})
    status, text = await visitor.message(stream=True)
    names = event_names(text)
    assert (status, names[0], names[-1]) == (200, "message_start", "error")
    assert '"overloaded_error"' in text
    assert "message_stop" not in names


async def test_cut_stream_ends_in_order_but_without_message_stop(visitor: Visitor) -> None:
    await visitor.inject({"on": "stream", "kind": "cut_stream"})
    status, text = await visitor.message(stream=True)
    assert (status, event_names(text)[-1]) == (200, "content_block_delta")


@pytest.mark.parametrize("kind", ["cut_stream", "overloaded_event"])
async def test_a_stream_that_is_refused_stays_refused(visitor: Visitor, kind: str) -> None:
    await visitor.inject({"on": "stream", "kind": kind})
    assert (await visitor.message(stream=True, model="gone"))[0] == 404


async def test_challenge_is_marked_in_header_and_page(visitor: Visitor) -> None:
    await visitor.inject({"on": "login_page", "kind": "challenge"})
    async with visitor.http.get("/login") as answer:
        assert (answer.status, answer.headers["cf-mitigated"]) == (403, "challenge")
        assert "<title>Just a moment...</title>" in await answer.text()


async def test_expire_sessions_refuses_kept_sessions_and_new_ones_alike(
    visitor: Visitor,
) -> None:
    await visitor.sign_in()
    await visitor.inject({"on": "control", "kind": "expire_sessions"})
    assert (await visitor.get("/api/account"))[0] == 401
    assert (await visitor.sign_in())[0] == 303
    assert (await visitor.get("/home"))[0] == 302


async def test_expire_sessions_ends_them_once_even_when_nobody_looks(visitor: Visitor) -> None:
    await visitor.sign_in()
    visitor.hands.seconds += 1
    await visitor.inject({"on": "usage", "kind": "expire_sessions"})
    await visitor.http.delete("/_simulator/faults")
    assert (await visitor.get("/api/account"))[0] == 401
    await visitor.sign_in()
    assert (await visitor.get("/api/account"))[0] == 200


async def test_expire_sessions_leaves_other_routes_to_new_sessions(visitor: Visitor) -> None:
    await visitor.inject({"on": "usage", "kind": "expire_sessions"})
    await visitor.sign_in()
    assert (await visitor.get("/home"))[0] == 200
    assert (await visitor.get("/api/usage"))[0] == 401


async def test_lose_history_empties_it_and_leaves_the_rest(visitor: Visitor) -> None:
    await visitor.sign_in()
    await visitor.inject({"on": "control", "kind": "lose_history"})
    account = await visitor.json("/api/account")
    assert account == {"email": "probe@example.com", "history": []}


async def test_lose_history_lets_no_stranger_in(visitor: Visitor) -> None:
    await visitor.inject({"on": "account", "kind": "lose_history"})
    assert (await visitor.get("/api/account"))[0] == 401


async def test_lose_history_leaves_an_answer_that_is_no_account_alone(visitor: Visitor) -> None:
    await visitor.inject(
        {"on": "account", "kind": "lose_history"}, {"on": "account", "kind": "error_page"}
    )
    assert "This isn't working right now" in (await visitor.get("/api/account"))[1]


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "authentication_error"), (403, "permission_error"), (409, "conflict_error")],
)
async def test_refuse_credentials_refuses_the_good_ones(
    visitor: Visitor, status: int, error: str
) -> None:
    await visitor.inject({"on": "all", "kind": "refuse_credentials", "status": status})
    assert (await visitor.sign_in())[0] == status
    got, text = await visitor.get("/v1/models", headers=KEY)
    assert (got, json.loads(text)["error"]["type"]) == (status, error)
    assert (await visitor.get("/console"))[0] == 200


async def test_ramp_grows_from_its_start_to_its_end(visitor: Visitor) -> None:
    times = {"from": "11:00", "until": "12:00", "start_delay": "0s", "end_delay": "200ms"}
    await visitor.inject({"on": "console", "kind": "ramp"} | times)
    for minutes, at_least in ((0, 0.0), (30, 0.1), (59, 0.19)):
        visitor.hands.seconds = type(visitor.hands)().seconds + minutes * 60
        before = time.monotonic()
        await visitor.get("/console")
        assert at_least <= time.monotonic() - before < at_least + 0.1


async def test_garbage_is_no_http(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "garbage"})
    assert b"this is not HTTP" in await raw(visitor, "/console")
    with pytest.raises(aiohttp.ClientResponseError):
        await visitor.get("/console")


async def test_drip_sends_one_byte_at_a_time(visitor: Visitor) -> None:
    await visitor.inject({"on": "console", "kind": "drip", "pause": "20ms"})
    async with visitor.http.get("/console", timeout=SOON) as answer:
        assert await answer.content.readany() == b"<"
        assert await answer.content.readany() == b"!"
        with pytest.raises(TimeoutError):
            await answer.read()


async def test_no_kind_goes_without_a_test_here() -> None:
    union = get_args(AnyFault)[0]
    kinds = {get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(union)}
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    named = {kind for kind in kinds if any(name.startswith(kind) for name in tested)}
    assert named == kinds
