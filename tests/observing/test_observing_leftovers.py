"""A run is gone when it is over: to look for what it left in circles stops the event loop."""

import gc
from collections.abc import Iterator

import aiohttp
import pytest
from lookout import Certificate, look, raw

from probe.model.outcome import Outcome
from probe.observing.exchange import Exchange
from probe.observing.journey import Journey

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left() -> list[object]:
    """What of a run is still there. (An error may be in the hand of the resolver's thread yet.)"""
    kinds = (aiohttp.TCPConnector, aiohttp.ClientSession, Exchange, Journey)
    return [each for each in gc.get_objects() if isinstance(each, kinds)]


@pytest.mark.parametrize(
    ("part", "ending", "outcome"),
    [
        (WHOLE, "close", Outcome.OK),
        (CUT, "close", Outcome.INCOMPLETE),
        (b"", "reset", Outcome.CONNECTION_RESET),
        (b"", "hold", Outcome.TIMED_OUT),
        (b"nothing of the kind\r\n\r\n", "close", Outcome.PROTOCOL_ERROR),
    ],
)
async def test_whatever_comes_leaves_nothing_to_the_collector(
    part: bytes, ending: str, outcome: Outcome
) -> None:
    async with raw(part, ending=ending) as server:
        before = left()
        steps = f"- {{request: 'GET http://127.0.0.1:{server.port}/', timeout: 0.3s}}"
        run = await look(steps)
        assert run.outcome is outcome
        assert [each for each in left() if each not in before] == []


async def test_a_refused_connection_leaves_nothing_to_the_collector() -> None:
    before = left()
    run = await look("- {request: 'GET http://127.0.0.1:1/'}")
    assert run.outcome is Outcome.CONNECT_FAILED
    assert [each for each in left() if each not in before] == []


async def test_a_name_that_nobody_knows_leaves_nothing_to_the_collector() -> None:
    before = left()
    run = await look("- {request: 'GET http://no-such-host.invalid/'}")
    assert run.outcome is Outcome.DNS_FAILURE
    assert [each for each in left() if each not in before] == []


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_handshake_leaves_nothing_to_the_collector(
    certificate: Certificate, *, trusted: bool
) -> None:
    keys = f"tls: {{ca_file: '{certificate.file}'}}" if trusted else ""
    async with raw(WHOLE, tls=certificate.server) as server:
        before = left()
        run = await look(f"- {{request: 'GET https://127.0.0.1:{server.port}/'}}", keys=keys)
        assert run.outcome is (Outcome.OK if trusted else Outcome.TLS_FAILURE)
        assert [each for each in left() if each not in before] == []
