"""Server-sent events at any split, and streams that end badly."""

import json
import tracemalloc
from itertools import chain
from unittest.mock import ANY

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from lookout import always, anything, failed, look, only_step, raw, web_server

from probe.config.transaction.streams import Stream
from probe.model.outcome import Outcome, Phase
from probe.model.run import Run, StreamSeen
from probe.observing.answers.event_stream import LONGEST_EVENT, Event, EventParser, EventTooLong
from probe.observing.answers.streaming import StreamWatch

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


FOREIGN = (b"\xef\xbb\xbf", "é".encode(), "日".encode()[:2], "🙂".encode())
BYTES = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(
            [
                b"\n",
                b"\r",
                b"\r\n",
                b"\n\n",
                b":",
                b"data: ",
                b"event: e",
                b"\0",
                b"x" * 9,
                *FOREIGN,
            ]
        ),
    ),
    max_size=40,
).map(b"".join)


def outcome_of_feeding(*chunks: bytes) -> tuple[list[Event], bool]:
    """The events, and whether one became too long."""
    parser, events = EventParser(longest=30), list[Event]()
    try:
        for chunk in chunks:
            events += parser.feed(chunk)  # extends with what came before it raises, too
    except EventTooLong:
        return events, True
    return events, False


@given(BYTES, st.data())
def test_any_bytes_give_the_same_events_at_any_split(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    parts = [stream[i:j] for i, j in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole = outcome_of_feeding(stream)
    assert outcome_of_feeding(*parts) == whole
    assert outcome_of_feeding(*(bytes([byte]) for byte in stream)) == whole


@pytest.mark.parametrize("line", [b": nothing to see\n", b":\n\n", b"\r\n", b"id: 7\n"])
@pytest.mark.unwatched  # each line goes the way of the first
def test_endless_lines_without_content_are_neither_events_nor_kept(line: bytes) -> None:
    parser = EventParser(longest=100)
    tracemalloc.start()
    try:
        assert not [event for _ in range(20_000) for event in parser.feed(line)]
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_an_event_of_ten_megabytes_is_given_up_early_and_cheaply() -> None:
    parser, lines = EventParser(), (b"data: " + b"x" * 994 for _ in range(10_000))
    tracemalloc.start()
    try:
        with pytest.raises(EventTooLong):
            list(chain.from_iterable(map(parser.feed, lines)))
        assert 1000 * sum(1 for _ in lines) > 9_000_000
        assert tracemalloc.get_traced_memory()[1] < 4 * LONGEST_EVENT
    finally:
        tracemalloc.stop()


def test_the_end_counts_though_an_event_too_long_comes_behind_it() -> None:
    watch = StreamWatch(Stream())
    watch.feed(b"event: message_stop\ndata: {}\n\ndata: " + b"x" * LONGEST_EVENT * 2, 1.0)
    assert (watch.ended, watch.too_long) == (True, False)


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_any_bytes_are_the_same_events_however_they_come_in_parts(parts: list[bytes]) -> None:
    by_parts, at_once = EventParser(), EventParser()
    events = [event for part in parts for event in by_parts.feed(part)]
    assert events == list(at_once.feed(b"".join(parts)))


def test_data_of_several_lines_is_joined() -> None:
    stream = b"\xef\xbb\xbfdata: a\ndata:b\nid: 1\nretry: 5\n\n"
    assert list(EventParser().feed(stream)) == [Event(name="message", data="a\nb")]


def test_an_event_without_an_end_is_bounded() -> None:
    parser = EventParser()
    line = b"data: " + b"x" * (LONGEST_EVENT // 3) + b"\n"
    assert [*parser.feed(line), *parser.feed(line)] == []
    with pytest.raises(EventTooLong):
        list(parser.feed(line))


def fed(*events: str, **stream: object) -> StreamWatch:
    watch = StreamWatch(Stream.model_validate(stream))
    for second, event in enumerate(events):
        watch.feed(event.encode() + b"\n\n", float(second))
    return watch


def first_token_s(watch: StreamWatch) -> float | None:
    return watch.seen(99.0).first_token_s


def test_the_first_token_is_the_first_content() -> None:
    anthropic = fed(
        ": hello",
        "event: ping\ndata: {}",
        "event: message_start\ndata: {}",
        "event: content_block_delta\ndata: {}",
        "event: message_stop\ndata: {}",
    )
    assert (first_token_s(anthropic), anthropic.ended) == (3.0, True)
    openai = fed(
        'data: {"choices": [{"delta": {"role": "assistant"}}]}',
        'data: {"choices": [{"delta": {"content": "Hi"}}]}',
        "data: [DONE]",
        end="[DONE]",
    )
    assert (first_token_s(openai), openai.ended) == (1.0, True)
    other = fed(": hello", "event: ping", "data: x", "data: y", "event: done", end="done")
    assert (first_token_s(other), other.ended) == (2.0, True)


def test_each_format_has_its_own_first_content_and_its_own_ends() -> None:
    chat = (
        'data: {"choices": [{"delta": {"role": "assistant"}}]}',
        'data: {"choices": [{"delta": {"content": "Hi"}}]}',
    )
    responses = (
        'event: response.created\ndata: {"type": "response.created"}',
        'event: response.output_text.delta\ndata: {"delta": "Hi"}',
    )
    for events in (
        (*chat, "data: [DONE]"),
        (*responses, "event: response.completed\ndata: {}"),
        (*responses, "event: response.incomplete\ndata: {}"),
    ):
        watch = fed(*events, format="openai")
        assert (first_token_s(watch), watch.ended) == (1.0, True)
    silent = fed("event: message_start\ndata: {}", "event: message_stop", format="anthropic")
    assert (first_token_s(silent), silent.ended) == (None, True)


def test_the_silence_of_a_stream_is_the_longest_wait_between_events() -> None:
    watch = StreamWatch(Stream())
    for at, chunk in (
        (1.0, b": hello\n\n"),
        (2.0, b"data: a\n\n"),
        (2.5, b"data: b\n\n"),
        (4.0, b"event: ping\n\n"),
        (6.0, b"data: c\n\n"),
        (6.5, b"event: message_stop\n\n"),
    ):
        watch.feed(chunk, at)
    assert watch.seen(99.0) == StreamSeen(
        events=4, first_byte_s=1.0, first_event_s=2.0, first_token_s=2.0, longest_gap_s=3.5
    )


def test_a_stream_that_fell_silent_for_good_is_silent_until_the_end_of_the_wait() -> None:
    watch = StreamWatch(Stream())
    watch.feed(b"data: a\n\n", 1.0)
    assert watch.seen(9.0).longest_gap_s == 8.0


def test_a_stream_that_only_began_has_no_first_token() -> None:
    assert first_token_s(fed("event: message_start\ndata: {}")) is None


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ('event: error\ndata: {"error": {"type": "overloaded_error"}}', Outcome.OVERLOADED),
        ('data: {"error": {"code": "server_is_overloaded"}}', Outcome.OVERLOADED),
        ('data: {"error": {"type": "rate_limit_error"}}', Outcome.THROTTLED),
        ('data: {"error": {"code": "rate_limit_exceeded"}}', Outcome.THROTTLED),
        ('data: {"error": {"type": "insufficient_quota"}}', Outcome.QUOTA_EXHAUSTED),
        ('event: error\ndata: {"error": {"type": "billing_error"}}', Outcome.QUOTA_EXHAUSTED),
        ('event: error\ndata: {"type": "error", "code": "slow_down"}', Outcome.OVERLOADED),
        (
            'event: response.failed\ndata: {"response": {"error": {"code": "insufficient_quota"}}}',
            Outcome.QUOTA_EXHAUSTED,
        ),
        ('event: response.failed\ndata: {"response": {"error": null}}', Outcome.SERVER_ERROR),
        ('event: response.completed\ndata: {"response": {"error": null}}', None),
        ('data: [{"error": {"status": "RESOURCE_EXHAUSTED"}}]', Outcome.THROTTLED),
        ('event: error\ndata: {"error": {"type": "authentication_error"}}', Outcome.UNAUTHORIZED),
        ('data: {"error": {"type": "api_error"}}', Outcome.SERVER_ERROR),
        (
            'data: {"object": "error", "message": "CUDA out of memory", "code": 500}',
            Outcome.SERVER_ERROR,
        ),
        ('data: {"object": "error", "code": "rate_limit_exceeded"}', Outcome.THROTTLED),
        ('data: {"object": ["error"]}', None),
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
    seen = only_step(run).stream
    assert seen is not None
    assert seen.first_token_s is not None


@pytest.mark.parametrize("at", range(1, 4))
async def test_a_character_may_come_in_two_parts_or_be_cut_with_the_stream(at: int) -> None:
    whole = 'data: {"choices": [{"delta": {"content": "🙂"}}]}\n\ndata: [DONE]\n\n'.encode()
    cut = whole.index("🙂".encode()) + at
    async with raw(HEAD, whole[:cut], 0.05, whole[cut:]) as server:
        said = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: openai")
    async with raw(HEAD, whole[:cut]) as server:
        broken = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: openai")
    seen = only_step(said).stream
    assert said.outcome is Outcome.OK
    assert seen is not None
    assert (seen.events, seen.first_token_s is None) == (2, False)
    assert broken.outcome is Outcome.INCOMPLETE


async def test_a_stream_without_its_last_event_is_incomplete() -> None:
    async with raw(HEAD, b"event: message_start\ndata: {}\n\n") as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse")
    assert (run.outcome, run.failed_phase) == (Outcome.INCOMPLETE, Phase.TRANSFER)


async def test_an_event_too_long_is_bad_content() -> None:
    async with raw(HEAD, b"data: " + b"x" * 300_000, ending="hold") as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse")
    (check,) = failed(run)
    assert (run.outcome, check.name) == (Outcome.BAD_CONTENT, "stream")


def chat(*choices: str) -> tuple[str, ...]:
    """A chat completion that has these choices, each in an event of its own."""
    begin = '{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}'
    usage = 'data: {"choices": [], "usage": {"completion_tokens": 1}}'
    events = (f'data: {{"choices": [{choice}]}}' for choice in (begin, *choices))
    return (*events, usage, "data: [DONE]")


def response(*events: str, end: str = "completed", why: str = "null") -> tuple[str, ...]:
    """A response that has these events."""
    created = "event: response.created\ndata: {}"
    item = 'event: response.output_item.added\ndata: {"item": {"type": "reasoning"}}'
    details = f'{{"response": {{"incomplete_details": {why}}}}}'
    return (created, item, *events, f"event: response.{end}\ndata: {details}")


def message(*events: str, why: str = "end_turn") -> tuple[str, ...]:
    """A message that has these events."""
    start = 'event: message_start\ndata: {"message": {"content": [], "stop_reason": null}}'
    end = f'event: message_delta\ndata: {{"delta": {{"stop_reason": "{why}"}}}}'
    return (start, "event: ping\ndata: {}", *events, end, "event: message_stop\ndata: {}")


def part(name: str) -> str:
    return f'event: {name}\ndata: {{"delta": "x"}}'


BLOCK = 'event: content_block_start\ndata: {"content_block": {"type": "text", "text": ""}}'


async def streamed(events: tuple[str, ...], steps: str) -> Run:
    body = "".join(f"{event}\n\n" for event in events).encode()
    async with raw(HEAD, body, ending="hold") as server:
        return await look(f"- request: GET http://127.0.0.1:{server.port}/\n  {steps}")


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("openai", ("data: [DONE]",)),
        ("openai", ('data: {"message": "Internal error", "code": 500}', "data: [DONE]")),
        ("openai", ('data: {"choices": null}', 'data: {"choices": [7]}', "data: [DONE]")),
        ("openai", chat()),
        ("openai", chat('{"delta": {"content": null}, "finish_reason": "stop"}')),
        ("openai", chat('{"delta": {}, "finish_reason": "content_filter"}')),
        ("openai", response()),
        ("openai", response(end="incomplete", why='{"reason": "content_filter"}')),
        ("anthropic", ("event: message_stop",)),
        ("anthropic", message()),
        ("anthropic", message(BLOCK, "event: content_block_stop\ndata: {}")),
    ],
)
async def test_a_stream_that_ends_without_any_content_is_bad_content(
    kind: str, events: tuple[str, ...]
) -> None:
    run = await streamed(events, f"stream: {kind}")
    (check,) = failed(run)
    assert run.outcome is Outcome.BAD_CONTENT
    assert (check.name, check.expected, check.actual) == ("stream", "some content", "none")


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("openai", chat('{"delta": {"content": "H"}, "finish_reason": "length"}')),
        ("openai", chat('{"index": 1, "delta": {}}, {"index": 0, "delta": {"content": "H"}}')),
        ("openai", chat('{"delta": {"refusal": "I"}}')),
        ("openai", chat('{"delta": {"reasoning_content": "Hm"}}')),
        ("openai", chat('{"delta": {"reasoning": "Hm", "content": ""}}')),
        ("openai", chat('{"delta": {"tool_calls": [{"index": 0, "id": "call_1"}]}}')),
        ("openai", chat('{"delta": {"function_call": {"name": "f", "arguments": ""}}}')),
        ("openai", chat('{"text": "H", "finish_reason": "length"}')),
        ("openai", response(part("response.output_text.delta"))),
        ("openai", response(part("response.refusal.delta"))),
        ("openai", response(part("response.reasoning_summary_text.delta"))),
        ("openai", response(part("response.function_call_arguments.delta"))),
        ("openai", response(part("response.output_text.delta"), end="incomplete")),
        ("anthropic", message(BLOCK, part("content_block_delta"))),
        ("sse", ("event: message_stop",)),
    ],
)
async def test_a_stream_has_content_in_whatever_way_it_answers(
    kind: str, events: tuple[str, ...]
) -> None:
    run = await streamed(events, f"stream: {kind}")
    assert run.outcome is Outcome.OK, failed(run)
    seen = only_step(run).stream
    assert seen is not None
    assert seen.first_token_s is not None


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("openai", chat('{"delta": {}, "finish_reason": "length"}')),
        ("openai", response(end="incomplete", why='{"reason": "max_output_tokens"}')),
        ("anthropic", message(why="max_tokens")),
    ],
)
async def test_a_stream_that_used_its_tokens_up_need_not_have_said_anything(
    kind: str, events: tuple[str, ...]
) -> None:
    run = await streamed(events, f"stream: {kind}")
    assert run.outcome is Outcome.OK, failed(run)


async def test_a_stream_too_long_is_bad_content() -> None:
    async with raw(HEAD, b"data: x\n\n" * 5_000, ending="hold") as server:
        steps = f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse"
        run = await look(steps, keys="max_body: 20kB")
    (check,) = failed(run)
    assert (run.outcome, check.name) == (Outcome.BAD_CONTENT, "body")


async def test_a_stream_that_reports_an_error_is_quoted() -> None:
    error = '{"error": {"type": "overloaded_error", "message": "come back later"}}'
    async with raw(HEAD, f"event: error\ndata: {error}\n\n".encode(), ending="hold") as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse")
    assert run.outcome is Outcome.OVERLOADED
    assert "come back later" in only_step(run).evidence.error


async def test_a_refused_stream_is_a_refusal() -> None:
    error = json.dumps({"error": {"type": "overloaded_error"}})
    async with web_server(anything(always(status=529, text=error))) as url:
        run = await look(f"- request: GET {url}/\n  stream: sse")
    assert run.outcome is Outcome.OVERLOADED


async def test_a_stream_is_one_whatever_the_case_of_its_type() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream\r\n\r\n"
    async with raw(head, b"data: x\n\n") as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse")
    assert run.outcome is Outcome.INCOMPLETE


async def test_a_page_is_no_stream() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<h1>Sorry</h1>", content_type="text/html")

    async with web_server(anything(page)) as url:
        run = await look(f"- request: GET {url}/\n  stream: sse")
    (check,) = failed(run)
    assert (check.expected, check.actual) == ("text/event-stream", "text/html; charset=utf-8")


async def test_endless_comments_end_with_the_deadline() -> None:
    drip = [part for _ in range(100) for part in (b": still here\n\n", 0.02)]
    async with raw(HEAD, *drip) as server:
        steps = f"- request: GET http://127.0.0.1:{server.port}/\n  stream: sse"
        run = await look(steps, keys="timeout: 300ms")
    assert (run.outcome, run.failed_phase) == (Outcome.TIMED_OUT, Phase.TRANSFER)
    assert run.duration_s < 0.6
    assert only_step(run).stream == StreamSeen(first_byte_s=ANY)


@pytest.mark.parametrize(
    ("expect", "failing"),
    [
        ("first_token: {below: 5s}, gap: {below: 5s}", []),
        ("first_token: {below: 50ms}, gap: {below: 50ms}", ["first_token", "gap"]),
    ],
)
async def test_waits_inside_a_stream_are_expectations_like_others(
    expect: str, failing: list[str]
) -> None:
    delta, stop = b"event: content_block_delta\ndata: {}\n\n", b"event: message_stop\n\n"
    async with raw(HEAD, 0.1, delta, 0.1, stop, ending="hold") as server:
        run = await look(f"""
            - request: GET http://127.0.0.1:{server.port}/
              stream: anthropic
              expect: {{{expect}}}
            """)
    assert [check.name for check in failed(run)] == failing
    assert run.outcome is (Outcome.BAD_CONTENT if failing else Outcome.OK)


async def test_a_wait_for_content_that_never_came_has_not_passed() -> None:
    async with raw(HEAD, b"event: message_stop\n\n", ending="hold") as server:
        run = await look(f"""
            - request: GET http://127.0.0.1:{server.port}/
              stream: anthropic
              expect: {{first_token: {{below: 1h}}}}
            """)
    (check,) = failed(run)
    assert (check.expected, check.actual) == ("below 3600 s", "no content in a stream")


async def test_a_token_of_a_stream_in_one_piece_came_with_its_end() -> None:
    run = await streamed(chat('{"delta": {"content": "x"}}'), "stream: openai")
    (step,) = run.steps
    assert step.stream is not None
    assert step.stream.first_token_s == pytest.approx(step.duration_s)
