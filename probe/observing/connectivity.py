"""Whether our own network works, according to canaries unrelated to any target."""

import asyncio
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from probe.config.authorities import shared_context
from probe.config.canaries import Canary
from probe.model import http_date
from probe.model.clock import Clock
from probe.model.outcome import Phase
from probe.observing.answers.their_clock import skew_s
from probe.observing.connecting.connector import BoundedConnector
from probe.observing.connecting.dialling import dial, look_up
from probe.observing.connecting.timing import TRACE, WATCH, Stopwatch

TIMEOUT_S: Final = 3.0
FRESH_S: Final = 2.0
"""How long one result serves all callers."""

SLOW_S: Final = 1.0
"""Canaries that take longer have lost packets: TCP repeats them after a second (RFC 6298, 2)."""

TIMES_USUAL: Final = 5
"""How many times longer than usual: over a satellite, two seconds may be usual."""

CHECKS_KEPT: Final = 120
"""The quickest of so many checks is the usual one: that of the last hour while all is well."""

NOBODY: Final = "no canary answered either"
NO_NAMES: Final = "no canary's name is found either"
PORTAL: Final = "somebody else answers for every http canary, as a captive portal does"
DNS_PORT: Final = 53

_MOST_READ: Final = 64 * 1024
_SEVERAL: Final = 2
_WEB: Final = frozenset({"http", "https"})


class Answered(Enum):
    """How a canary answered: correctly, wrongly or not at all; or its name had no address."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT = "not"
    UNRESOLVED = "unresolved"


_SAID: Final = {
    Answered.WRONG: "says something else",
    Answered.NOT: "is silent",
    Answered.UNRESOLVED: "has no address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The result of asking one canary; `skew_s` is our clock minus its clock."""

    canary: Canary
    answered: Answered
    skew_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the canaries showed. `connected` is None if there are none; `why` says why not.

    `slow` says how slow our network is, empty if it is as quick as usual. `resolves` says whether
    the name of any was found, None if no canary has one. `skews` are our clock minus the canaries',
    by host.
    """

    connected: bool | None
    why: str = ""
    slow: str = ""
    resolves: bool | None = None
    skews: Mapping[str, float] = field(default_factory=dict)


class Connectivity:
    """Asks every canary at once, and no longer than needed to be sure."""

    def __init__(self, canaries: Sequence[Canary], clock: Clock) -> None:
        self._canaries = tuple(canaries)
        self._clock = clock
        self._asking = asyncio.Lock()
        self._known = Reach(connected=None)
        self._known_at = float("-inf")
        self._took: deque[float] = deque(maxlen=CHECKS_KEPT)

    async def check(self) -> Reach:
        """Whether we reach the world, and if not, why."""
        if not self._canaries:
            return self._known
        async with self._asking:
            if self._clock.monotonic() - self._known_at >= FRESH_S:
                began = self._clock.monotonic()
                self._known = _reach(await self._hear())
                self._known_at = self._clock.monotonic()
                if self._known.connected:
                    self._took.append(self._known_at - began)
                    self._known = replace(self._known, slow=_slow(self._took))
            return self._known

    async def _hear(self) -> list[Heard]:
        """What the canaries answer, up to the answer that settles it."""
        heard: list[Heard] = []
        tries = [asyncio.ensure_future(_ask(canary, self._clock)) for canary in self._canaries]
        try:
            for first in asyncio.as_completed(tries):
                heard.append(await first)
                if self._is_settled_by(heard):
                    break
            return heard
        finally:
            for attempt in tries:
                attempt.cancel()
            await asyncio.gather(*tries, return_exceptions=True)

    def _is_settled_by(self, heard: list[Heard]) -> bool:
        """Whether the network surely works.

        Behind a portal all but the web may still answer, and without a resolver any address.
        """
        right = {each.canary.kind for each in heard if each.answered is Answered.RIGHT}
        web = sum(canary.kind in _WEB for canary in self._canaries)
        named = any(canary.named for canary in self._canaries)
        seen = right & _WEB if web >= _SEVERAL else right
        return bool(seen) and (_resolves(heard) is True or not named)


def _slow(took: Sequence[float]) -> str:
    """How slow the last of these checks was, by their seconds; empty if it was not."""
    took_s, usual_s = took[-1], min(took)
    if took_s <= max(SLOW_S, TIMES_USUAL * usual_s):
        return ""
    return f"the canaries took {took_s:.1f} s to answer, usually {usual_s:.2f} s"


def _reach(heard: list[Heard]) -> Reach:
    """What the answers mean together; one wrong canary among others proves nothing."""
    skews = {
        str(urlsplit(each.canary.url).hostname): each.skew_s
        for each in heard
        if each.skew_s is not None
    }
    web = [each.answered for each in heard if each.canary.kind in _WEB]
    enough = len(web) >= _SEVERAL or len(web) == len(heard)
    if enough and set(web) == {Answered.WRONG}:
        return Reach(connected=False, why=PORTAL)
    if any(each.answered is Answered.RIGHT for each in heard):
        return Reach(connected=True, resolves=_resolves(heard), skews=skews)
    each = sorted(f"{each.canary.url} {_SAID[each.answered]}" for each in heard)
    return Reach(connected=False, why=f"{NOBODY}: {', '.join(each)}")


def _resolves(heard: list[Heard]) -> bool | None:
    """Whether our resolver found any of the names; None if it was asked for none."""
    found = [each.answered is not Answered.UNRESOLVED for each in heard if each.canary.named]
    return any(found) if found else None


async def _ask(canary: Canary, clock: Clock) -> Heard:
    """What came of it; a name that is not found in time is as good as not found."""
    watch = Stopwatch(clock.monotonic)
    WATCH.set(watch)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await ASK[canary.kind](canary, clock)
    except (socket.gaierror, aiohttp.ClientConnectorDNSError):
        return Heard(canary=canary, answered=Answered.UNRESOLVED)
    except TimeoutError:
        unresolved = watch.current is Phase.RESOLVE
        return Heard(canary=canary, answered=Answered.UNRESOLVED if unresolved else Answered.NOT)
    except aiohttp.ClientSSLError:
        return Heard(canary=canary, answered=Answered.WRONG)
    except (OSError, ValueError, aiohttp.ClientError):
        return Heard(canary=canary, answered=Answered.NOT)


async def _tcp(canary: Canary, _: Clock) -> Heard:
    where = urlsplit(canary.url)
    watch = WATCH.get()
    watch.enter(Phase.RESOLVE)
    addresses = await look_up(where.hostname, where.port)
    watch.stop()
    (await dial(addresses)).close()
    return Heard(canary=canary, answered=Answered.RIGHT)


async def _dns(canary: Canary, _: Clock) -> Heard:
    from probe.observing.connecting.resolver import resolves  # noqa: PLC0415 - 3 MB that most do not need

    where = urlsplit(canary.url)
    right = await resolves(where.hostname, where.port or DNS_PORT, where.path.lstrip("/"))
    return Heard(canary=canary, answered=Answered.RIGHT if right else Answered.WRONG)


async def _http(canary: Canary, clock: Clock) -> Heard:
    async with (
        aiohttp.ClientSession(connector=BoundedConnector(), trace_configs=[TRACE]) as http,
        http.get(canary.url, allow_redirects=False, ssl=shared_context()) as response,
    ):
        answered_at = clock.wall()
        told = canary.contains is None or await _tells(response, canary.contains.encode())
    date = http_date.parse(response.headers.get("Date", ""))
    right = told and response.status in canary.status
    return Heard(
        canary=canary,
        answered=Answered.RIGHT if right else Answered.WRONG,
        skew_s=None if date is None else skew_s(date, answered_at),
    )


async def _tells(response: aiohttp.ClientResponse, text: bytes) -> bool:
    """Whether the beginning of a body contains `text`, in however many pieces it arrives."""
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if text in body or len(body) > _MOST_READ:
            break
    return text in body


ASK: Final[Mapping[str, Callable[[Canary, Clock], Awaitable[Heard]]]] = {
    "tcp": _tcp,
    "dns": _dns,
    "http": _http,
    "https": _http,
}
