"""`python -m probe` and the `probe` command."""

import os
import signal
import sys
import threading
from contextlib import suppress
from io import TextIOWrapper


def main() -> None:
    """Run the command line."""
    _stand_in_for_closed_streams()
    _tell_what_an_encoding_lacks()
    try:
        _run_until_a_signal()
    except SystemExit as ended:
        if threading.active_count() > 1:
            _leave(ended.code)
        raise


def _run_until_a_signal() -> None:
    ended_by: list[int] = []

    def end(number: int, _frame: object) -> None:
        ended_by.append(number)
        # asyncio ends in order after the first SIGINT. A second one raises an exception that may
        # lose a task's wake-up, and asyncio then waits for that task forever; `timeout make demo`
        # sends three.
        if len(ended_by) == 1 or signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.raise_signal(signal.SIGINT)

    # A script's background job ignores SIGINT, and so would ignore the one that `end` raises.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The first process of a container ignores SIGTERM unless it has a handler, and loading takes a
    # second; a daemon replaces this handler with its own.
    signal.signal(signal.SIGTERM, end)
    if sys.argv[1:2] == ["run"]:
        # A reload that is requested while the daemon loads waits until it can be handled.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    elif signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # `nohup` has it ignored
        signal.signal(signal.SIGHUP, end)
    try:
        _run()
    except KeyboardInterrupt:  # before the command began, which handles its own
        sys.exit(128 + signal.SIGINT)
    finally:
        if ended_by:
            sys.exit(128 + ended_by[0])


def _run() -> None:
    from probe.cli.commands import app
    from probe.cli.exits import refused

    try:
        app(prog_name="probe")
    except OSError as error:  # the usage could not be printed, before any command
        sys.exit(refused(error))


def _leave(status: object) -> None:
    """End at once: Python would wait for a thread that asks a resolver which does not answer."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status if isinstance(status, int) else 0)


def _stand_in_for_closed_streams() -> None:
    """Reserve their numbers, in order: uvloop ends the process if a socket has one of them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _tell_what_an_encoding_lacks() -> None:
    """Escape it, as standard error does: a tick missing in Latin-1, or a name that is not UTF-8."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
