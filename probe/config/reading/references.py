"""`${env:NAME}` and `${file:/path}`: the only references to secrets.

In a preset also `${param:name}`, whose value may be a secret or not.
"""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from probe.model.secret import Secret, reveal

_REFERENCE = re.compile(r"\$(?P<literal>\$\{)|\$\{(?P<named>[^}]*)(?P<end>\}?)")
_AS_IT_SHOULD_BE = "use ${env:NAME} or ${file:/run/secrets/name}, or write $${ for a literal ${"
_LONGEST_SECRET = 65_536


class ReferenceProblem(Exception):  # noqa: N818 - becomes a Problem, is never shown as an error
    """A reference that cannot be resolved; the text says what to do."""


def resolve(text: str, parameter: Callable[[str], str | Secret] | None = None) -> str | Secret:
    """`text` with its references replaced, as a Secret if one of their values is secret.

    `$${` is replaced by a literal `${`. `parameter` gives the value of a preset's parameter.

    Raises:
        ReferenceProblem: a variable is unset, a file unreadable, the kind unknown, or a brace is
            missing.
    """
    secrets: dict[str, tuple[str, ...]] = {}

    def replace(match: re.Match[str]) -> str:
        if match["literal"]:
            return "${"
        if not match["end"]:
            raise ReferenceProblem(f"${{ without its }}; {_AS_IT_SHOULD_BE}")
        kind, colon, name = match["named"].partition(":")
        if not colon:
            raise ReferenceProblem(f"${{{kind}}} has no source before a colon; {_AS_IT_SHOULD_BE}")
        value = _look_up(kind, name, parameter)
        if isinstance(value, Secret):
            secrets[value.source or match[0]] = value.parts or (value.reveal(),)
        return reveal(value)

    replaced = _REFERENCE.sub(replace, text)
    if not secrets:
        return replaced
    parts = tuple(part for several in secrets.values() for part in several)
    return Secret(replaced, " and ".join(secrets), () if parts == (replaced,) else parts)


def _look_up(kind: str, name: str, parameter: Callable[[str], str | Secret] | None) -> str | Secret:
    if kind == "env":
        return Secret(_from_environment(name))
    if kind == "file":
        return Secret(_from_file(Path(name)))
    if kind == "param" and parameter is not None:
        return parameter(name)
    raise ReferenceProblem(f"unknown reference ${{{kind}:...}}; {_AS_IT_SHOULD_BE}")


def _from_environment(name: str) -> str:
    if not name:
        raise ReferenceProblem("${env:} names no environment variable")
    value = os.environb.get(name.encode())  # as bytes: a secret is UTF-8 in any locale
    if not value:
        state = "empty" if value == b"" else "not set"
        raise ReferenceProblem(f"the environment variable {name} is {state}; set it before start")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise ReferenceProblem(f"the environment variable {name} is not UTF-8 text") from error


def _from_file(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe may block, a device may never end
            raise ReferenceProblem(f"the secret file {path} is no regular file; name one that is")
        with path.open(encoding="utf-8-sig") as stream:
            value = stream.read(_LONGEST_SECRET + 1).strip("\r\n")
    except OSError as error:
        message = f"the secret file {path} cannot be read: {error.strerror}"
        raise ReferenceProblem(message) from error
    except UnicodeDecodeError as error:
        raise ReferenceProblem(f"the secret file {path} is not UTF-8 text") from error
    except ValueError as error:  # a NUL byte in the path
        raise ReferenceProblem(f"{str(path)!r} is no path of a file") from error
    if len(value) > _LONGEST_SECRET:
        raise ReferenceProblem(f"the secret file {path} is longer than {_LONGEST_SECRET} bytes")
    if not value:
        raise ReferenceProblem(f"the secret file {path} is empty")
    return value
