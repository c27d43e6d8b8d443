"""`python -m probe` and the `probe` command."""

import os
import signal
import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command line."""
    _stand_in_for_closed_streams()
    _tell_what_an_encoding_lacks()
    ended_by: list[int] = []

    def end(number: int, _frame: object) -> None:
        ended_by.append(number)
        # asyncio makes an orderly end of the first SIGINT. Of a second one it makes an exception
        # that may lose a task's wake-up, and then waits for that task for ever; `timeout make demo`
        # sends three.
        if len(ended_by) == 1 or signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.raise_signal(signal.SIGINT)

    # A script's background ignores SIGINT, and with it what `end` makes of SIGTERM.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The first process of a container ignores SIGTERM unless somebody handles it, and loading
    # takes a second; a daemon puts its own handler in place of this one.
    signal.signal(signal.SIGTERM, end)
    if sys.argv[1:2] == ["run"]:
        # A reload that is asked of a daemon while it loads waits until it can.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    from probe.cli.commands import app
    from probe.cli.exits import refused

    try:
        app(prog_name="probe")
    except OSError as error:  # of a usage that was not told, before any command
        sys.exit(refused(error))
    finally:
        if ended_by:
            sys.exit(128 + ended_by[0])


def _stand_in_for_closed_streams() -> None:
    """Take their numbers, in order: uvloop ends the process over a socket that has one of them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _tell_what_an_encoding_lacks() -> None:
    """As standard error does: a tick that Latin-1 has not, or a name that is no UTF-8."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
