"""The daemon as a process on real time."""

import asyncio
import contextlib
import os
import resource
import signal
from pathlib import Path

import structlog

from probe.config.authorities import passed_over
from probe.config.loading import load
from probe.config.settings import Listen
from probe.model.clock import SYSTEM
from probe.running import garbage, loop
from probe.running.daemon import Daemon
from probe.running.sharding import Share
from probe.running.supervision import BROKEN, TaskEndedError

_log = structlog.get_logger("probe")


def run_daemon(config: Path, share: Share) -> None:
    """Run `share` of `config` until SIGTERM or SIGINT ends the process; SIGHUP reloads it.

    If a part of the daemon breaks, the process exits with BROKEN.

    Raises:
        ConfigError, JournalError, OSError: see Daemon.
    """
    settings = share.of(load(config))
    allow_all_files()
    for problem in passed_over():
        _log.warning(problem)

    async def main() -> None:
        await _try_listening(settings.listen)
        daemon = Daemon(settings, SYSTEM, config=config, share=share)
        stop = stop_on_signal()

        def started(address: str) -> None:
            garbage.settle()
            _log.info("started", page=address, listen=str(settings.listen))
            running = asyncio.get_running_loop()
            running.add_signal_handler(signal.SIGHUP, daemon.begin_reload, config)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})

        # Now all is written and closed. A thread that waits for a hanging disk or resolver would
        # keep asyncio, uvloop and Python from ending for as long.
        try:
            await daemon.run(stop, started)
        except TaskEndedError as error:
            _log.critical(str(error), cause=repr(error.__cause__))
            os._exit(BROKEN)
        _log.info("stopped")
        os._exit(0)

    loop.run(main())


def allow_all_files() -> None:
    """Raise our limit of open files as far as the system lets us: a run takes one or two.

    Many systems keep the first limit at 1024 for programs that use select(2); we do not.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # macOS says "unlimited" and does not allow it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _try_listening(listen: Listen) -> None:
    """Fail if the address is taken, before a journal is created or migrated."""
    running = asyncio.get_running_loop()
    where = (listen.host, listen.port)
    (await running.create_server(asyncio.Protocol, *where, start_serving=False)).close()


def stop_on_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; needs a running loop."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop.set)
    return stop
