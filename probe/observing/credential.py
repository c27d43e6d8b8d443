"""Tells one credential from another, and shows neither."""

import hashlib
from functools import lru_cache
from typing import Final

from probe.config.once import once_each
from probe.config.settings import ProbePath, Service
from probe.observing.masking import secrets_in

_SALT: Final = b"splitprobe credential"


def fingerprint(service: Service, path: ProbePath) -> str:
    """What stands for the secrets that a run of `path` is made with; empty where there are none.

    Equal for equal secrets, over restarts too, and too slow to guess them by.
    """
    used = [path, *(login for login in service.paths if login.name == path.session)]
    return _digest(frozenset().union(*map(_secrets_of, used)))


@once_each
def _secrets_of(path: ProbePath) -> frozenset[str]:
    return frozenset(secrets_in(path.steps))


@lru_cache(maxsize=256)
def _digest(secrets: frozenset[str]) -> str:
    if not secrets:
        return ""
    text = "\0".join(sorted(secrets)).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=_SALT, n=2**13, r=8, p=1, dklen=6).hex()
