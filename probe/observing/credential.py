"""What of a request says who asks; tells one credential from another, and shows neither."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from probe.config.once import once_each
from probe.config.settings import ProbePath, Service
from probe.config.steps import Step
from probe.model.secret import Secret
from probe.observing.masking import secrets_in
from probe.observing.templates import names_in

HEADERS: Final = frozenset(
    {
        *("authorization", "x-api-key", "api-key", "apikey", "x-goog-api-key"),
        *("x-auth-token", "x-access-token", "private-token"),
    }
)
"""Headers that say who asks, though their value be written in plain text."""

_WELCOME: Final = range(200, 400)
_SALT: Final = b"splitprobe credential"


def says_who_asks(step: Step) -> bool:
    """Whether a request of `step` bears a credential: one that is refused may be ours to mend."""
    sent = (step.request, step.headers, step.query, step.form, step.json_, step.body)
    named = any(way is not None for way in (step.basic, step.digest, step.bearer))
    return named or any(_keys(step)) or any(secrets_in(sent))


def fingerprint(service: Service, path: ProbePath) -> str:
    """What stands for the credentials that a run of `path` bears; empty where there are none.

    Equal for equal secrets, over restarts too, and too slow to guess them by.
    """
    used = [path, *(login for login in service.paths if login.name == path.session)]
    return _digest(frozenset().union(*map(_secrets_of, used)))


@once_each
def _secrets_of(path: ProbePath) -> frozenset[str]:
    plain = (text for step in path.steps for text in _in_plain_text(step))
    return frozenset((*secrets_in(path.steps), *plain))


def _in_plain_text(step: Step) -> Iterator[str]:
    """The credentials of a step that are no secret of the configuration."""
    ways = [way.password for way in (step.basic, step.digest) if way is not None]
    for text in (*ways, *_keys(step), step.bearer):
        if isinstance(text, str) and not names_in(text):
            yield text


@lru_cache(maxsize=256)
def _digest(secrets: frozenset[str]) -> str:
    if not secrets:
        return ""
    text = "\0".join(sorted(secrets)).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=_SALT, n=2**13, r=8, p=1, dklen=6).hex()


def _keys(step: Step) -> Iterator[str | Secret]:
    """What the headers hold that say who asks; a key that is shown to be refused is nobody's."""
    if any(status in step.expect.status for status in _WELCOME):
        yield from (text for name, text in step.headers.items() if name.lower() in HEADERS)
