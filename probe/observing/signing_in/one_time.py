"""Values that a run makes itself: OAuth's one-time texts, and codes of a second factor."""

import asyncio
import hashlib
import math
import secrets
from base64 import b32encode, urlsafe_b64encode
from typing import Final

import pyotp

from probe.config.path import ProbePath
from probe.config.reach import Totp

LONG_ENOUGH: Final = 20
"""Bytes of a key that no library calls too short."""

Account = tuple[bytes, int, int, str]
"""The same as `Totp.account`."""


class CodeSpent(Exception):  # noqa: N818 - becomes the note of a run that saw nothing
    """This period's one-time code was sent before; a server takes it once (RFC 6238, 5.2)."""


def fresh_values(path: ProbePath) -> dict[str, str]:
    """The variables of `steps.MADE` for one run; empty if no step has a callback."""
    if all(step.callback is None for step in path.steps):
        return {}
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return {
        "oauth_state": secrets.token_urlsafe(24),
        "oauth_nonce": secrets.token_urlsafe(24),
        "pkce_verifier": verifier,
        "pkce_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
    }


class OneTimeCodes:
    """The codes of every account, none of them sent twice, whichever paths sign in there.

    What was valid at `started_at` may have been sent by the previous process.
    """

    def __init__(self, started_at: float = -math.inf) -> None:
        self._started_at = started_at
        self._spent: dict[Account, tuple[int, str]] = {}
        self._turns: dict[Account, asyncio.Lock] = {}

    def turn(self, totp: Totp) -> asyncio.Lock:
        """Held by a run from before it waits for its code: the next holder gets the next code."""
        return self._turns.setdefault(totp.account, asyncio.Lock())

    def wait_s(self, totp: Totp, now: float) -> float:
        """Seconds from `now` until there is an unused code."""
        this = now // totp.period
        known, _ = self._spent.get(totp.account, (None, ""))
        spent = this in {known, self._started_at // totp.period}
        return totp.period - now % totp.period if spent else 0.0

    def take(self, totp: Totp, now: float) -> str:
        """The code at `now`. Raises CodeSpent if it was used before."""
        wait_s = self.wait_s(totp, now)
        if wait_s > 0:
            raise CodeSpent(f"this period's one-time code was sent before; wait {wait_s:.0f} s")
        code = _code(totp, int(now))
        self._spent[totp.account] = int(now // totp.period), code
        return code

    def give_back(self, totp: Totp, code: str) -> None:
        """Release a code that was taken last and not sent."""
        if self._spent.get(totp.account, (None, ""))[1] == code:
            del self._spent[totp.account]


def _code(totp: Totp, now: int) -> str:
    # HMAC pads short keys with zeros; pyotp refuses the 80 bits that many servers give.
    key = b32encode(totp.key.ljust(LONG_ENOUGH, b"\0")).decode("ascii")
    algorithm = getattr(hashlib, totp.algorithm)
    generator = pyotp.TOTP(key, digits=totp.digits, digest=algorithm, interval=totp.period)
    return generator.at(now)
