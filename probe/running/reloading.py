"""Going over to a configuration that changed, while everything runs."""

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
from probe.reporting.journal.errors import JournalError

_log = structlog.get_logger("probe")
FIXED_AT_THE_START: Final = ("listen", "journal", "enable_reload")


class Reloading:
    """One reload after another, by `turn`: of two, the newer wins."""

    def __init__(
        self,
        adopt: Callable[[Settings], Awaitable[None]],
        report: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._adopt = adopt
        self._report = report
        self._clock = clock
        self.turn = asyncio.Lock()

    async def reload(self, config: Path) -> str | None:
        """Load `config` and go over to it; None, or why the old configuration goes on."""
        async with self.turn:
            problem = None
            try:
                await self._adopt(await asyncio.to_thread(load, config))
            except (ConfigError, JournalError) as error:
                problem = str(error)
            successful = problem is None
            at = self._clock.now()
            self._report(Reloaded(at=at, successful=successful, problem=problem or ""))
            return problem


def warn_of_what_stays(
    begun: Settings, new: Settings, begun_web: WebConfig, new_web: WebConfig
) -> None:
    """Say which keys differ from what the daemon began with, that only the next start takes up."""
    changed = [key for key in FIXED_AT_THE_START if getattr(new, key) != getattr(begun, key)]
    if new_web.tls_server_config != begun_web.tls_server_config:
        changed.append("tls_server_config")
    for key in changed:
        _log.warning("this key takes effect at the next start", key=key)
