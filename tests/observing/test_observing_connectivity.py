"""Canaries: whether our own network works."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import pytest
from aiohttp import web as web_app
from lookout import Certificate, always, anything, raw, web_server
from private_authority import be_strict, private_authority, trust_alone

from probe.config.canaries import Canary
from probe.config.settings import Connectivity as Configured
from probe.model.clock import SYSTEM, Clock
from probe.observing.connectivity import FRESH_S, NOBODY, PORTAL, Connectivity, Reach
from probe.observing.interception import REMEMBERED_S, InterceptionDetector, fingerprint


@pytest.fixture
def closed() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{unused.getsockname()[1]}"


def canary(written: object) -> Canary:
    (read,) = Configured.model_validate({"canaries": [written]}).canaries
    return read


async def reach(*written: object) -> Reach:
    return await Connectivity([canary(each) for each in written], SYSTEM).check()


@dataclass
class Hands:
    seconds: float = 0.0

    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, monotonic=lambda: self.seconds)


async def test_without_a_canary_nothing_is_known() -> None:
    assert await reach() == Reach(connected=None)


async def test_one_canary_that_answers_is_enough(closed: str) -> None:
    async with raw() as server:
        assert await reach(closed, f"tcp://127.0.0.1:{server.port}") == Reach(connected=True)


async def test_a_canary_may_have_a_private_authority_without_key_usage_on_any_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = private_authority(tmp_path)
    be_strict(monkeypatch)
    trust_alone(authority, monkeypatch)
    async with web_server(anything(always(status=204)), tls=authority.server) as url:
        assert (await reach(f"{url}/")).connected is True


@contextmanager
def swallowed(port: int) -> Iterator[None]:
    """The second address of the loopback, where whoever connects to `port` hears nothing."""
    with ExitStack() as full:
        silent = full.enter_context(socket.socket())
        silent.bind(("127.0.0.2", port))
        silent.listen(0)
        for _ in range(2):
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", port))
        yield


async def test_an_address_that_is_swallowed_hides_no_other_one_of_the_same_name(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(_: str, port: int, *__: object, **___: object) -> list[tuple[object, ...]]:
        hosts = ("127.0.0.2", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]

    async with raw(tls=certificate.server) as server:
        with swallowed(server.port):
            monkeypatch.setattr(socket, "getaddrinfo", found)
            assert (await reach(f"tcp://two.invalid:{server.port}")).connected is True
            assert len(await fingerprint("two.invalid", server.port)) == 64


async def test_an_address_that_answers_does_not_show_that_names_are_found() -> None:
    async with raw() as server:
        address, name = (f"tcp://{host}:{server.port}" for host in ("127.0.0.1", "localhost"))
        unknown = "tcp://no-such-name.invalid:1"
        assert (await reach(address)).resolves is None
        assert await reach(address, unknown) == Reach(connected=True, resolves=False)
        assert await reach(address, unknown, name) == Reach(connected=True, resolves=True)


@pytest.mark.parametrize("late", ["tcp://late.invalid:1", "http://late.invalid/"])
async def test_a_name_that_is_not_found_in_time_is_as_good_as_not_found(
    late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, found = threading.Event(), socket.getaddrinfo

    def find(host: str, *rest: int, **hints: int) -> object:
        return over.wait(9) if host == "late.invalid" else found(host, *rest, **hints)

    monkeypatch.setattr("probe.observing.connectivity.TIMEOUT_S", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", find)
    try:
        async with raw() as server:
            seen = await reach(f"tcp://127.0.0.1:{server.port}", late)
    finally:
        over.set()
    assert seen == Reach(connected=True, resolves=False)


async def test_no_canary_that_answers_means_no_network(closed: str) -> None:
    silent = f"{NOBODY}: {closed} is silent, {closed} is silent"
    assert await reach(closed, closed) == Reach(connected=False, why=silent)


async def test_an_answer_serves_for_a_while() -> None:
    hands = Hands()
    async with raw() as server:
        connectivity = Connectivity([canary(f"tcp://127.0.0.1:{server.port}")], hands.clock())
        assert (await connectivity.check()).connected is True
    hands.seconds += FRESH_S / 2
    assert (await connectivity.check()).connected is True
    hands.seconds += FRESH_S
    assert (await connectivity.check()).connected is False


@pytest.mark.parametrize(
    ("usual_s", "seconds", "slow"),
    [
        (0.02, 2.5, "the canaries took 2.5 s to answer, usually 0.02 s"),
        (0.02, 0.9, ""),
        (0.6, 2.5, ""),
        (0.4, 2.5, "the canaries took 2.5 s to answer, usually 0.40 s"),
    ],
    ids=["packets are lost", "within a second", "over a satellite", "far away"],
)
async def test_a_network_is_slow_where_canaries_take_far_longer_than_usual(
    usual_s: float, seconds: float, slow: str
) -> None:
    hands, takes_s = Hands(), usual_s

    async def answer(_: web_app.Request) -> web_app.Response:
        hands.seconds += takes_s
        return web_app.Response(status=204)

    async with web_server(anything(answer)) as url:
        connectivity = Connectivity([canary(f"{url}/")], hands.clock())
        told = []
        for each in (usual_s, 2 * usual_s, seconds, usual_s):
            takes_s = each
            told.append((await connectivity.check()).slow)
            hands.seconds += 2 * FRESH_S
    assert told == ["", "", slow, ""]


@asynccontextmanager
async def web(status: int = 204, text: str = "", **headers: str) -> AsyncIterator[str]:
    answer = always(status=status, text=text or None, headers=headers)
    async with web_server(anything(answer)) as url:
        yield f"{url}/generate_204"


async def test_a_web_canary_answers_as_it_should_and_tells_the_time() -> None:
    async with web(Date="Mon, 02 Mar 2026 11:00:00 GMT") as url:
        clock = Clock(now=lambda: 1_772_449_260.5, monotonic=lambda: 0.0)
        seen = await Connectivity([canary(url)], clock).check()
    assert seen == Reach(connected=True, skews={"127.0.0.1": 60.0})


@pytest.mark.parametrize(
    ("written", "right"),
    [({"contains": "success"}, True), ({"contains": "welcome"}, False), ({"status": 302}, False)],
)
async def test_a_web_canary_may_have_words_and_a_status_of_its_own(
    written: dict[str, object], *, right: bool
) -> None:
    async with web(200, "success\n") as url:
        seen = await reach({"url": url.removesuffix("generate_204"), **written})
    assert seen.connected is right


async def test_the_words_of_a_web_canary_may_come_in_pieces() -> None:
    async def answer(request: web_app.Request) -> web_app.StreamResponse:
        response = web_app.StreamResponse()
        await response.prepare(request)
        for piece in (b"the network is a suc", b"cess\n"):
            await response.write(piece)
            for _ in range(50):  # the canary has read it by then
                await asyncio.sleep(0)
        return response

    async with web_server(anything(answer)) as url:
        assert (await reach({"url": f"{url}/", "contains": "a success"})).connected is True


async def test_a_web_canary_that_sends_hints_without_end_does_not_answer() -> None:
    hint, right = b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"
    async with raw(hint * 8, right) as few, raw(hint * 9, right) as many:
        assert (await reach(f"http://127.0.0.1:{few.port}/")).connected is True
        assert (await reach(f"http://127.0.0.1:{many.port}/")).connected is False


async def test_a_portal_is_blindness_though_tcp_answers() -> None:
    async with raw() as server, web(302, Location="/sign-in") as one, web(200, "Welcome") as two:
        seen = await reach(f"tcp://127.0.0.1:{server.port}", one, two)
        assert seen == Reach(connected=False, why=PORTAL)
        assert await reach(one) == Reach(connected=False, why=PORTAL)


async def test_one_wrong_canary_among_others_proves_nothing(closed: str) -> None:
    async with raw() as server, web(503) as wrong, web() as right:
        answering = f"tcp://127.0.0.1:{server.port}"
        assert (await reach(answering, wrong)).connected is True
        assert (await reach(closed, wrong, right)).connected is True
        silent = closed.replace("tcp", "http") + "/"
        assert (await reach(answering, wrong, silent)).connected is True
        both = sorted([f"{closed} is silent", f"{wrong} says something else"])
        assert (await reach(closed, wrong)).why == f"{NOBODY}: {', '.join(both)}"


class Resolver(asyncio.DatagramProtocol):
    """A name server that knows one name."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        if str(query.question[0].name) == "known.invalid.":
            answer.answer.append(dns.rrset.from_text("known.invalid.", 1, "IN", "A", "127.0.0.1"))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        cast("asyncio.DatagramTransport", self.transport).sendto(answer.to_wire(), addr)


async def test_a_dns_canary_asks_that_very_resolver() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Resolver, local_addr=("127.0.0.1", 0))
    resolver = f"dns://127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    try:
        assert (await reach(f"{resolver}/known.invalid")).connected is True
        assert (await reach(f"{resolver}/unknown.invalid")).connected is False
    finally:
        transport.close()


async def test_a_resolver_that_is_not_there_does_not_answer(
    closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probe.observing.connectivity.TIMEOUT_S", 0.1)
    assert (await reach(closed.replace("tcp", "dns") + "/example.com")).connected is False


async def test_the_same_wrong_certificate_for_unrelated_hosts_gives_a_proxy_away(
    certificate: Certificate,
) -> None:
    async with raw(tls=certificate.server) as one, raw(tls=certificate.server) as two:
        detector = InterceptionDetector(SYSTEM)
        first = f"https://127.0.0.1:{one.port}/"
        assert await detector.check(first) == ""
        assert await detector.check(first) == ""
        told = await detector.check(f"https://localhost:{two.port}/")
    assert told == "localhost and 127.0.0.1 show the same wrong certificate"


async def test_a_wrong_certificate_of_long_ago_gives_no_proxy_away(
    certificate: Certificate,
) -> None:
    hands = Hands()
    detector = InterceptionDetector(hands.clock())
    async with raw(tls=certificate.server) as server:
        await detector.check(f"https://127.0.0.1:{server.port}/")
        hands.seconds = REMEMBERED_S
        assert await detector.check(f"https://localhost:{server.port}/") == ""


async def test_each_certificate_has_its_fingerprint_and_no_tls_has_none(
    certificate: Certificate, closed: str
) -> None:
    async with raw(tls=certificate.server) as server:
        assert len(await fingerprint("127.0.0.1", server.port)) == 64
    assert await fingerprint("127.0.0.1", int(closed.rpartition(":")[2])) == ""
