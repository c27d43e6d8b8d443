"""Kept sessions: established once by a login path, then used by every path that names it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import aiohttp

from probe.model.run import StepResult
from probe.observing.deadline import Deadline
from probe.observing.signing_in.login_pages import LoginPages

Key = tuple[str, str]
"""The names of a service and of its login path."""

MARGIN_S: Final = 60.0
MARGIN_SHARE: Final = 0.1
"""How long before its end a session is renewed, and at most which share of its life."""

DOUBTED_FROM_S: Final = 600.0
"""How old a session must be to be doubted: flickering must not cause repeated sign-ins."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """A session that lives from run to run: its cookies and what its login extracted.

    It was signed into at `since`, by way of `login_pages`; `public` names the variables that are
    no secrets. From `due_at` on, if its login said how long it lives, it must be renewed.
    """

    jar: aiohttp.CookieJar
    variables: dict[str, str]
    public: frozenset[str]
    login_pages: LoginPages
    since: float
    due_at: float | None = None

    def lives_at(self, now: float) -> bool:
        """Whether it needs no renewal yet."""
        return self.due_at is None or now < self.due_at


def due_at(variables: Mapping[str, str], now: float) -> float | None:
    """When a session whose login gave `variables` must be renewed; None if they do not say.

    OAuth's `expires_in`, in seconds, less a margin: a run must not begin with a token and end
    without.
    """
    try:
        life_s = float(variables.get("expires_in", ""))
    except ValueError:
        return None
    return now + life_s - min(MARGIN_S, life_s * MARGIN_SHARE) if life_s > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A kept session with the steps that just established it, or the steps that failed to."""

    kept: Kept | None
    steps: tuple[StepResult, ...] = ()


def _shared(entry: Entry) -> Entry:
    """`entry` for a run that waited for it: what the target refused, it refused once."""
    return replace(entry, steps=tuple(replace(step, shared=True) for step in entry.steps))


Establish = Callable[[Kept | None], Awaitable[Entry]]
"""Signs in, or renews the given session that is due."""


@dataclass(slots=True)
class _Login:
    """One login at a time; those waiting for a failed one get its failure instead of retrying.

    `lets_in` is whether the last login succeeded, `served` names the paths that succeeded in the
    session.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    tries: int = 0
    entry: Entry = Entry(kept=None)
    kept: Kept | None = None
    lets_in: bool = False
    served: set[str] = field(default_factory=set)

    def take(self, entry: Entry) -> None:
        """Switch to the session of `entry`, if there is one."""
        self.lets_in = entry.kept is not None
        if entry.kept is not None:
            self.kept = entry.kept
            self.served = set()


class KeptSessions:
    """One session per login path."""

    def __init__(self) -> None:
        self._logins: dict[Key, _Login] = {}

    async def enter(self, key: Key, establish: Establish, deadline: Deadline, now: float) -> Entry:
        """The session of that login path, established by `establish` if none lives at `now`.

        Raises TimeoutError if another run's login outlasts `deadline`.
        """
        login = self._logins.setdefault(key, _Login())
        if login.kept is not None and login.kept.lives_at(now):
            return Entry(kept=login.kept)
        tries = login.tries
        async with deadline.timeout():
            await login.lock.acquire()
        try:
            if login.kept is not None and login.kept.lives_at(now):
                return Entry(kept=login.kept)
            if login.tries != tries:
                return _shared(login.entry)
            login.entry = await establish(login.kept)
            login.take(login.entry)
            login.tries += 1
            return login.entry
        finally:
            login.lock.release()

    def lives(self, key: Key) -> bool:
        """Whether that login path has a session, even one due for renewal."""
        login = self._logins.get(key)
        return login is not None and login.kept is not None

    def note_login(self, key: Key, *, let_in: bool) -> None:
        """Note how a run of the login path itself ended."""
        if key in self._logins:
            self._logins[key].lets_in = let_in

    def note_service(self, key: Key, kept: Kept, path: str) -> None:
        """Note that `path` succeeded in `kept`."""
        login = self._logins.get(key)
        if login is not None and login.kept is kept:  # a reload may have dropped it
            login.served.add(path)

    async def doubt(
        self, key: Key, kept: Kept, path: str, establish: Establish
    ) -> tuple[StepResult, ...]:
        """Sign in again because `path` was answered as a stranger may be; returns the steps done.

        Only if `path` succeeded in `kept` before, and the last login succeeded. If this one does
        not, `kept` stays.
        """
        login = self._logins.get(key)
        if login is None or login.lock.locked():
            return ()
        if login.kept is not kept or path not in login.served or not login.lets_in:
            return ()
        async with login.lock:
            entry = await establish(None)
            login.take(entry)
        return entry.steps

    def drop(self, key: Key, kept: Kept) -> None:
        """Drop a session that was refused, unless another one has replaced it."""
        login = self._logins.get(key)
        if login is not None and login.kept is kept:
            login.kept = None

    def keep(self, keys: Collection[Key]) -> None:
        """Drop every session except those of these login paths."""
        self._logins = {key: login for key, login in self._logins.items() if key in keys}
