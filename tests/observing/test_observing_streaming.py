"""Server-sent events at any split, and streams that end badly."""

import json

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from lookout import always, anything, failed, look, only_step, raw, web_server

from probe.config.steps import Stream
from probe.model.outcome import Outcome, Phase
from probe.observing.streaming import LONGEST_EVENT, Event, EventParser, EventTooLong, StreamWatch

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)
EVENTS = st.lists(
    st.builds(Event, name=LINE.filter(lambda name: name.strip(" ") == name and name), data=LINE),
    max_size=5,
)


def written(events: list[Event], end: str) -> bytes:
    lines = [
        line
        for event in events
        for line in (": a comment", f"event: {event.name}", f"data: {event.data}", "")
    ]
    return "".join(line + end for line in lines).encode()


@given(EVENTS, st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_events_are_the_same_however_the_bytes_are_split(
    events: list[Event], end: str, data: st.DataObject
) -> None:
    stream = written(events, end)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    parser = EventParser()
    parts = [stream[i:j] for i, j in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [event for part in parts for event in parser.feed(part)] == events


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_any_bytes_are_events_or_nothing(parts: list[bytes]) -> None:
    watch = StreamWatch(Stream())
    for part in parts:
        watch.feed(part, 0.1)


def test_data_of_several_lines_is_joined() -> None:
    assert EventParser().feed(b"\xef\xbb\xbfdata: a\ndata:b\nid: 1\nretry: 5\n\n") == [
        Event(name="message", data="a\nb")
    ]


def test_an_event_without_an_end_is_bounded() -> None:
    parser = EventParser()
    line = b"data: " + b"x" * (LONGEST_EVENT // 3) + b"\n"
    assert parser.feed(line) + parser.feed(line) == []
    with pytest.raises(EventTooLong):
        parser.feed(line)


def fed(*events: str, end: str = "message_stop") -> StreamWatch:
    watch = StreamWatch(Stream(end=end))
    for second, event in enumerate(events):
        watch.feed(event.encode() + b"\n\n", float(second))
    return watch


def test_the_first_token_is_the_first_content() -> None:
    anthropic = fed(
        ": hello",
        "event: ping\ndata: {}",
        "event: message_start\ndata: {}",
        "event: content_block_delta\ndata: {}",
        "event: message_stop\ndata: {}",
    )
    assert (anthropic.first_token_s, anthropic.ended) == (3.0, True)
    openai = fed(
        'data: {"choices": [{"delta": {"role": "assistant"}}]}',
        'data: {"choices": [{"delta": {"content": "Hi"}}]}',
        "data: [DONE]",
        end="[DONE]",
    )
    assert (openai.first_token_s, openai.ended) == (1.0, True)
    other = fed(": hello", "event: ping", "data: x", "data: y", "event: done", end="done")
    assert (other.first_token_s, other.ended) == (2.0, True)


def test_a_stream_that_only_began_has_no_first_token() -> None:
    assert fed("event: message_start\ndata: {}").first_token_s is None


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ('event: error\ndata: {"error": {"type": "overloaded_error"}}', Outcome.OVERLOADED),
        ('data: {"error": {"code": "server_is_overloaded"}}', Outcome.OVERLOADED),
        ('data: {"error": {"type": "rate_limit_error"}}', Outcome.THROTTLED),
        ('data: {"error": {"code": "rate_limit_exceeded"}}', Outcome.THROTTLED),
        ('data: {"error": {"type": "api_error"}}', Outcome.SERVER_ERROR),
        ('data: {"error": {}, "x": "error"}', None),
        ('data: {"error": null}', None),
        ("event: error\ndata: no JSON", Outcome.SERVER_ERROR),
        ('data: {"text": "no error"}', None),
        ('data: "error"', None),
    ],
)
def test_an_error_inside_a_stream_has_its_own_outcome(event: str, outcome: Outcome | None) -> None:
    assert fed(event).error is outcome


async def test_a_stream_is_done_with_its_last_event_though_the_connection_stays() -> None:
    async with raw(HEAD, b"data: hi\n\n", b"data: [DONE]\n\n", ending="hold") as server:
        run = await look(f"""
            - request: GET http://127.0.0.1:{server.port}/
              stream: {{end: "[DONE]"}}
              expect: {{body: {{contains: "data: hi"}}}}
            """)
    assert run.outcome is Outcome.OK, failed(run)
    assert only_step(run).first_token_s is not None


async def test_a_stream_without_its_last_event_is_incomplete() -> None:
    async with raw(HEAD, b"event: message_start\ndata: {}\n\n") as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse")
    assert (run.outcome, run.failed_phase) == (Outcome.INCOMPLETE, Phase.TRANSFER)


async def test_an_event_too_long_is_bad_content() -> None:
    async with raw(HEAD, b"data: " + b"x" * 300_000, ending="hold") as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse")
    (check,) = failed(run)
    assert (run.outcome, check.name) == (Outcome.BAD_CONTENT, "stream")


async def test_a_stream_too_long_is_bad_content() -> None:
    async with raw(HEAD, b"data: x\n\n" * 5_000, ending="hold") as server:
        steps = f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse"
        run = await look(steps, keys="max_body: 20kB")
    (check,) = failed(run)
    assert (run.outcome, check.name) == (Outcome.BAD_CONTENT, "body")


async def test_a_refused_stream_is_a_refusal() -> None:
    error = json.dumps({"error": {"type": "overloaded_error"}})
    async with web_server(anything(always(status=529, text=error))) as url:
        run = await look(f"- request: GET {url}/\n  stream: sse")
    assert run.outcome is Outcome.OVERLOADED


async def test_a_page_is_no_stream() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<h1>Sorry</h1>", content_type="text/html")

    async with web_server(anything(page)) as url:
        run = await look(f"- request: GET {url}/\n  stream: sse")
    (check,) = failed(run)
    assert (check.expected, check.actual) == ("text/event-stream", "text/html; charset=utf-8")
