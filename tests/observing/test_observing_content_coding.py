"""Compressed bodies: whole, cut, followed by something else, larger than allowed."""

import gzip
import zlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lookout import look, only_step, raw

from probe.model.outcome import Outcome, Phase
from probe.observing.connecting.content_coding import MOST_MEMBERS, decoder
from probe.observing.failures import BodyCut, BodyUnreadable

GET = "- request: GET http://127.0.0.1:{port}/"
TEXT = b"<title>Sign in</title>" + bytes(range(256)) * 4
MOST = 1 << 20


def _raw_deflate(data: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(data) + packing.flush()


def _members(data: bytes) -> bytes:
    half = len(data) // 2
    return gzip.compress(data[:half]) + gzip.compress(b"") + gzip.compress(data[half:])


PACKED: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-Gzip", gzip.compress),
    "gzip of several members": ("gzip", _members),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", _raw_deflate),
}
EACH = pytest.mark.parametrize(("coding", "pack"), PACKED.values(), ids=PACKED)


def _answer(coding: str, body: bytes, *, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _decoded(coding: str, pieces: list[bytes], most: int = MOST) -> bytes:
    decoding = decoder(coding)
    body = b"".join(decoding.feed(piece, most) for piece in pieces)
    decoding.finish()
    return body


def _told(coding: str, pieces: list[bytes]) -> bytes | type[Exception]:
    try:
        return _decoded(coding, pieces)
    except (BodyCut, BodyUnreadable) as refused:
        return type(refused)


@EACH
async def test_a_compressed_body_whose_end_is_missing_is_incomplete_whatever_its_length_says(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    async with raw(_answer(coding, pack(TEXT)[:-5])) as server:
        run = await look(GET.format(port=server.port))
    assert (run.outcome, run.failed_phase) == (Outcome.INCOMPLETE, Phase.TRANSFER)
    told = f"the body is cut: its {coding.lower()} data stops before its end"
    evidence = only_step(run).evidence
    assert (evidence.status, evidence.error) == (200, told)
    assert evidence.excerpt.startswith("<title>Sign in")


@EACH
async def test_a_compressed_body_that_is_whole_is_read(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    async with raw(_answer(coding, pack(TEXT))) as server:
        run = await look(GET.format(port=server.port) + "\n  expect: {body: {contains: Sign in}}")
    assert run.outcome is Outcome.OK
    assert only_step(run).evidence.body_bytes == len(TEXT)


@EACH
@given(data=st.data(), text=st.binary(min_size=0, max_size=300))
def test_cut_at_any_byte_and_read_in_any_pieces_it_is_whole_or_told_to_be_cut(
    coding: str, pack: Callable[[bytes], bytes], data: st.DataObject, text: bytes
) -> None:
    body = pack(text)
    width = data.draw(st.integers(1, len(body)))
    ends = {0, len(body)}
    if pack is _members:
        half = len(text) // 2
        ends |= {len(gzip.compress(text[:half])), len(body) - len(gzip.compress(text[half:]))}
    for end in range(len(body) + 1):
        pieces = [body[at : min(at + width, end)] for at in range(0, end, width)]
        if end in ends:
            assert text.startswith(_decoded(coding, pieces))
        else:
            with pytest.raises(BodyCut):
                _decoded(coding, pieces)
    assert _decoded(coding, [body]) == text


@EACH
@given(text=st.binary(max_size=3000), most=st.integers(1, 2000), width=st.integers(1, 500))
def test_never_more_is_decoded_than_there_is_room_for(
    coding: str, pack: Callable[[bytes], bytes], text: bytes, most: int, width: int
) -> None:
    decoding = decoder(coding)
    body, packed = b"", pack(text)
    for at in range(0, len(packed), width):
        body += decoding.feed(packed[at : at + width], most - len(body))
        if len(body) == most:
            break
    assert body == text[:most]


@given(
    st.sampled_from(["gzip", "deflate"]),
    st.lists(st.one_of(st.binary(max_size=40), st.binary().map(gzip.compress)), max_size=5),
)
def test_any_bytes_are_decoded_or_refused_and_alike_in_any_pieces(
    coding: str, pieces: list[bytes]
) -> None:
    assert _told(coding, pieces) == _told(coding, [b"".join(pieces)])


@EACH
@pytest.mark.parametrize("garbage", [b"\n", b"\x00" * 8, b"</html>"])
async def test_what_follows_the_end_and_is_no_further_member_is_a_protocol_error(
    coding: str, pack: Callable[[bytes], bytes], garbage: bytes
) -> None:
    async with raw(_answer(coding, pack(TEXT) + garbage)) as server:
        run = await look(GET.format(port=server.port))
    assert (run.outcome, run.failed_phase) == (Outcome.PROTOCOL_ERROR, Phase.TRANSFER)
    told = f"bytes follow the end of the body's {coding.lower()} data"
    assert only_step(run).evidence.error == told


async def test_endless_empty_members_are_a_protocol_error() -> None:
    body = gzip.compress(b"") * (MOST_MEMBERS + 1)
    async with raw(_answer("gzip", body)) as server:
        run = await look(GET.format(port=server.port))
    assert run.outcome is Outcome.PROTOCOL_ERROR
    told = f"the body has more than {MOST_MEMBERS} gzip members"
    assert only_step(run).evidence.error == told


NO_BODY = b"HTTP/1.1 %b\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", NO_BODY % (b"200 OK", 900)),
        ("GET", NO_BODY % (b"200 OK", 0)),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n"),
        ("HEAD", NO_BODY.replace(b"gzip", b"br") % (b"200 OK", 900)),
    ],
)
async def test_an_answer_without_a_body_has_no_end_to_miss(method: str, answer: bytes) -> None:
    async with raw(answer) as server:
        asked = f"- request: {method} http://127.0.0.1:{server.port}/"
        run = await look(asked + "\n  expect: {status: [2xx, 304]}")
    assert run.outcome is Outcome.OK


async def test_a_part_that_was_asked_for_has_no_end_to_miss() -> None:
    async with raw(_answer("gzip", gzip.compress(TEXT)[:100], status="206 Partial")) as server:
        run = await look(GET.format(port=server.port) + "\n  headers: {Range: bytes=0-99}")
    assert run.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("headers", "sent"), [("", b"gzip, deflate"), ("\n  headers: {accept-encoding: br}", b"br")]
)
async def test_a_body_in_a_coding_that_is_not_read_is_a_protocol_error_that_says_what_was_asked(
    headers: str, sent: bytes
) -> None:
    async with raw(_answer("br", b"\x0b\x02\x80hello\x03")) as server:
        run = await look(GET.format(port=server.port) + headers)
    assert (run.outcome, run.failed_phase) == (Outcome.PROTOCOL_ERROR, Phase.TRANSFER)
    assert only_step(run).evidence.error == (
        "the body is encoded as br, which cannot be read here;"
        " unless a step's own headers say otherwise, it accepts gzip, deflate"
    )
    (request,) = server.requests
    assert [line for line in request.lower().split(b"\r\n") if b"encoding" in line] == [
        b"accept-encoding: " + sent
    ]


async def test_a_coding_that_is_none_is_left_as_it_is() -> None:
    async with raw(_answer("utf-8", b"hello")) as server:
        run = await look(GET.format(port=server.port) + "\n  expect: {body: {contains: hello}}")
    assert run.outcome is Outcome.OK


async def test_a_cut_body_of_a_status_that_is_not_accepted_leaves_the_word_to_the_status() -> None:
    async with raw(_answer("gzip", gzip.compress(TEXT)[:-5], status="500 Oops")) as server:
        run = await look(GET.format(port=server.port))
    assert run.outcome is Outcome.SERVER_ERROR
    assert "the body is cut" in only_step(run).evidence.error


EVENTS = b'event: content_block_delta\ndata: {"x": 1}\n\n'
LAST = b"event: message_stop\ndata: {}\n\n"
STREAM = "\n  stream: {format: anthropic}"


def _stream(*events: bytes, whole: bool) -> bytes:
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    body = b"".join(packing.compress(each) + packing.flush(zlib.Z_SYNC_FLUSH) for each in events)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n"
    return head + body + (packing.flush() if whole else b"")


@pytest.mark.parametrize(
    ("events", "whole", "outcome"),
    [
        ([EVENTS, LAST], True, Outcome.OK),
        ([EVENTS, LAST], False, Outcome.OK),
        ([EVENTS], True, Outcome.INCOMPLETE),
        ([EVENTS], False, Outcome.INCOMPLETE),
    ],
)
async def test_of_a_compressed_stream_its_last_event_is_the_end(
    events: list[bytes],
    whole: bool,  # noqa: FBT001 - a parameter of the test
    outcome: Outcome,
) -> None:
    async with raw(_stream(*events, whole=whole)) as server:
        run = await look(GET.format(port=server.port) + STREAM)
    assert run.outcome is outcome
    stream = only_step(run).stream
    assert stream is not None
    assert stream.events == len(events)
