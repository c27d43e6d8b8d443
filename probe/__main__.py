"""`python -m probe` and the `probe` command."""

import signal
import sys


def main() -> None:
    """Run the command line."""
    # The first process of a container ignores SIGTERM unless somebody handles it, and loading
    # takes a second; a daemon puts its own handler in place of this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from probe.cli.commands import app

    app(prog_name="probe")


if __name__ == "__main__":
    main()
