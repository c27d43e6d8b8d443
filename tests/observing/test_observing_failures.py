"""Each way in which a target fails, as bytes on the wire, and the outcome it becomes."""

import asyncio
import errno
import gzip
import socket
import ssl
import time
from pathlib import Path

import aiohttp
import pytest
import trustme
from aiohttp.http_exceptions import BadHttpMessage, ContentLengthError
from files import no_file_left
from lookout import look, only_step, raw, service

from probe.config.settings import Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome, Phase
from probe.observing.answers.answer import charset_in
from probe.observing.connecting.connections import MOST_HEADERS
from probe.observing.connecting.connector import BoundedHandler
from probe.observing.failures import (
    NO_THREAD,
    BodyCut,
    StepFailed,
    Unanswered,
    forget_the_way,
    outcome_of,
    words_of,
)
from probe.observing.observer import Observer

OK = b"HTTP/1.1 200 OK\r\n"
GET = "- request: GET http://127.0.0.1:{port}/"
SOON = "timeout: 200ms"


@pytest.mark.parametrize(
    ("parts", "ending", "outcome", "phase"),
    [
        ([], "close", Outcome.CONNECTION_RESET, Phase.PROCESSING),
        ([], "reset", Outcome.CONNECTION_RESET, Phase.PROCESSING),
        ([b"\x00\xffnot HTTP\r\n\r\n"], "close", Outcome.PROTOCOL_ERROR, Phase.PROCESSING),
        ([b"SSH-2.0-OpenSSH_9.9\r\n"], "hold", Outcome.PROTOCOL_ERROR, Phase.PROCESSING),
        ([OK, b"Content-Length: 9\r\n\r\nhalf"], "close", Outcome.INCOMPLETE, Phase.TRANSFER),
        (
            [OK, b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"],
            "close",
            Outcome.INCOMPLETE,
            Phase.TRANSFER,
        ),
        (
            [OK, b"Content-Length: 9\r\n\r\nhalf", 0.02],
            "reset",
            Outcome.CONNECTION_RESET,
            Phase.TRANSFER,
        ),
        (
            [OK, b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", 0.02],
            "reset",
            Outcome.CONNECTION_RESET,
            Phase.TRANSFER,
        ),
        ([OK, b"\r\nhalf", 0.02], "reset", Outcome.CONNECTION_RESET, Phase.TRANSFER),
        (
            [b"HTTP/1.0 200 OK\r\n\r\nhalf", 0.02],
            "reset",
            Outcome.CONNECTION_RESET,
            Phase.TRANSFER,
        ),
        (
            [OK, b"Transfer-Encoding: chunked\r\n\r\n", 0.02, b"zz\r\n"],
            "hold",
            Outcome.PROTOCOL_ERROR,
            Phase.TRANSFER,
        ),
        (
            [OK, b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno zipped"],
            "hold",
            Outcome.PROTOCOL_ERROR,
            Phase.TRANSFER,
        ),
        (
            [OK, b"Content-Encoding: deflate\r\nContent-Length: 9\r\n\r\nno zipped"],
            "hold",
            Outcome.PROTOCOL_ERROR,
            Phase.TRANSFER,
        ),
        (
            [OK, b"X: " + b"x" * 40_000, b"\r\n\r\n"],
            "hold",
            Outcome.PROTOCOL_ERROR,
            Phase.PROCESSING,
        ),
        ([OK, b"X: 1\r\n" * 500, b"\r\n"], "hold", Outcome.PROTOCOL_ERROR, Phase.PROCESSING),
        ([], "hold", Outcome.TIMED_OUT, Phase.PROCESSING),
        ([OK, b"Content-Length: 9\r\n\r\nhalf"], "hold", Outcome.TIMED_OUT, Phase.TRANSFER),
    ],
)
async def test_broken_bytes_become_an_outcome_with_its_phase(
    parts: list[bytes | float], ending: str, outcome: Outcome, phase: Phase
) -> None:
    async with raw(*parts, ending=ending) as server:
        run = await look(GET.format(port=server.port), keys=SOON)
    assert (run.outcome, run.failed_step, run.failed_phase) == (outcome, "step1", phase)
    assert only_step(run).evidence.error
    assert len(server.requests) == 1


async def test_endless_headers_end_as_an_outcome_within_the_deadline() -> None:
    drip: list[bytes | float] = [b"X: 1\r\n", 0.005]
    async with raw(OK, *drip * 400, ending="hold") as server:
        run = await look(GET.format(port=server.port), keys=SOON)
    assert run.outcome in {Outcome.PROTOCOL_ERROR, Outcome.TIMED_OUT}
    assert run.duration_s < 1


HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
NOTHING = b"Content-Length: 0\r\n\r\n"


async def test_a_few_interim_answers_are_passed_over() -> None:
    async with raw(*[HINT] * 8, OK, NOTHING) as server:
        run = await look(GET.format(port=server.port))
    assert (run.outcome, only_step(run).evidence.status) == (Outcome.OK, 200)


@pytest.mark.parametrize(
    "hints", [[HINT] * 9, [HINT * 10_000] * 100, [HINT, 0.005] * 400], ids=["few", "fast", "slow"]
)
async def test_endless_interim_answers_are_a_protocol_error_long_before_the_deadline(
    hints: list[bytes | float],
) -> None:
    async with raw(*hints, OK, NOTHING, ending="hold") as server:
        run = await look(GET.format(port=server.port), keys="timeout: 30s")
    assert (run.outcome, run.failed_phase) == (Outcome.PROTOCOL_ERROR, Phase.PROCESSING)
    told = "more than 8 answers, interim ones (1xx) included, beside the one asked for"
    assert only_step(run).evidence.error == f"ClientResponseError: {told}"
    assert run.duration_s < 5


async def test_blank_lines_without_end_hold_nobody_up() -> None:
    handler = BoundedHandler(asyncio.get_running_loop())
    handler.set_response_params()
    began = time.perf_counter()
    for _ in range(10):
        handler.data_received(b"\r\n\r\n" * 2**16)
    assert time.perf_counter() - began < 0.5


async def test_an_answer_followed_by_answers_without_end_is_read_and_that_is_all() -> None:
    answer = OK + NOTHING
    async with raw(*[answer * 10_000] * 100, ending="hold") as server:
        run = await look(GET.format(port=server.port), keys="timeout: 30s")
    assert run.outcome is Outcome.OK
    assert run.duration_s < 5


@pytest.mark.parametrize("pause", [[], [0.05]], ids=["at once", "after a while"])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"{}"),
        (OK + b"Content-Length: 5\r\n\r\n", b"hello, and more"),
        (OK + b"Content-Length: 5\r\n\r\n", b"hello\r\n\r\n"),
        (HINT + OK + b"Content-Length: 5\r\n\r\n", b"hello, and more"),
    ],
)
async def test_what_comes_after_the_end_of_an_answer_is_no_part_of_it(
    head: bytes, body: bytes, pause: list[float]
) -> None:
    parts = [head, *pause, body] if pause else [head + body]
    whole = "\n  expect: {body: {matches: '\\A(hello)?\\Z'}}"
    async with raw(*parts) as server:
        run = await look(GET.format(port=server.port) + whole)
    assert run.outcome is Outcome.OK


async def test_a_drip_of_bytes_ends_at_the_deadline_with_what_came() -> None:
    drip: list[bytes | float] = [b".", 0.005]
    async with raw(OK, b"Content-Length: 900\r\n\r\n", *drip * 400) as server:
        run = await look(GET.format(port=server.port), keys=SOON)
    step = only_step(run)
    assert (run.outcome, run.failed_phase) == (Outcome.TIMED_OUT, Phase.TRANSFER)
    assert step.evidence.status == 200
    assert step.evidence.excerpt.startswith("...")
    assert step.evidence.error == "the deadline passed"


async def test_a_refused_connection_is_connect_failed() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        run = await look(GET.format(port=unused.getsockname()[1]))
    assert (run.outcome, run.failed_phase) == (Outcome.CONNECT_FAILED, Phase.CONNECT)
    assert set(only_step(run).phases) == {Phase.CONNECT}


async def test_a_connection_for_which_we_have_no_file_left_is_our_own_fault() -> None:
    async with raw(OK, NOTHING) as server:
        with no_file_left():
            run = await look(GET.format(port=server.port))
    assert run.outcome is Outcome.UNOBSERVED
    assert "Too many open files" in only_step(run).evidence.error
    assert "raise the daemon's limit" in only_step(run).evidence.error
    assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_failure_names_host_and_reason_and_nothing_of_our_memory(scheme: str) -> None:
    run = await look(f"- request: GET {scheme}://127.0.0.1:1/")
    error = only_step(run).evidence.error
    assert error.startswith("ClientConnectorError: Cannot connect to host 127.0.0.1:1 [")
    assert "0x" not in error


async def test_a_connection_that_nobody_accepts_times_out_in_connect() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        run = await look(GET.format(port=full.getsockname()[1]), keys=SOON)
        for each in waiting:
            each.close()
    assert (run.outcome, run.failed_phase) == (Outcome.TIMED_OUT, Phase.CONNECT)


async def test_a_name_that_does_not_exist_is_a_dns_failure() -> None:
    run = await look("- request: GET http://no-such-name.invalid/")
    assert (run.outcome, run.failed_phase) == (Outcome.DNS_FAILURE, Phase.RESOLVE)
    assert set(only_step(run).phases) == {Phase.RESOLVE}


async def test_a_name_too_long_for_dns_is_no_fault_of_ours() -> None:
    found = f"Location: http://{'a' * 70}.example/\r\nContent-Length: 0\r\n\r\n".encode()
    async with raw(b"HTTP/1.1 302 Found\r\n", found) as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  follow: true")
    assert run.outcome is Outcome.DNS_FAILURE


async def test_a_body_over_the_limit_is_bad_content_that_says_so() -> None:
    async with raw(OK, b"Content-Length: 5000\r\n\r\n", b"x" * 5000, ending="hold") as server:
        run = await look(GET.format(port=server.port), keys="max_body: 1KiB")
    assert run.outcome is Outcome.BAD_CONTENT
    assert only_step(run).evidence.checks[0].expected == "at most 1024 bytes"
    assert only_step(run).evidence.body_bytes is None


async def test_a_zip_bomb_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    async with raw(OK, head, bomb, ending="hold") as server:
        run = await look(GET.format(port=server.port))
    assert run.outcome is Outcome.BAD_CONTENT
    assert only_step(run).evidence.checks[0].expected == "at most 1048576 bytes"


async def test_invalid_utf8_is_text_with_replacements() -> None:
    async with raw(OK, b"Content-Length: 4\r\n\r\n\xff\xfeok") as server:
        run = await look(GET.format(port=server.port) + "\n  expect: {body: {contains: ok}}")
    assert run.outcome is Outcome.OK


@pytest.mark.parametrize(
    "charset",
    ["idna", "punycode", "punycode-", "hex", "no-such", "undefined", "utf-16", "x" * 9000],
)
async def test_a_hostile_charset_is_survived(charset: str) -> None:
    head = f"Content-Type: text/html; charset={charset}\r\nContent-Length: 5\r\n\r\n".encode()
    async with raw(OK, head, b"hello") as server:
        run = await look(GET.format(port=server.port) + "\n  expect: {body: {contains: hello}}")
    assert run.outcome is (Outcome.BAD_CONTENT if charset == "utf-16" else Outcome.OK)


@pytest.mark.parametrize(
    "kind", ["; charset*", "; charset=" + "(" * 5000, "; a=b" * 6000, "; charset*²=x"], ids=range(4)
)
async def test_a_hostile_content_type_is_no_fault_of_ours_and_takes_no_time(kind: str) -> None:
    head = f"Content-Type: text/html{kind}\r\nContent-Length: 5\r\n\r\n".encode()
    async with raw(OK, head, b"hello") as server:
        began_s = time.process_time()
        run = await look(GET.format(port=server.port) + "\n  expect: {body: {contains: hello}}")
        spent_s = time.process_time() - began_s
    assert run.outcome is Outcome.OK
    assert spent_s < 0.5


@pytest.mark.parametrize(
    ("kind", "charset"),
    [
        ("text/html", "utf-8"),
        ("text/html;charset=ISO-8859-1", "ISO-8859-1"),
        ('text/html ; version=1 ; Charset = "latin1"; q=1', "latin1"),
        ("text/html; charset=", "utf-8"),
        ("text/html; charset=''; x=charset=latin1", "utf-8"),
    ],
)
def test_a_content_type_names_a_charset_or_it_is_utf_8(kind: str, charset: str) -> None:
    assert charset_in(kind, b"<p>hello") == charset


META = b"<meta charset=windows-1251>"


@pytest.mark.parametrize(
    ("kind", "body", "charset"),
    [
        ("text/html", b"<!doctype html>" + META, "windows-1251"),
        ("Application/XHTML+XML; q=1", META.upper(), "WINDOWS-1251"),
        (
            "text/html",
            b'<meta name=a><meta http-equiv=x\ncontent="text/html; charset = koi8-r" />',
            "koi8-r",
        ),
        ("text/html; charset=latin1", META, "latin1"),
        ("text/plain", META, "utf-8"),
        ("", META, "utf-8"),
        ("text/html", b"<!-- " + META + b" -->", "utf-8"),
        ("text/html", b"<p data-x='charset=koi8-r'>", "utf-8"),
        ("text/html", b"\xef\xbb\xbf" + META, "utf-8"),
        ("text/html", b"<meta charset=utf-16>", "utf-8"),
        ("text/html", b"<meta charset=utf_16>", "utf-8"),
        ("text/html", b"<meta charset=utf-32>", "utf-8"),
        ("text/html", b"<meta charset=cp500>", "utf-8"),
        ("text/html", b"<meta charset=iso-2022-jp>", "iso-2022-jp"),
        ("text/html", b"<meta charset=''>", "utf-8"),
        ("text/html", b" " * 1024 + META, "utf-8"),
    ],
)
def test_a_page_whose_content_type_names_no_charset_names_its_own(
    kind: str, body: bytes, charset: str
) -> None:
    assert charset_in(kind, body) == charset


@pytest.mark.parametrize("piece", [b"<meta ", b"<meta charset=", b"<!--", b"charset=", b"<meta\n="])
def test_a_page_without_end_of_charsets_takes_no_time(piece: bytes) -> None:
    began_s = time.process_time()
    charset_in("text/html", piece * 100_000)
    assert time.process_time() - began_s < 0.2


async def test_a_page_that_names_its_own_charset_is_read_in_it() -> None:
    page = META + "<a>Выйти</a>".encode("cp1251")
    head = f"Content-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n".encode()
    async with raw(OK, head, page) as server:
        run = await look(GET.format(port=server.port) + "\n  expect: {body: {contains: Выйти}}")
    assert run.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        (b"".join(b"X-%d: 1\r\n" % i for i in range(MOST_HEADERS - 1)), Outcome.OK),
        (b"X: 1\r\n" * (MOST_HEADERS + 1), Outcome.PROTOCOL_ERROR),
        (b"Content-Length: 0\r\n", Outcome.PROTOCOL_ERROR),
        (b"Transfer-Encoding: chunked\r\n", Outcome.PROTOCOL_ERROR),
    ],
    ids=["many", "too many", "two lengths", "chunks and a length"],
)
async def test_many_headers_are_read_and_two_that_say_where_a_body_ends_are_not(
    headers: bytes, outcome: Outcome
) -> None:
    async with raw(OK, headers, b"Content-Length: 0\r\n\r\n") as server:
        run = await look(GET.format(port=server.port))
    assert run.outcome is outcome


async def test_a_body_that_ends_with_its_connection_is_whole() -> None:
    async with raw(b"HTTP/1.0 200 OK\r\n\r\nhello", 0.02) as server:
        run = await look(GET.format(port=server.port) + "\n  expect: {body: {contains: hello}}")
    assert run.outcome is Outcome.OK


async def test_a_status_that_is_not_accepted_speaks_before_its_broken_body() -> None:
    head = b"HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nhalf"
    async with raw(head) as server:
        run = await look(GET.format(port=server.port))
    assert run.outcome is Outcome.SERVER_ERROR
    assert "ClientPayloadError" in only_step(run).evidence.error


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", Outcome.UNAUTHORIZED),
        ("SSLV3_ALERT_BAD_CERTIFICATE", Outcome.UNAUTHORIZED),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", Outcome.UNAUTHORIZED),
        ("SSLV3_ALERT_CERTIFICATE_REVOKED", Outcome.UNAUTHORIZED),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", Outcome.UNAUTHORIZED),
        ("TLSV1_ALERT_UNKNOWN_CA", Outcome.UNAUTHORIZED),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", Outcome.TLS_FAILURE),
        ("BAD_CERTIFICATE_TYPE", Outcome.TLS_FAILURE),
        ("CERTIFICATE_VERIFY_FAILED", Outcome.TLS_FAILURE),
        (None, Outcome.TLS_FAILURE),
    ],
)
def test_only_a_server_that_alerts_us_of_our_certificate_refuses_it(
    reason: str | None, outcome: Outcome
) -> None:
    alert = ssl.SSLError(1, "told")
    alert.reason = reason  # type: ignore[assignment]
    assert outcome_of(caused(Unanswered(), alert), Phase.PROCESSING) is outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (aiohttp.ClientPayloadError(), Outcome.INCOMPLETE),
        (aiohttp.ClientPayloadError("<ConnectionResetError(104)>"), Outcome.CONNECTION_RESET),
        (caused(aiohttp.ClientPayloadError(), BrokenPipeError()), Outcome.CONNECTION_RESET),
        (caused(aiohttp.ClientPayloadError(), ContentLengthError("9")), Outcome.INCOMPLETE),
        (caused(aiohttp.ClientPayloadError(), BadHttpMessage("zz")), Outcome.PROTOCOL_ERROR),
        (aiohttp.ClientOSError(errno.ETIMEDOUT, "from the network"), Outcome.TIMED_OUT),
        (caused(Unanswered(), aiohttp.ClientOSError(errno.ETIMEDOUT, "")), Outcome.TIMED_OUT),
        (OSError(errno.EMFILE, "too many open files"), Outcome.UNOBSERVED),
        (StepFailed("url", expected="a", actual="b"), Outcome.BAD_CONTENT),
        (
            StepFailed("proxy", expected="a", actual="b", outcome=Outcome.CONNECT_FAILED),
            Outcome.CONNECT_FAILED,
        ),
    ],
)
def test_an_exception_says_by_its_kind_or_its_cause_what_it_is(
    error: Exception, outcome: Outcome
) -> None:
    assert outcome_of(error, Phase.TRANSFER) is outcome


def test_what_went_wrong_before_another_fault_is_no_cause_of_it() -> None:
    fault = ValueError("ours")
    fault.__context__ = ConnectionResetError()
    assert outcome_of(fault, None) is Outcome.UNOBSERVED
    waited = TimeoutError()
    waited.__context__ = asyncio.CancelledError(NO_THREAD)
    assert outcome_of(waited, None) is Outcome.UNOBSERVED
    assert words_of(waited) == NO_THREAD


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "the deadline passed"),
        (TimeoutError("of the resolver"), "TimeoutError: of the resolver"),
        (ValueError(), "ValueError"),
        (Unanswered("hung up"), "Unanswered: hung up"),
        (caused(Unanswered(), ConnectionResetError("gone")), "ConnectionResetError: gone"),
        (BodyCut("cut"), "cut"),
        (BadHttpMessage("bad line\nzz"), "BadHttpMessage: bad line\nzz"),
        (BadHttpMessage("bad Cookie\nsession=1"), "BadHttpMessage: bad Cookie"),
        (StepFailed("url", expected="a", actual="b"), "StepFailed: url: expected a, got b"),
    ],
)
def test_a_failure_is_told_by_its_kind_and_its_own_words(error: Exception, words: str) -> None:
    assert words_of(error) == words


def test_a_failure_that_was_told_holds_no_tracebacks() -> None:
    with pytest.raises(ConnectionResetError) as cause:
        raise ConnectionResetError
    with pytest.raises(Unanswered) as told:
        raise Unanswered from cause.value
    assert told.value.__traceback__ is not None
    forget_the_way(told.value)
    assert told.value.__traceback__ is cause.value.__traceback__ is None


def test_a_step_that_failed_leaves_the_check_that_it_failed() -> None:
    check = StepFailed("url", expected="a", actual="b").check
    assert (check.name, check.passed, check.expected, check.actual) == ("url", False, "a", "b")


async def test_a_cancellation_gets_through() -> None:
    async with raw(ending="hold") as server:
        task = asyncio.create_task(look(GET.format(port=server.port)))
        await server.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_fault_of_our_own_is_unobserved_with_a_note(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(file)
    target = service("- request: GET https://127.0.0.1/", keys=f"tls: {{ca_file: '{file}'}}")
    file.unlink()
    run = await Observer(Settings(services=(target,)), SYSTEM).observe(target, target.paths[0])
    assert run.outcome is Outcome.UNOBSERVED
    assert "No such file" in run.note
