"""A scenario played by the simulator to the whole daemon, over real sockets on a virtual clock."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from probe.config.loading import read
from probe.config.settings import Listen, Settings
from probe.config.shipped import shipped
from probe.model.clock import Clock
from probe.rehearsing.recording import Recording
from probe.rehearsing.virtual import run_virtually
from probe.running.daemon import Daemon
from probe.running.telling.dispatch import Reporter
from probe.simulator.provider import Provider
from probe.simulator.scenario import Scenario
from probe.simulator.serving import serving

STANDIN = "http://127.0.0.1:9640"
"""Where config/demo.yaml expects the stand-in provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How a scenario is played: `speed` in virtual seconds per real one, None for full speed."""

    speed: float | None = None
    listen: Listen = field(default_factory=lambda: Listen(host="127.0.0.1", port=0))
    started: Callable[[str], None] = lambda _address: None
    staged: Callable[[Provider], None] = lambda _provider: None
    reporters: tuple[Reporter, ...] = ()


def play(scenario: Scenario, stage: Stage) -> Recording:
    """Play `scenario` to its end and return what the daemon showed."""
    recording = Recording()

    async def main(clock: Clock) -> None:
        provider = Provider(scenario, now=clock.now)
        stage.staged(provider)
        async with serving(provider, port=0) as address:
            with tempfile.TemporaryDirectory(prefix="splitprobe-") as folder:
                settings = demo_settings(address, stage.listen)
                settings = settings.model_copy(update={"journal": Path(folder, "journal.db")})
                daemon = Daemon(settings, clock, reporters=(recording, *stage.reporters))
                stop = asyncio.Event()
                left = scenario.ends.timestamp() - clock.now()
                asyncio.get_running_loop().call_later(left, stop.set)
                await daemon.run(stop, stage.started)

    run_virtually(main, start=scenario.starts.timestamp(), speed=stage.speed)
    return recording


def demo_settings(standin: str, listen: Listen) -> Settings:
    """The shipped demo configuration, pointed at `standin` and answering on `listen`."""
    file = shipped("demo.yaml")
    text = file.read_text(encoding="utf-8").replace(STANDIN, standin)
    return read(text, file).model_copy(update={"listen": listen})
