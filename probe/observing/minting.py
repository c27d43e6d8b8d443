"""Values that a run makes for itself: OAuth's one-time texts, and codes of a second factor."""

import hashlib
import secrets
from base64 import urlsafe_b64encode

import pyotp

from probe.config.reach import Totp
from probe.config.settings import ProbePath
from probe.model.secret import reveal


class CodeSpent(Exception):  # noqa: N818 - becomes the note of a run that saw nothing
    """The one-time code of this period was sent before; a server takes it once (RFC 6238, 5.2)."""


def fresh_values(path: ProbePath) -> dict[str, str]:
    """The variables of `steps.MADE` for one run; empty where no step has a callback."""
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
    """The codes of every second factor, none of them given twice."""

    def __init__(self) -> None:
        self._spent: dict[Totp, int] = {}

    def take(self, totp: Totp, now: float) -> str:
        """The code at `now`. Raises CodeSpent where another run has sent it."""
        period = int(now // totp.period)
        if self._spent.get(totp) == period:
            left = (period + 1) * totp.period - now
            raise CodeSpent(f"this period's one-time code was sent before; wait {left:.0f} s")
        self._spent[totp] = period
        secret = reveal(totp.secret).replace(" ", "").upper()
        algorithm = getattr(hashlib, totp.algorithm)
        generator = pyotp.TOTP(secret, digits=totp.digits, digest=algorithm, interval=totp.period)
        return generator.at(int(now))
