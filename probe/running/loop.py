"""The event loop that the daemon and single runs run on."""

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")
Name = str | bytes | None


class Loop(uvloop.Loop):
    """uvloop that takes an address for what it is.

    Before it connects it looks its address up without naming the kind of socket; not knowing that
    it is one, it asks a thread. A connection took 0.82 ms in the median with that, 0.58 without.
    """

    async def getaddrinfo(self, host: Name, port: Name | int, **hints: int) -> list[Any]:
        """Look a name or an address up, for a stream where nothing else is said."""
        return await super().getaddrinfo(host, port, **{"type": socket.SOCK_STREAM, **hints})


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main)
