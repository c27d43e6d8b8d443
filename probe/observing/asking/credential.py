"""The credentials in a request, as fingerprints that distinguish them without revealing any."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from probe.config.once import once_each
from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.transaction.steps import Step
from probe.model.http_status import REDIRECTION, SUCCESS
from probe.model.secret import Secret, reveal
from probe.observing.asking.templates import asks_for, names_in
from probe.observing.masking import secrets_in

HEADERS: Final = frozenset(
    {
        *("authorization", "x-api-key", "api-key", "apikey", "x-goog-api-key"),
        *("x-auth-token", "x-access-token", "private-token"),
    }
)
"""Headers that say who asks, even if their value is written in plain text."""

_PASSWORD: Final = re.compile("pass(?!port)|pwd|secret|refresh_?token", re.IGNORECASE)
_WHO: Final = re.compile("user|mail|login|account|name|client|tenant|(?<![a-z])id", re.IGNORECASE)
"""Fields that say who asks and prove nothing, even if they are secret."""

_PROOF: Final = re.compile("pin|code|token", re.IGNORECASE)
"""Fields that prove it all the same: `login_code`."""

_SALT: Final = b"splitprobe credential"


def says_who_asks(step: Step) -> bool:
    """Whether a request of `step` carries a credential: a refused one may be ours to fix."""
    ways = (step.basic, step.digest, step.bearer)
    sent = (step.request, step.headers, step.query, step.form, step.json_, step.body, *ways)
    named = _awaits_a_welcome(step) and any(way is not None for way in ways)
    return named or any(_keys(step)) or any(secrets_in(sent)) or _tells(step)


@once_each
def tells_a_password(step: Step) -> bool:
    """Whether a request of `step` carries a sign-in's password: in its body, or named as one.

    Anything else in an address is the key of an API, which locks no account.

    A one-time code counts too: too many wrong ones lock an account as well. A token endpoint gets
    none: its error's name says what it refuses (RFC 6749, 5.2), and other failures are no refusal.
    """
    return _tells(step) and "grant_type" not in (step.form or {})


def _tells(step: Step) -> bool:
    code = asks_for("totp", (step.form, step.json_, step.body)) and _awaits_a_welcome(step)
    return code or any(_told_by(step))


def passwords_in(step: Step) -> Iterator[Secret]:
    """What a request of `step` proves itself with where too many refusals lock an account.

    The secrets and passwords in its body, those so named in its query, and the password of basic
    and digest authentication; no key in a header, no user name, and nothing sent to be refused.
    """
    ways = [way.password for way in (step.basic, step.digest) if way is not None]
    if _awaits_a_welcome(step):
        yield from (Secret(reveal(text)) for text in ways if _is_known(text))
    yield from _told_by(step)


def _told_by(step: Step) -> Iterator[Secret]:
    if _awaits_a_welcome(step):
        named = {name: text for name, text in step.query.items() if _PASSWORD.search(name)}
        told = _passwords_of((step.form, step.json_, step.body, named))
        yield from (Secret(reveal(text)) for text in told if _is_known(text))


def _awaits_a_welcome(step: Step) -> bool:
    """Whether `step` is not there to show that something wrong is refused."""
    return any(status in step.expect.status for status in (*SUCCESS, *REDIRECTION))


def _is_known(text: str | Secret) -> bool:
    """Whether it comes from the configuration alone, not from an earlier answer."""
    return isinstance(text, Secret) or not names_in(text)


def _passwords_of(body: object) -> Iterator[str | Secret]:
    """The fields of `body` named as passwords, and secrets without a name or with another one."""
    match body:
        case Secret():
            yield body
        case Mapping():
            for name, value in body.items():
                if isinstance(value, str | Secret) and _PASSWORD.search(name):
                    yield value
                elif not (isinstance(value, Secret) and _only_says_who(name)):
                    yield from _passwords_of(value)
        case list() | tuple():
            for item in body:
                yield from _passwords_of(item)


def _only_says_who(name: str) -> bool:
    return bool(_WHO.search(name)) and not _PROOF.search(name)


def fingerprint(service: Service, path: ProbePath) -> str:
    """A fingerprint of the credentials that a run of `path` uses; empty if there are none.

    Equal for equal secrets, also after restarts, and too slow for guessing them.
    """
    return _digest(credentials_of(service, path))


def credentials_of(service: Service, path: ProbePath) -> frozenset[str]:
    """Everything that identifies a run of `path`, in the clear."""
    used = [path, *(login for login in service.paths if login.name == path.session)]
    return frozenset().union(*map(_secrets_of, used))


@once_each
def _secrets_of(path: ProbePath) -> frozenset[str]:
    plain = (text for step in path.steps for text in _in_plain_text(step))
    return frozenset((*secrets_in(path.steps), *plain))


def _in_plain_text(step: Step) -> Iterator[str]:
    """The credentials of a step that are no secrets of the configuration."""
    yield from map(reveal, passwords_in(step))
    bearer = step.bearer if _awaits_a_welcome(step) else None
    for text in (*_keys(step), bearer):
        if isinstance(text, str) and _is_known(text):
            yield text


@lru_cache(maxsize=256)
def _digest(secrets: frozenset[str]) -> str:
    if not secrets:
        return ""
    text = "\0".join(sorted(secrets)).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=_SALT, n=2**13, r=8, p=1, dklen=6).hex()


def _keys(step: Step) -> Iterator[str | Secret]:
    """The header values that say who asks, except in steps that expect a refusal."""
    if _awaits_a_welcome(step):
        yield from (text for name, text in step.headers.items() if name.lower() in HEADERS)
