"""The daemon's own certificate: served, renewed, and asked of its clients."""

import asyncio
import os
import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
import trustme
import uvloop
from structlog.testing import capture_logs
from web_stage import Served

from probe.config.web import TlsServer

AUTHORITY = trustme.CA()


def issue(folder: Path, name: str = "server", authority: trustme.CA = AUTHORITY) -> str:
    """Write a fresh certificate and its key; returns the certificate's serial number."""
    issued = authority.issue_cert("127.0.0.1", "localhost")
    for kind, blob in (("pem", issued.cert_chain_pems[0]), ("key", issued.private_key_pem)):
        new = folder / f"new.{kind}"
        blob.write_to_path(new)
        os.replace(new, folder / f"{name}.{kind}")  # noqa: PTH105 - atomic, as a renewal is
    shown = ssl._ssl._test_decode_cert(str(folder / f"{name}.pem"))  # type: ignore[attr-defined]
    return str(shown["serialNumber"])


def settings(folder: Path, **keys: object) -> TlsServer:
    files = {"cert_file": folder / "server.pem", "key_file": folder / "server.key"}
    return TlsServer.model_validate({**files, **keys})


def client(certificate: Path | None = None) -> ssl.SSLContext:
    trusted = AUTHORITY.cert_pem.bytes().decode("ascii")  # and not the machine's 140 authorities
    context = ssl.create_default_context(cadata=trusted)
    if certificate is not None:
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


async def served_serial(url: str, name: str | None, context: ssl.SSLContext | None = None) -> str:
    """The serial number of the certificate that a new connection is shown."""
    port = int(url.rpartition(":")[2])
    asked = name or "127.0.0.1"
    _, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context or client(), server_hostname=asked
    )
    shown = writer.get_extra_info("peercert")
    writer.close()
    await writer.wait_closed()
    return str(shown["serialNumber"])


async def fetched(url: str, context: ssl.SSLContext) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics", ssl=context) as answer:
        return await answer.text()


async def _renewal(folder: Path) -> None:
    first = issue(folder)
    server = Served(tls=settings(folder)).server()
    url = await server.start()
    try:
        assert url.startswith("https://127.0.0.1:")
        assert await fetched(url, client()) == "probe_success 1\n"
        for name in (None, "localhost"):
            assert await served_serial(url, name) == first
            first = issue(folder)
            assert await served_serial(url, name) == first
    finally:
        await server.stop()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_renewed_certificate_is_served_to_the_next_connection(
    tmp_path: Path, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_renewal(tmp_path))


async def test_a_renewal_half_done_leaves_the_certificate_before_and_says_so_once(
    tmp_path: Path,
) -> None:
    first = issue(tmp_path)
    server = Served(tls=settings(tmp_path)).server()
    url = await server.start()
    try:
        key = (tmp_path / "server.key").read_bytes()
        second = issue(tmp_path)
        new_key = (tmp_path / "server.key").read_bytes()
        (tmp_path / "server.key").write_bytes(key)
        with capture_logs() as logs:
            assert await served_serial(url, None) == first
            assert await served_serial(url, None) == first
        assert [entry["log_level"] for entry in logs] == ["error"]
        (tmp_path / "server.key").write_bytes(new_key)
        assert await served_serial(url, None) == second
    finally:
        await server.stop()


async def test_a_client_without_the_certificate_that_is_asked_for_gets_nothing(
    tmp_path: Path,
) -> None:
    issue(tmp_path)
    issue(tmp_path, "client")
    issue(tmp_path, "stranger", trustme.CA())
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = settings(
        tmp_path,
        client_auth_type="RequireAndVerifyClientCert",
        client_ca_file=tmp_path / "ca.pem",
    )
    server = Served(tls=tls).server()
    url = await server.start()
    try:
        assert await fetched(url, client(tmp_path / "client.pem")) == "probe_success 1\n"
        for context in (client(), client(tmp_path / "stranger.pem")):
            with pytest.raises(aiohttp.ClientError):
                await fetched(url, context)
    finally:
        await server.stop()


async def test_a_version_below_the_least_one_is_refused(tmp_path: Path) -> None:
    issue(tmp_path)
    server = Served(tls=settings(tmp_path, min_version="TLS13")).server()
    url = await server.start()
    old = client()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await served_serial(url, None, old)
    finally:
        await server.stop()


async def test_an_unusable_certificate_stops_the_start_and_leaves_nothing_open(
    tmp_path: Path,
) -> None:
    issue(tmp_path)
    tls = settings(tmp_path)
    (tmp_path / "server.key").unlink()
    with pytest.raises(OSError, match="No such file"):
        await Served(tls=tls).server().start()
