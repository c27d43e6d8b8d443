"""Where the time of one exchange goes: aiohttp's signals and the TLS hook, into phases.

aiohttp has no signal for TLS, and its request ends at the headers; so the handshake is timed by
`tls.py` and `transfer` is closed by whoever reads the body. All of it happens in the task that
asks, so a context variable tells the hooks whose time it is.
"""

from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Final

import aiohttp

from probe.model.outcome import Phase


class Stopwatch:
    """The phases of one exchange, in seconds; a phase that did not happen is absent.

    `began_at` is when the first one began and `ended_at` when the last one ended: what is done
    before and after is our own work, and 0.7 ms of a run in the median.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since = self.began_at = self.ended_at = monotonic()
        self.phases: dict[Phase, float] = {}
        self.current: Phase | None = None
        self.certificate_expires_at: float | None = None
        self.tls_version = ""
        self.reused = False

    def enter(self, phase: Phase) -> None:
        """End the phase under way and begin another."""
        self.stop()
        self.current, self._since = phase, self._monotonic()
        if not self.phases:
            self.began_at = self._since

    def stop(self) -> Phase | None:
        """End the phase under way and return it."""
        ended, self.current = self.current, None
        if ended is not None:
            self.ended_at = self._monotonic()
            self.phases[ended] = self.phases.get(ended, 0.0) + self.ended_at - self._since
        return ended

    def elapsed_s(self) -> float:
        """Seconds since the first phase began."""
        return self._monotonic() - self.began_at


WATCH: Final[ContextVar[Stopwatch]] = ContextVar("WATCH")
"""The stopwatch of the exchange that runs in this task."""


async def _connection_wanted(*_: object) -> None:
    WATCH.get().enter(Phase.CONNECT)


async def _name_asked(*_: object) -> None:
    watch = WATCH.get()
    watch.current = None  # nothing was connected yet
    watch.enter(Phase.RESOLVE)


async def _name_resolved(*_: object) -> None:
    WATCH.get().enter(Phase.CONNECT)


async def _connected(*_: object) -> None:
    WATCH.get().enter(Phase.PROCESSING)


async def _reused(*_: object) -> None:
    WATCH.get().reused = True
    WATCH.get().enter(Phase.PROCESSING)


async def _headers_came(*_: object) -> None:
    WATCH.get().enter(Phase.TRANSFER)


def _trace_config() -> "aiohttp.TraceConfig":
    config = aiohttp.TraceConfig(SimpleNamespace)
    config.on_connection_create_start.append(_connection_wanted)
    config.on_dns_resolvehost_start.append(_name_asked)
    config.on_dns_resolvehost_end.append(_name_resolved)
    config.on_connection_create_end.append(_connected)
    config.on_connection_reuseconn.append(_reused)
    config.on_request_end.append(_headers_came)
    return config


TRACE: Final = _trace_config()
"""What makes a session report its phases to WATCH; one is enough for all of them."""
