"""The simulator as a process on real time; the daemon never loads it."""

from collections.abc import Callable

from probe.running import loop
from probe.running.live import stop_on_signal
from probe.simulator.provider import Provider
from probe.simulator.scenario import Scenario
from probe.simulator.serving import serving


def run_simulator(scenario: Scenario, port: int, speed: float, tell: Callable[[str], None]) -> None:
    """Serve the stand-in provider until a signal ends it."""

    async def main() -> None:
        stop = stop_on_signal()
        async with serving(Provider(scenario, speed=speed), port=port) as address:
            tell(address)
            await stop.wait()

    loop.run(main())
