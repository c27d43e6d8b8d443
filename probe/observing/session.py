"""Kept sessions: established once by a login path, then used by every path that names it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from probe.model.run import StepResult
from probe.observing.deadline import Deadline

Key = tuple[str, str]
"""The names of a service and of its login path."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """A session that lives from run to run: its cookies and what its login extracted."""

    jar: aiohttp.CookieJar
    variables: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A kept session with the steps that established it just now, or those that failed to."""

    kept: Kept | None
    steps: tuple[StepResult, ...] = ()


Establish = Callable[[], Awaitable[Entry]]


@dataclass(slots=True)
class _Door:
    """One login at a time; who waited for a failed one takes its failure instead of another."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    tries: int = 0
    entry: Entry = Entry(kept=None)


class KeptSessions:
    """One session per login path."""

    def __init__(self) -> None:
        self._doors: dict[Key, _Door] = {}

    async def enter(self, key: Key, establish: Establish, deadline: Deadline) -> Entry:
        """The session of that login path, established by `establish` where there is none.

        Raises TimeoutError where another's login outlasts `deadline`.
        """
        door = self._doors.setdefault(key, _Door())
        tries = door.tries
        async with deadline.timeout():
            await door.lock.acquire()
        try:
            if door.entry.kept is not None:
                return Entry(kept=door.entry.kept)
            if door.tries == tries:
                door.entry = await establish()
                door.tries += 1
            return door.entry
        finally:
            door.lock.release()

    def drop(self, key: Key, kept: Kept) -> None:
        """Give up a session that was refused, unless another one took its place already."""
        door = self._doors.get(key)
        if door is not None and door.entry.kept is kept:
            door.entry = Entry(kept=None)

    def forget(self, service: str) -> None:
        """Give up every session of a service."""
        self._doors = {key: door for key, door in self._doors.items() if key[0] != service}
