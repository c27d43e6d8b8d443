"""How a command ends if it cannot do what was requested."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import typer

from probe.model.errors import UserError

FAILED: Final = 1
WRONG_INPUT: Final = 2

_WHERE_TO_CHOOSE: Final = (
    "for `probe run` by listen: or --listen, for `probe demo` and `probe simulate` by --port"
)
_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors that a user can fix into a message and exit status 2, a broken daemon into 3."""
    try:
        yield
        sys.stdout.flush()  # a full disk is reported here, not by Python at its exit
    except typer.Exit:
        raise
    except typer.Abort:
        tell("\nno answer; give it as an option, see --help")
        raise typer.Exit(WRONG_INPUT) from None
    except BrokenPipeError:
        raise  # the reader has seen enough, as `head` does; Typer ends quietly
    except OSError as error:
        raise typer.Exit(refused(error)) from None
    except Exception as error:
        # Imported only after an error: checking a file must not load what other commands need.
        from probe.running.supervision import BROKEN, TaskEndedError
        from probe.simulator.reading import ScenarioError

        if isinstance(error, TaskEndedError):
            tell(f"{error}: {error.__cause__!r}")
            raise typer.Exit(BROKEN) from error
        if isinstance(error, UserError | ScenarioError):
            tell(str(error))
            raise typer.Exit(WRONG_INPUT) from None
        raise


def refused(error: OSError) -> int:
    """Print what cannot be used or written, and return the exit status."""
    _let_go_of_what_finds_no_room(sys.stdout)
    tell(_unusable(error))
    return WRONG_INPUT


def tell(words: str) -> None:
    """Print `words` to standard error; if that is impossible, the exit status must suffice."""
    try:
        typer.echo(words, err=True)
    except OSError:
        _let_go_of_what_finds_no_room(sys.stderr)


def _let_go_of_what_finds_no_room(stream: TextIO) -> None:
    """Discard what `stream` cannot write: Python would retry at its exit, and exit with 120."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _unusable(error: OSError) -> str:
    reason = error.strerror or error
    if error.filename is None and error.errno in _NO_ROOM:
        return f"cannot write: {reason}; make room, or write elsewhere"
    if error.filename is None and error.errno == errno.ENOENT:  # tempfile has tried every folder
        return f"cannot write: {reason}; name a folder that can be written to in TMPDIR"
    if error.filename is None:
        return f"cannot listen: {reason}; choose another address: {_WHERE_TO_CHOOSE}"
    return f"cannot use {error.filename}: {reason}; name another file"
