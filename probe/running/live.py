"""The daemon and the simulator as processes on real time: signals, exit statuses."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import structlog
import uvloop

from probe.config.settings import ProbePath, Service, Settings
from probe.model.clock import SYSTEM
from probe.model.run import Run
from probe.observing.observer import Observer
from probe.running.daemon import Daemon
from probe.simulator.provider import Provider
from probe.simulator.scenario import Scenario
from probe.simulator.serving import serving

_log = structlog.get_logger("probe")


def run_daemon(settings: Settings, config: Path) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP loads `config` anew."""

    async def main() -> None:
        daemon = Daemon(settings, SYSTEM, config=config)
        stop = _stop_on_signal()
        reloads: set[asyncio.Task[str | None]] = set()

        def reload() -> None:
            task = asyncio.create_task(daemon.reload(), name="reload")
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
        await daemon.run(stop, lambda address: _log.info("started", page=address))
        _log.info("stopped")

    uvloop.run(main())


def run_simulator(scenario: Scenario, port: int, speed: float, tell: Callable[[str], None]) -> None:
    """Serve the stand-in provider until a signal ends it."""

    async def main() -> None:
        stop = _stop_on_signal()
        async with serving(Provider(scenario, speed=speed), port=port) as address:
            tell(address)
            await stop.wait()

    uvloop.run(main())


def run_once(settings: Settings, chosen: list[tuple[Service, ProbePath]]) -> list[Run]:
    """Run each of `chosen` once, in order."""

    async def main() -> list[Run]:
        observer = Observer(settings, SYSTEM)
        try:
            return [await observer.observe(service, path) for service, path in chosen]
        finally:
            await observer.close()

    return uvloop.run(main())


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
