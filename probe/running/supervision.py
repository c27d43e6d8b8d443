"""Named tasks under one watch: if one ends unexpectedly, the daemon ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")
BROKEN: Final = 3
"""The exit status of a process in which a part of the daemon broke."""


class TaskEndedError(RuntimeError):
    """A task that should run for ever ended; its cause is attached."""


class Supervisor:
    """Owns every task of the daemon."""

    def __init__(self) -> None:
        self._lasting: set[asyncio.Task[None]] = set()
        self._brief: set[asyncio.Task[Any]] = set()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def keep(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        """Run something that must never end by itself."""
        task = asyncio.create_task(coroutine, name=name)
        self._lasting.add(task)
        task.add_done_callback(self._on_lasting_end)

    def spawn(self, coroutine: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run something short; its failure ends the daemon, its completion does not."""
        task = asyncio.create_task(coroutine, name=name)
        self._brief.add(task)
        task.add_done_callback(self._on_brief_end)
        return task

    async def watch(self, stop: asyncio.Event) -> None:
        """Wait until `stop` is set.

        Raises:
            TaskEndedError: a task ended before.
        """
        stopping = asyncio.create_task(stop.wait(), name="stop")
        either: set[asyncio.Future[Any]] = {stopping, self._ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._ended.done():
            self._ended.result()

    async def end(self) -> None:
        """Cancel everything and wait for it."""
        tasks = self._brief | self._lasting
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_lasting_end(self, task: asyncio.Task[None]) -> None:
        self._lasting.discard(task)
        if not task.cancelled():
            self.fail(task.get_name(), task.exception())

    def _on_brief_end(self, task: asyncio.Task[Any]) -> None:
        self._brief.discard(task)
        if not task.cancelled() and (cause := task.exception()) is not None:
            self.fail(task.get_name(), cause)

    def fail(self, name: str, cause: BaseException | None) -> None:
        """End the watch because the part called `name` broke."""
        if not self._ended.done():
            error = TaskEndedError(f"the task {name!r} ended unexpectedly")
            error.__cause__ = cause
            self._ended.set_exception(error)
