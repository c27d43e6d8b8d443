"""A connection for which there is no request: it is made as aiohttp makes those of the runs."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

from aiohappyeyeballs import AddrInfoType, start_connection

HEAD_START_S: Final = 0.25
"""How long one address is tried alone; aiohttp's own."""


async def look_up(host: str | None, port: int | None) -> Sequence[AddrInfoType]:
    """The addresses of `host`, in the system's order. Raises gaierror where there are none."""
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)


async def dial(addresses: Sequence[AddrInfoType]) -> socket.socket:
    """A socket that is connected to whichever of `addresses` answers first.

    One after the other, as asyncio goes, a version of IP that is swallowed costs all the time
    there is. Raises OSError where none answers.
    """
    return await start_connection(addresses, happy_eyeballs_delay=HEAD_START_S)
