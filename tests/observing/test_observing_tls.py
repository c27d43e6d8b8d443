"""Phases and certificates, under asyncio and under uvloop."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from lookout import Certificate, always, anything, failed, look, only_step, raw, web_server
from private_authority import be_strict, private_authority

from probe.model.outcome import Outcome, Phase
from probe.model.run import Run

ALL = {Phase.CONNECT, Phase.TLS, Phase.PROCESSING, Phase.TRANSFER}


async def _two_steps_over_tls(certificate: Certificate) -> Run:
    keys = f"tls: {{ca_file: {certificate.file}}}"
    async with web_server(anything(always(text="x")), tls=certificate.server) as url:
        by_name = url.replace("127.0.0.1", "localhost")
        return await look(
            f"""
            - request: GET {by_name}/
              expect: {{certificate: {{days_left: 29}}}}
            - request: GET {by_name}/
              expect: {{certificate: {{days_left: 29}}}}
            """,
            keys=keys,
        )


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_every_phase_is_timed_on_either_loop(
    certificate: Certificate, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        run = runner.run(_two_steps_over_tls(certificate))
    first, second = run.steps
    assert run.outcome is Outcome.OK, failed(run)
    assert set(first.phases) == {Phase.RESOLVE, *ALL}
    assert set(second.phases) == {Phase.PROCESSING, Phase.TRANSFER}
    for step in run.steps:
        waiting = step.phases.keys() - {Phase.TRANSFER}  # a body may come at once with its headers
        assert all(step.phases[phase] > 0 for phase in waiting)
        assert step.phases[Phase.TRANSFER] >= 0
        assert sum(step.phases.values()) == step.duration_s
    assert first.certificate_expires_at == second.certificate_expires_at is not None


async def test_an_address_has_no_resolve_phase(certificate: Certificate) -> None:
    async with web_server(anything(always()), tls=certificate.server) as url:
        run = await look(f"- request: GET {url}/", keys=f"tls: {{ca_file: {certificate.file}}}")
    assert set(only_step(run).phases) == ALL


def _without_farewell(listening: socket.socket, server: ssl.SSLContext) -> bool:
    """Answer one request over TLS, and no farewell; whether the client ends the connection."""
    connection, _ = listening.accept()
    with server.wrap_socket(connection, server_side=True) as tls:
        tls.recv(65536)
        tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        with socket.socket(fileno=os.dup(tls.fileno())) as beneath:
            beneath.settimeout(2)
            try:
                while beneath.recv(65536):
                    pass
            except ConnectionResetError:
                pass
            except TimeoutError:
                return False
    return True


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_server_that_takes_no_leave_of_tls_keeps_no_connection_of_ours(
    certificate: Certificate, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def ended() -> bool:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            answering = asyncio.to_thread(_without_farewell, listening, certificate.server)
            task = asyncio.create_task(answering)
            keys = f"tls: {{ca_file: {certificate.file}}}"
            run = await look(f"- request: GET https://127.0.0.1:{port}/", keys=keys)
            assert run.outcome is Outcome.OK, run
            return await task

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(ended())


async def test_a_certificate_that_nobody_vouches_for_is_a_tls_failure(
    certificate: Certificate,
) -> None:
    async with web_server(anything(always()), tls=certificate.server) as url:
        run = await look(f"- request: GET {url}/")
    assert (run.outcome, run.failed_phase) == (Outcome.TLS_FAILURE, Phase.TLS)
    assert "self-signed certificate" in only_step(run).evidence.error


async def test_a_private_authority_without_key_usage_may_vouch_on_any_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = private_authority(tmp_path)
    be_strict(monkeypatch)
    async with web_server(anything(always()), tls=authority.server) as url:
        run = await look(f"- request: GET {url}/", keys=f"tls: {{ca_file: {authority.ca_file}}}")
    assert run.outcome is Outcome.OK, only_step(run).evidence.error


async def test_a_certificate_of_another_name_is_a_tls_failure(certificate: Certificate) -> None:
    async with web_server(anything(always()), tls=certificate.server) as url:
        other = url.replace("127.0.0.1", "127.0.0.2")
        run = await look(f"- request: GET {other}/", keys=f"tls: {{ca_file: {certificate.file}}}")
    # Where only 127.0.0.1 listens the connection itself is refused.
    assert run.outcome in {Outcome.TLS_FAILURE, Outcome.CONNECT_FAILED}


@pytest.mark.parametrize(
    ("parts", "ending"), [([], "close"), ([], "reset"), ([b"HTTP/1.1 400 No\r\n\r\n"], "close")]
)
async def test_a_handshake_that_breaks_off_is_a_tls_failure(
    parts: list[bytes], ending: str
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
        writer.transport.abort() if ending == "reset" else writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        run = await look(f"- request: GET https://127.0.0.1:{port}/")
    assert (run.outcome, run.failed_phase) == (Outcome.TLS_FAILURE, Phase.TLS)


async def test_a_handshake_that_never_ends_times_out_in_tls() -> None:
    async with raw(ending="hold") as server:
        steps = f"- request: GET https://127.0.0.1:{server.port}/"
        run = await look(steps, keys="timeout: 500ms")
    assert (run.outcome, run.failed_phase) == (Outcome.TIMED_OUT, Phase.TLS)


async def test_a_certificate_is_expected_to_last(certificate: Certificate) -> None:
    async with web_server(anything(always()), tls=certificate.server) as url:
        run = await look(
            f"- request: GET {url}/\n  expect: {{certificate: {{days_left: 60}}}}",
            keys=f"tls: {{ca_file: {certificate.file}}}",
        )
    (check,) = failed(run)
    assert run.outcome is Outcome.BAD_CONTENT
    assert check.expected == "at least 60 days left"
    assert check.actual == "29.9 days left", "of 30 days some seconds are gone"


async def test_without_tls_there_is_no_certificate_to_last() -> None:
    async with web_server(anything(always())) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{certificate: {{days_left: 0}}}}")
    (check,) = failed(run)
    assert check.actual == "no certificate"


async def test_who_asks_for_tls_where_there_is_none_is_told_so() -> None:
    async with web_server(anything(always())) as url:
        run = await look(f"- request: GET {url.replace('http:', 'https:')}/")
    assert run.outcome is Outcome.TLS_FAILURE
    assert only_step(run).evidence.error.endswith("is it http://?")
