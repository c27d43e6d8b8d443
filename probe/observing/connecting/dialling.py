"""Connections without a request, made in the way in which aiohttp makes those of the runs."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

from aiohappyeyeballs import AddrInfoType, start_connection

HEAD_START_S: Final = 0.25
"""How long one address is tried alone; the same as in aiohttp."""


async def look_up(host: str | None, port: int | None) -> Sequence[AddrInfoType]:
    """The addresses of `host`, in the system's order. Raises gaierror if there are none."""
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)


async def dial(addresses: Sequence[AddrInfoType]) -> socket.socket:
    """A socket that is connected to whichever of `addresses` answers first.

    asyncio itself tries one after the other: if packets of one IP version are dropped, it waits
    there until the time is up. Raises OSError if none answers.
    """
    return await start_connection(addresses, happy_eyeballs_delay=HEAD_START_S)
