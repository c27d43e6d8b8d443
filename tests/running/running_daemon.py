"""A daemon that runs beside a test until the test ends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probe.running.daemon import Daemon


class RunningDaemon:
    """A `daemon` that answers at `page`, as the task `running`."""

    async def begin(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self._stop = asyncio.Event()
        up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.running = asyncio.create_task(daemon.run(self._stop, up.set_result))
        self.page = await up

    async def end(self) -> None:
        self._stop.set()
        await self.running


@asynccontextmanager
async def running(daemon: Daemon) -> AsyncIterator[str]:
    """The address at which it answers."""
    beside = RunningDaemon()
    await beside.begin(daemon)
    try:
        yield beside.page
    finally:
        await beside.end()
