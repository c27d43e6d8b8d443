"""The event loop that the daemon and single runs run on."""

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

import uvloop

from probe.config.addresses import ip_version
from probe.observing.failures import NO_THREAD

T = TypeVar("T")
Name: TypeAlias = str | bytes | None
Found: TypeAlias = list[Any]

MOST_LOOKUPS: Final = 128
"""With this many lookups under way, another one has to wait for a thread."""

SHARED_S: Final = 0.1
"""How long after its beginning a lookup is joined by others that ask the same."""


class Loop(uvloop.Loop):
    """uvloop that looks up no IP addresses in a thread, and lets no name wait for another.

    Before it connects, uvloop looks its address up without a socket type; it then does not
    recognise an IP address and asks a thread. A connection took 0.82 ms in the median with that,
    0.58 without.

    uvloop has two threads for all names. A silent name server holds one for ten seconds and more:
    two names of such a server made every other name look broken.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(MOST_LOOKUPS, thread_name_prefix="lookup")
        self._lookups: dict[tuple[object, ...], _Lookup] = {}

    async def getaddrinfo(self, host: Name, port: Name | int, **hints: int) -> Found:
        """Look up a name or an address, for a stream unless `hints` say otherwise.

        Callers who ask the same at nearly the same time share one answer, unless one of them gave
        up on it. A later caller asks anew: after a lost packet the system waits for five seconds,
        and that one packet would fail a first bad run and all its confirmations.
        """
        hints = {"type": socket.SOCK_STREAM, **hints}
        if not isinstance(host, str) or ip_version(host) is not None:
            return await super().getaddrinfo(host, port, **hints)
        question = (host, port, *hints.items())
        lookup = self._lookups.get(question)
        if lookup is None or self.time() - lookup.began_at > SHARED_S:
            ask = partial(socket.getaddrinfo, host, port, **hints)
            lookup = self._lookups[question] = _Lookup(self, self._threads, ask)
        try:
            return await lookup.answer()
        finally:
            if self._lookups.get(question) is lookup:
                del self._lookups[question]


class _Lookup:
    """One question to the system's resolver, which cannot be stopped once asked.

    Until it is asked, it is dropped when no caller is left: names of a silent server would pile up,
    and each be asked for in vain.
    """

    def __init__(self, loop: Loop, threads: Executor, ask: Callable[[], Found]) -> None:
        self.began_at = loop.time()
        self._ask = ask
        self._is_begun = False
        self._waiting = 0
        self.found = asyncio.wrap_future(threads.submit(self._look), loop=loop)
        self.found.add_done_callback(lambda found: found.cancelled() or found.exception())

    async def answer(self) -> Found:
        """What was found. A CancelledError says so if no thread was free in time."""
        self._waiting += 1
        try:
            return await asyncio.shield(self.found)
        except asyncio.CancelledError as ended:
            if not self._is_begun:
                raise asyncio.CancelledError(NO_THREAD) from ended
            raise
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.found.cancel()

    def _look(self) -> Found:
        self._is_begun = True
        try:
            return self._ask()
        except socket.gaierror:
            os.close(os.open(os.devnull, os.O_RDONLY))  # without a file, any name seems unknown
            raise


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main)
