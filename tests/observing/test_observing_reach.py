"""The ways to a target: digest, a client certificate, a proxy, one version of IP."""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web
from aiohttp.connector import Connection
from lookout import always, anything, failed, look, only_step, raw, service, web_server
from multidict import CIMultiDict

from probe.config.reach import Tls
from probe.config.settings import Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Blame, Outcome, Phase
from probe.model.run import Run
from probe.observing.connecting.connections import LONGEST_HEADER
from probe.observing.connecting.connector import BoundedConnector
from probe.observing.connecting.tls import Contexts
from probe.observing.observer import Observer
from probe.running.loop import Loop

DIGEST = 'Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256'
STEP = """
- request: GET {url}/
  digest: {{user: me, password: "${{env:PROBE_TEST_PASSWORD}}"}}
"""


async def challenge(request: web.Request) -> web.Response:
    known = request.headers.get("Authorization", "").startswith('Digest username="me"')
    return web.Response(status=200 if known else 401, headers={"WWW-Authenticate": DIGEST})


async def test_digest_answers_the_challenge() -> None:
    async with web_server(anything(challenge)) as url:
        run = await look(STEP.format(url=url))
    assert run.outcome is Outcome.OK
    assert "correct-horse" not in repr(run)


async def test_a_digest_that_is_refused_is_unauthorized() -> None:
    refuse = always(status=401, headers={"WWW-Authenticate": DIGEST})
    async with web_server(anything(refuse)) as url:
        run = await look(STEP.format(url=url))
    assert run.outcome is Outcome.UNAUTHORIZED


@pytest.mark.parametrize(
    "challenge",
    [
        b'realm="r", nonce="\xff", qop="auth"',
        b'realm="r", nonce="", qop="auth"',
        b'realm="r", nonce="n", qop="none"',
        b'realm="r", nonce="n", algorithm=none',
        b'realm="r", nonce="n", domain="http://["',
    ],
    ids=range(5),
)
async def test_a_digest_challenge_that_nobody_can_answer_is_the_targets_fault(
    challenge: bytes,
) -> None:
    head = b"HTTP/1.1 401 Who\r\nContent-Length: 0\r\nWWW-Authenticate: Digest "
    async with raw(head, challenge, b"\r\n\r\n") as server:
        run = await look(STEP.format(url=f"http://127.0.0.1:{server.port}"))
    (check,) = failed(run)
    assert (run.outcome, check.name) == (Outcome.PROTOCOL_ERROR, "digest")
    assert check.actual


@pytest.mark.parametrize(
    ("challenges", "algorithm"),
    [
        (['Basic realm="r"', DIGEST], "SHA-256"),
        ([f"Negotiate, {DIGEST}"], "SHA-256"),
        ([f'Basic realm="not Digest realm=x", charset="UTF-8", {DIGEST}'], "SHA-256"),
        ([f'{DIGEST}, Basic realm="r", Bearer'], "SHA-256"),
        ([DIGEST.replace("SHA-256", name) for name in ("SHA-512-256", "MD5", "SHA-256")], "MD5"),
        ([", ".join(DIGEST.replace("SHA-256", name) for name in ("none", "MD5"))], "MD5"),
        ([f'Custom a="\\", Digest b=", {DIGEST.lower()}'], "sha-256"),
    ],
    ids=range(7),
)
async def test_of_several_challenges_the_first_digest_that_we_know_is_answered(
    challenges: list[str], algorithm: str
) -> None:
    told: list[str] = []

    async def refuse(request: web.Request) -> web.Response:
        told.append(request.headers.get("Authorization", ""))
        known = told[-1].startswith("Digest ") and f"algorithm={algorithm}" in told[-1]
        headers = CIMultiDict(("WWW-Authenticate", each) for each in challenges)
        return web.Response(status=200 if known else 401, headers=headers)

    async with web_server(anything(refuse)) as url:
        run = await look(STEP.format(url=url))
    assert run.outcome is Outcome.OK, told


@pytest.mark.parametrize("challenge", ['Basic realm="Digest r"', "Negotiate", "Digest", ""])
async def test_no_digest_is_told_to_who_asks_for_none(challenge: str) -> None:
    told: list[bool] = []

    async def refuse(request: web.Request) -> web.Response:
        told.append("Authorization" in request.headers)
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    async with web_server(anything(refuse)) as url:
        run = await look(STEP.format(url=url))
    assert (run.outcome, told) == (Outcome.UNAUTHORIZED, [False])


@pytest.mark.parametrize("piece", ["Digest ", 'Digest a="', '\\"', 'Digest realm="r", '])
async def test_challenges_without_end_are_read_quickly(piece: str) -> None:
    many = "Digest " + piece * (LONGEST_HEADER // len(piece) - 50)
    before = time.monotonic()
    async with web_server(anything(always(status=401, headers={"WWW-Authenticate": many}))) as url:
        await look(STEP.format(url=url))
    assert time.monotonic() - before < 1


async def test_a_digest_is_not_asked_for_where_nobody_answers() -> None:
    run = await look(STEP.format(url="http://127.0.0.1:1"))
    assert run.outcome is Outcome.CONNECT_FAILED


async def test_a_redirect_to_another_host_gets_no_digest() -> None:
    async with web_server(anything(challenge)) as stranger:
        away = always(status=302, headers={"Location": stranger})
        async with web_server(anything(away)) as url:
            run = await look(STEP.format(url=url) + "  follow: true\n")
    assert only_step(run).evidence.status == 401


class Authority:
    """A certificate authority of the test, and servers that want its certificates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(self.ca_file)

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert("127.0.0.1").configure_cert(context)
        context.verify_mode = ssl.CERT_REQUIRED
        self.ca.configure_trust(context)
        return context

    def client(self, ca: trustme.CA) -> str:
        file = self.folder / "client.pem"
        ca.issue_cert("prober@example.com").private_key_and_cert_chain_pem.write_to_path(file)
        return f"tls: {{ca_file: {self.ca_file}, cert_file: {file}}}"


def refuse_one(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Refuse a client as OpenSSL does; asyncio's server closes before its alert is sent."""
    connection, _ = listening.accept()
    shaking = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    with pytest.raises(ssl.SSLError):
        shaking.do_handshake()
    with socket.socket(fileno=shaking.detach()) as plain:
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_a_client_certificate_is_shown_where_a_server_asks_for_one(
    authority: Authority,
) -> None:
    async with web_server(anything(always()), tls=authority.server()) as url:
        run = await look(f"- request: GET {url}/", keys=authority.client(authority.ca))
    assert run.outcome is Outcome.OK


@pytest.mark.parametrize("shown", ["none", "a stranger's"])
async def test_a_client_certificate_that_is_refused_is_a_refused_credential(
    authority: Authority, shown: str
) -> None:
    keys = f"tls: {{ca_file: {authority.ca_file}}}"
    if shown != "none":
        keys = authority.client(trustme.CA())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.to_thread(refuse_one, listening, authority.server())
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        run, _ = await asyncio.gather(look(f"- request: GET {url}", keys=keys), serving)
    assert run.outcome is Outcome.UNAUTHORIZED, only_step(run).evidence.error


@pytest.mark.parametrize("turns", range(3))
@pytest.mark.parametrize("step", ["- request: GET {url}", "- request: POST {url}\n  body: text"])
def test_a_client_certificate_that_is_refused_right_before_we_write_is_a_refused_credential(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, step: str, turns: int
) -> None:
    """uvloop writes no more once it saw an alert, and tells of that some turns later."""
    connect = BoundedConnector.connect

    async def late(*args: Any) -> Connection:  # noqa: ANN401 - aiohttp's, passed on
        connection = await connect(*args)
        time.sleep(0.05)  # noqa: ASYNC251 - the alert comes while the loop looks away
        for _ in range(turns):
            await asyncio.sleep(0)
        return connection

    async def refused() -> Run:
        keys = authority.client(trustme.CA())
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.to_thread(refuse_one, listening, authority.server())
            url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
            run, _ = await asyncio.gather(look(step.format(url=url), keys=keys), serving)
            return run

    monkeypatch.setattr(BoundedConnector, "connect", late)
    with asyncio.Runner(loop_factory=Loop) as runner:
        run = runner.run(refused())
    assert run.outcome is Outcome.UNAUTHORIZED, only_step(run).evidence.error


async def test_a_key_that_belongs_to_no_certificate_is_our_own_fault(authority: Authority) -> None:
    file = authority.folder / "client.pem"
    client = authority.ca.issue_cert("probe.example")
    client.private_key_and_cert_chain_pem.write_to_path(file)
    async with looking("https://127.0.0.1:1", f"tls: {{cert_file: {file}}}") as look_again:
        client.cert_chain_pems[0].write_to_path(file)  # renewed, and its key forgotten
        assert (await look_again()).outcome is Outcome.UNOBSERVED


@asynccontextmanager
async def looking(url: str, keys: str) -> AsyncIterator[Callable[[], Awaitable[Run]]]:
    """A daemon's observer, which looks at `url` again and again."""
    target = service(f"- request: GET {url}/", keys=keys)
    observer = Observer(Settings(services=(target,)), SYSTEM)
    try:
        yield lambda: observer.observe(target, target.paths[0])
    finally:
        await observer.close()


@pytest.mark.parametrize("connection", ["fresh", "reuse"])
async def test_a_renewed_client_certificate_is_shown_from_the_next_run_on(
    authority: Authority, connection: str
) -> None:
    shown: list[str] = []

    async def note(request: web.Request) -> web.Response:
        assert request.transport is not None
        shown.append(request.transport.get_extra_info("peercert")["serialNumber"])
        return web.Response()

    keys = f"{authority.client(authority.ca)}\nconnection: {connection}"
    async with web_server(anything(note), tls=authority.server()) as url, looking(url, keys) as go:
        runs = [await go(), await go()]
        authority.client(authority.ca)
        runs += [await go()]
    assert [run.outcome for run in runs] == [Outcome.OK] * 3
    assert shown[0] == shown[1] != shown[2]


async def test_a_renewed_authority_vouches_from_the_next_run_on(authority: Authority) -> None:
    keys = authority.client(authority.ca)
    trustme.CA().cert_pem.write_to_path(authority.ca_file)
    server = authority.server()
    async with web_server(anything(always()), tls=server) as url, looking(url, keys) as go:
        refused = await go()
        authority.ca.cert_pem.write_to_path(authority.ca_file)
        trusted = await go()
    assert (refused.outcome, trusted.outcome) == (Outcome.TLS_FAILURE, Outcome.OK)


async def test_a_certificate_that_vanished_is_our_own_fault_until_it_is_back(
    authority: Authority,
) -> None:
    keys = authority.client(authority.ca)
    server = authority.server()
    async with web_server(anything(always()), tls=server) as url, looking(url, keys) as go:
        outcomes = [(await go()).outcome]
        (authority.folder / "client.pem").unlink()
        outcomes += [(await go()).outcome]
        authority.client(authority.ca)
        outcomes += [(await go()).outcome]
    assert outcomes == [Outcome.OK, Outcome.UNOBSERVED, Outcome.OK]


def test_files_that_stayed_as_they_were_are_read_once(authority: Authority) -> None:
    tls, contexts = Tls(ca_file=authority.ca_file), Contexts()
    first = contexts.of(tls)
    assert contexts.of(tls) is first
    os.utime(authority.ca_file, ns=(1, 1))
    assert contexts.of(tls) is not first


def test_what_was_read_for_a_path_that_is_gone_is_given_up(authority: Authority) -> None:
    tls, contexts = Tls(ca_file=authority.ca_file), Contexts()
    first = contexts.of(tls)
    contexts.keep({tls})
    assert contexts.of(tls) is first
    contexts.keep(set())
    assert contexts.of(tls) is not first


@pytest.mark.parametrize(
    ("days", "reason"), [((-9, -2), "certificate has expired"), ((2, 9), "not yet valid")]
)
async def test_a_certificate_out_of_its_time_is_a_tls_failure(
    authority: Authority, days: tuple[int, int], reason: str
) -> None:
    since, until = (datetime.now(UTC) + timedelta(days=day) for day in days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf = authority.ca.issue_cert("127.0.0.1", not_before=since, not_after=until)
    leaf.configure_cert(context)
    async with web_server(anything(always()), tls=context) as url:
        run = await look(f"- request: GET {url}/", keys=f"tls: {{ca_file: {authority.ca_file}}}")
    assert (run.outcome, run.failed_phase) == (Outcome.TLS_FAILURE, Phase.TLS)
    assert reason in only_step(run).evidence.error


async def through(proxy: str, target: str) -> Run:
    return await look(f"- request: GET {target}", keys=f'proxy: "{proxy}"')


@pytest.mark.parametrize("target", ["http://target.invalid/", "https://target.invalid/"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "http://no-such-proxy.invalid:3128"])
async def test_a_proxy_that_cannot_be_reached_says_nothing_of_the_target(
    proxy: str, target: str
) -> None:
    run = await through(proxy, target)
    assert (run.outcome, run.blame) == (Outcome.UNOBSERVED, Blame.PROBER)
    assert [check.name for check in failed(run)] == ["proxy"]
    assert "a proxy that can be reached" in run.note
    assert "ssl:" not in run.note


@pytest.mark.parametrize("target", ["http://target.invalid/", "https://target.invalid/"])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n", Outcome.UNOBSERVED),
        (b"HTTP/1.1 403 Filtered\r\nServer: tinyproxy/1.11.1\r\n", Outcome.UNOBSERVED),
        (b"HTTP/1.1 502 Bad Gateway\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n", Outcome.CONNECT_FAILED),
        (b"HTTP/1.1 504 Late\r\nProxy-Status: p; error=x\r\n", Outcome.CONNECT_FAILED),
    ],
)
async def test_a_proxys_own_answer_is_told_from_the_targets(
    answer: bytes, outcome: Outcome, target: str
) -> None:
    async with raw(answer + b"Content-Length: 0\r\n\r\n") as proxy:
        run = await through(f"http://127.0.0.1:{proxy.port}", target)
    assert run.outcome is outcome
    assert [check.name for check in failed(run)] == ["proxy"]


async def test_what_a_proxy_passes_on_is_the_targets_own() -> None:
    answer = b"HTTP/1.1 500 Oops\r\nVia: 1.1 p (tinyproxy/1.11.1)\r\nContent-Length: 0\r\n\r\n"
    async with raw(answer) as proxy:
        run = await through(f"http://me:p%40ss-word@127.0.0.1:{proxy.port}", "http://t.invalid/")
    assert run.outcome is Outcome.SERVER_ERROR, run
    assert b"Proxy-Authorization: Basic bWU6cEBzcy13b3Jk" in proxy.requests[0]
    assert "ss-word" not in repr(run)


@pytest.mark.parametrize(
    ("ip", "outcomes"),
    [(4, {Outcome.OK}), (6, {Outcome.CONNECT_FAILED, Outcome.DNS_FAILURE})],
)
async def test_a_path_may_use_one_version_of_ip_alone(ip: int, outcomes: set[Outcome]) -> None:
    async with web_server(anything(always())) as url:  # it listens on IPv4
        local = url.replace("127.0.0.1", "localhost")
        run = await look(f"- request: GET {local}/", keys=f"ip: {ip}")
    assert run.outcome in outcomes


async def test_a_redirect_to_an_address_of_the_other_version_of_ip_is_named() -> None:
    elsewhere = always(status=302, headers={"Location": "http://[::1]:9/"})
    async with web_server(anything(elsewhere)) as url:
        run = await look(f"- request: GET {url}/\n  follow: true", keys="ip: 4")
    (check,) = failed(run)
    assert run.outcome is Outcome.CONNECT_FAILED
    assert (check.name, check.expected, check.actual) == ("ip", "an address of IPv4", "::1")


async def test_a_proxy_of_the_other_version_of_ip_says_nothing_of_the_target() -> None:
    keys = "proxy: http://127.0.0.1:9\nip: 6"
    run = await look("- request: GET http://target.invalid/", keys=keys)
    assert run.outcome is Outcome.UNOBSERVED
    assert [check.actual for check in run.steps[0].evidence.checks] == ["127.0.0.1"]
