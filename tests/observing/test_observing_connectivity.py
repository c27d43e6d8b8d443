"""Canaries: whether our own network works."""

import socket
from dataclasses import dataclass

import pytest
from lookout import raw

from probe.model.clock import SYSTEM, Clock
from probe.observing.connectivity import FRESH_S, Connectivity


@pytest.fixture
def closed() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{unused.getsockname()[1]}"


@dataclass
class Hands:
    seconds: float = 0.0

    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, monotonic=lambda: self.seconds)


async def test_without_a_canary_nothing_is_known() -> None:
    assert await Connectivity([], SYSTEM).check() is None


async def test_one_canary_that_answers_is_enough(closed: str) -> None:
    async with raw() as server:
        canaries = [closed, "tcp://no-such-name.invalid:1", f"tcp://127.0.0.1:{server.port}"]
        assert await Connectivity(canaries, SYSTEM).check() is True


async def test_no_canary_that_answers_means_no_network(closed: str) -> None:
    assert await Connectivity([closed, closed], SYSTEM).check() is False


async def test_an_answer_serves_for_a_while() -> None:
    hands = Hands()
    async with raw() as server:
        connectivity = Connectivity([f"tcp://127.0.0.1:{server.port}"], hands.clock())
        assert await connectivity.check() is True
    hands.seconds += FRESH_S / 2
    assert await connectivity.check() is True
    hands.seconds += FRESH_S
    assert await connectivity.check() is False
