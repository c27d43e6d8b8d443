"""The event loop: what it looks up, and who waits for whom."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from files import no_file_left

from probe.model.outcome import Outcome, Phase
from probe.observing.failures import outcome_of
from probe.running import loop

CONNECT = """
import asyncio, os, socket, uvloop
from probe.running import loop

async def connect():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, server.getsockname())
    print(len(os.listdir("/proc/self/task")))

{run}(connect())
"""


def threads(run: str) -> int:
    """How many there are in a process that has connected to an address by `run`."""
    command = (sys.executable, "-c", CONNECT.format(run=run))
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_to_connect_to_an_address_no_thread_is_asked() -> None:
    assert threads("loop.run") == 1
    assert threads("uvloop.run") > 1, "uvloop has learnt it: probe/running/loop.py can go"


SILENT = [f"{number}.silent.example" for number in range(8)]


@pytest.fixture
def speak() -> Iterator[threading.Event]:
    """Until this is set, a resolver says nothing of those names."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch, speak: threading.Event) -> Counter[str]:
    """A system whose resolver says nothing of some names; how often it was asked for each."""
    asked = Counter[str]()

    def getaddrinfo(host: str, *_: object, **__: int) -> list[object]:
        asked[host] += 1
        if host in SILENT:
            speak.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "silent")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_that_we_could_not_look_up_for_want_of_a_file_is_not_missing() -> None:
    async def main() -> None:
        ask = asyncio.get_running_loop().getaddrinfo
        await ask("localhost", 80)
        with no_file_left():
            await ask("localhost", 80)

    with pytest.raises(OSError, match="Too many open files") as refused:
        loop.run(main())
    assert outcome_of(refused.value, Phase.RESOLVE) is Outcome.UNOBSERVED


def test_a_name_waits_for_no_silent_ones(resolver: Counter[str]) -> None:
    async def main() -> None:
        ask = asyncio.get_running_loop().getaddrinfo
        lookups = [asyncio.create_task(ask(name, 80)) for name in SILENT]
        async with asyncio.timeout(10):
            await ask("api.example", 80)
        for lookup in lookups:
            lookup.cancel()

    loop.run(main())
    assert resolver["api.example"] == 1


def test_those_who_ask_for_a_name_at_once_wait_for_one_answer(resolver: Counter[str]) -> None:
    async def main() -> None:
        ask = asyncio.get_running_loop().getaddrinfo
        lookups = [asyncio.create_task(ask(SILENT[0], 80)) for _ in range(3)]
        await asyncio.sleep(0.01)
        for lookup in lookups:
            lookup.cancel()

    loop.run(main())
    assert resolver == {SILENT[0]: 1}


def test_who_asks_later_does_not_wait_for_an_answer_that_was_lost(
    resolver: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SHARED_S", 0.01)

    async def main() -> None:
        ask = asyncio.get_running_loop().getaddrinfo
        first = asyncio.create_task(ask(SILENT[0], 80))
        await asyncio.sleep(0.02)
        later = asyncio.create_task(ask(SILENT[0], 80))
        await asyncio.sleep(0.01)
        first.cancel()
        later.cancel()

    loop.run(main())
    assert resolver == {SILENT[0]: 2}


def test_an_answer_that_somebody_waited_for_in_vain_is_not_in_time_for_the_next_who_asks(
    resolver: Counter[str],
) -> None:
    async def main() -> None:
        ask = asyncio.get_running_loop().getaddrinfo
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await ask(SILENT[0], 80)

    loop.run(main())
    assert resolver == {SILENT[0]: 3}


@pytest.fixture
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "MOST_LOOKUPS", 1)


async def taken_thread() -> asyncio.Task[object]:
    """Who waits for a silent server, in one of the threads."""
    ask = asyncio.get_running_loop().getaddrinfo
    waiting: asyncio.Task[object] = asyncio.create_task(ask(SILENT[0], 80))
    await asyncio.sleep(0)
    return waiting


@pytest.mark.usefixtures("_one_thread")
def test_who_finds_no_thread_in_time_learns_that_it_was_our_own_fault(
    resolver: Counter[str],
) -> None:
    async def main() -> None:
        ask = asyncio.get_running_loop().getaddrinfo
        waiting = await taken_thread()
        with pytest.raises(TimeoutError) as raised:
            async with asyncio.timeout(0.01):
                await ask("api.example", 80)
        waiting.cancel()
        assert outcome_of(raised.value, Phase.RESOLVE) is Outcome.UNOBSERVED

    loop.run(main())
    assert resolver["api.example"] == 0


@pytest.mark.usefixtures("_one_thread")
def test_nobody_is_asked_for_a_name_that_nobody_waits_for_any_more(
    resolver: Counter[str], speak: threading.Event
) -> None:
    async def main() -> None:
        ask = asyncio.get_running_loop().getaddrinfo
        waiting = await taken_thread()
        for name in SILENT[1:]:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await asyncio.gather(ask(name, 80), ask(name, 80))
        patient = asyncio.create_task(ask("api.example", 80))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await ask("api.example", 80)
        speak.set()
        await patient
        with pytest.raises(socket.gaierror):
            await waiting

    loop.run(main())
    assert resolver == {SILENT[0]: 1, "api.example": 1}


def test_a_daemon_may_open_as_many_files_as_its_system_allows() -> None:
    code = """
import resource
from probe.running.live import allow_all_files
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 256))
allow_all_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    command = (sys.executable, "-c", code)
    assert (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout == "(256, 256)\n"
    )
