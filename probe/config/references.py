"""`${env:NAME}` and `${file:/path}`: the only ways in which a secret gets in."""

import os
import re
from pathlib import Path

from probe.model.secret import Secret

_REFERENCE = re.compile(r"\$(\$\{)|\$\{(?P<kind>[^}:]*):?(?P<name>[^}]*)\}")
_LONGEST_SECRET = 65_536


class ReferenceProblem(Exception):  # noqa: N818 - becomes a Problem, is never shown as an error
    """A reference that cannot be resolved; the text says what to do."""


def resolve(text: str) -> str | Secret:
    """`text` with its references replaced, as a Secret when it held any.

    `$${` stands for a literal `${`.

    Raises:
        ReferenceProblem: a variable is unset, a file unreadable, or the kind unknown.
    """
    found = False

    def replace(match: re.Match[str]) -> str:
        nonlocal found
        if match[1]:
            return "${"
        found = True
        return _look_up(match["kind"], match["name"])

    replaced = _REFERENCE.sub(replace, text)
    return Secret(replaced) if found else replaced


def _look_up(kind: str, name: str) -> str:
    if kind == "env":
        return _from_environment(name)
    if kind == "file":
        return _from_file(Path(name))
    raise ReferenceProblem(
        f"unknown reference ${{{kind}:...}}; use ${{env:NAME}} or ${{file:/run/secrets/name}},"
        " or write $${ for a literal ${"
    )


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        state = "empty" if value == "" else "not set"
        raise ReferenceProblem(f"the environment variable {name} is {state}; set it before start")
    return value


def _from_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as stream:
            value = stream.read(_LONGEST_SECRET).strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ReferenceProblem(f"the secret file {path} cannot be read: {reason}") from error
    if not value:
        raise ReferenceProblem(f"the secret file {path} is empty")
    return value
