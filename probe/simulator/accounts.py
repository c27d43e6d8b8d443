"""Who may sign in: the one user's credentials, sessions, lock-outs and access tokens."""

import hashlib
import hmac
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ATTEMPTS_BEFORE_LOCK: Final = 6
LOCK: Final = timedelta(minutes=5)
TOKEN_LIFE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Everything that the stand-in accepts; published, and so no secret."""

    user: str = "probe@example.com"
    password: str = "correct-horse"  # noqa: S105
    api_key: str = "sk-standin-0001"
    refresh_token: str = "rt-standin-0001"  # noqa: S105
    client_id: str = "standin-client"
    client_secret: str = "standin-secret"  # noqa: S105


class Accounts:
    """Opens and ends sessions, counts wrong passwords, issues access tokens."""

    def __init__(self, credentials: Credentials, rng: random.Random) -> None:
        """Start without any session; every secret is drawn from `rng`."""
        self.credentials = credentials
        self._rng = rng
        self._form_key = rng.randbytes(16)
        self._sessions: dict[str, datetime] = {}
        self._tokens: dict[str, datetime] = {}
        self._wrong_passwords: dict[str, int] = {}
        self._locked_until: dict[str, datetime] = {}

    def nonce(self) -> str:
        """A text that was never used before."""
        return self._rng.randbytes(16).hex()

    def form_token(self, cookie: str) -> str:
        """The only hidden token that goes with the login form's `cookie`."""
        return hmac.new(self._form_key, cookie.encode(), hashlib.sha256).hexdigest()

    def sign_in(self, user: str, password: str, now: datetime) -> str | None:
        """Open a session and return its id; None for wrong credentials, which are counted."""
        expected = (self.credentials.user, self.credentials.password)
        if (user, password) != expected:
            self._count_wrong_password(user, now)
            return None
        self._wrong_passwords.pop(user, None)
        session = self.nonce()
        self._sessions[session] = now
        return session

    def _count_wrong_password(self, user: str, now: datetime) -> None:
        count = self._wrong_passwords.get(user, 0) + 1
        if count >= ATTEMPTS_BEFORE_LOCK:
            self._locked_until[user] = now + LOCK
            count = 0
        self._wrong_passwords[user] = count

    def locked_for(self, user: str, now: datetime) -> timedelta:
        """How long `user` stays locked out; zero if not locked out."""
        return max(self._locked_until.get(user, now) - now, timedelta())

    def is_signed_in(self, session: str | None) -> bool:
        """Whether the session of that id is open."""
        return session in self._sessions

    def end_session(self, session: str | None) -> None:
        """End one session, if it is open."""
        if session is not None:
            self._sessions.pop(session, None)

    def end_sessions(self, *, before: datetime) -> None:
        """End every session that was opened earlier than that."""
        self._sessions = {key: at for key, at in self._sessions.items() if at >= before}

    def issue_token(self, now: datetime) -> str:
        """Issue a new access token; expired ones are forgotten."""
        self._tokens = {key: end for key, end in self._tokens.items() if end > now}
        token = f"at-standin-{self.nonce()}"
        self._tokens[token] = now + TOKEN_LIFE
        return token

    def accepts(self, key: str, now: datetime) -> bool:
        """Whether `key` opens the API: the API key or a live access token."""
        return key == self.credentials.api_key or self._tokens.get(key, now) > now
