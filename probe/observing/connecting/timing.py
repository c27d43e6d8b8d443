"""Where the time of one exchange goes: aiohttp's signals and the TLS hook, into phases.

aiohttp has no signal for TLS, and its request ends at the headers; so `tls.py` times the handshake
and the reader of the body ends `transfer`. All of this happens in the asking task, so a context
variable tells the hooks which exchange to time. What arrives is noted by the connection, because
the waiting task learns of it only after others had their turns.
"""

import socket
from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Final

import aiohttp

from probe.model.outcome import Phase


class Stopwatch:
    """The phases of one exchange, in seconds; a phase that did not happen is absent.

    What happens before, between and after them is our own work. `connected_at` is when a connection
    was made, and `heard_at` when something last came from the target or the connection ended:
    processing these is our own work too. `lost_by` is the fault that ended it, if it was one.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since = monotonic()
        self.connected_at: float | None = None
        self.heard_at: float | None = None
        self.lost_by: BaseException | None = None
        self.phases: dict[Phase, float] = {}
        self.current: Phase | None = None
        self.certificate_expires_at: float | None = None
        self.tls_version = ""
        self.reused = False

    def enter(self, phase: Phase, at: float | None = None) -> None:
        """End the current phase and begin another: now, or `at` a time noted earlier."""
        self.current, self._since = phase, self._end(at)

    def stop(self, at: float | None = None) -> Phase | None:
        """End the current phase, now or `at` a time noted earlier, and return it."""
        ended = self.current
        self._end(at)
        return ended

    def _end(self, at: float | None) -> float:
        ended, self.current = self.current, None
        moment = self._monotonic() if at is None else max(at, self._since)
        if ended is not None:
            self.phases[ended] = self.phases.get(ended, 0.0) + moment - self._since
        return moment

    def meet(self) -> None:
        """Note that a connection has just been made."""
        self.connected_at = self._monotonic()

    def hear(self) -> None:
        """Note that something has just come from the target."""
        self.heard_at = self._monotonic()

    @property
    def took_s(self) -> float:
        """Seconds that the phases have taken so far."""
        return sum(self.phases.values())

    def heard_s(self) -> float:
        """Seconds that the phases had taken when something last came."""
        if self.current is None or self.heard_at is None:
            return self.took_s
        return self.took_s + max(0.0, self.heard_at - self._since)


WATCH: Final[ContextVar[Stopwatch]] = ContextVar("WATCH")
"""The stopwatch of the exchange that runs in this task."""


def open_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """A socket to connect with; of several that race, the first begins the phase."""
    watch = WATCH.get()
    if watch.current is None:
        watch.enter(Phase.CONNECT)
    family, kind, protocol, _, _ = address
    return socket.socket(family=family, type=kind, proto=protocol)


async def _connection_wanted(*_: object) -> None:
    WATCH.get().stop()


async def _name_asked(*_: object) -> None:
    WATCH.get().enter(Phase.RESOLVE)


async def _name_resolved(*_: object) -> None:
    WATCH.get().stop()


async def _connected(*_: object) -> None:
    watch = WATCH.get()
    watch.stop(watch.connected_at)


async def _reused(*_: object) -> None:
    WATCH.get().reused = True


async def _sending(*_: object) -> None:
    WATCH.get().enter(Phase.PROCESSING)


async def _headers_came(*_: object) -> None:
    watch = WATCH.get()
    watch.enter(Phase.TRANSFER, watch.heard_at)


def _trace_config() -> "aiohttp.TraceConfig":
    config = aiohttp.TraceConfig(SimpleNamespace)
    config.on_connection_create_start.append(_connection_wanted)
    config.on_dns_resolvehost_start.append(_name_asked)
    config.on_dns_resolvehost_end.append(_name_resolved)
    config.on_connection_create_end.append(_connected)
    config.on_connection_reuseconn.append(_reused)
    config.on_request_headers_sent.append(_sending)  # aiohttp calls it right before
    config.on_request_end.append(_headers_came)
    return config


TRACE: Final = _trace_config()
"""What makes a session report its phases to WATCH; one serves all sessions."""
