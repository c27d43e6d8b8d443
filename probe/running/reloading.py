"""Switching to a changed configuration while everything runs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from probe.config.errors import ConfigError
from probe.config.loading import load
from probe.config.settings import Settings
from probe.config.web import WebConfig
from probe.model.clock import Clock
from probe.model.event import Event, Reloaded

_log = structlog.get_logger("probe")
FIXED_AT_THE_START: Final = ("listen", "journal", "enable_reload")


class Reloading:
    """Runs reloads one after another, under the lock `turn`: of two, the newer wins.

    `adopt` switches to new settings and returns the keys that wait for the next start.
    """

    def __init__(
        self,
        adopt: Callable[[Settings], Awaitable[tuple[str, ...]]],
        report: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._adopt = adopt
        self._report = report
        self._clock = clock
        self.turn = asyncio.Lock()

    async def reload(self, config: Path) -> Reloaded:
        """Load `config` and switch to it; if it is refused, the old one stays in force."""
        async with self.turn:
            reloaded = await self._tried(config)
            for key in reloaded.waiting:
                _log.warning("this key takes effect at the next start", key=key)
            self._report(reloaded)
            return reloaded

    async def _tried(self, config: Path) -> Reloaded:
        try:
            waiting = await self._adopt(await asyncio.to_thread(load, config))
        except ConfigError as error:
            return Reloaded(at=self._clock.now(), successful=False, problem=str(error))
        return Reloaded(at=self._clock.now(), successful=True, waiting=waiting)


def what_stays(
    begun: Settings, new: Settings, begun_web: WebConfig, new_web: WebConfig
) -> tuple[str, ...]:
    """The keys that differ from those at the start and take effect only at the next one."""
    changed = [key for key in FIXED_AT_THE_START if getattr(new, key) != getattr(begun, key)]
    if new_web.tls_server_config != begun_web.tls_server_config:
        changed.append("tls_server_config")
    return tuple(changed)
