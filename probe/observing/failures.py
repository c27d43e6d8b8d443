"""Maps foreign exceptions to outcomes; what only a proxy or connector knows is mapped there.

Exception
+-- StepFailed                  ours: a step cannot go on, with a known outcome
+-- BodyCut                     ours: compressed data stops before its end
+-- BodyUnreadable              ours: data is not in its coding, or in a foreign one
+-- aiohttp.ClientError
|   +-- Unanswered              ours: a fresh connection ended without an answer
+-- everything else             aiohttp's, ssl's, the system's: read through OUTCOMES
"""

import errno
import os
import re
import ssl
from collections.abc import Iterator
from typing import Final

import aiohttp
from aiohttp.http_exceptions import ContentLengthError, HttpProcessingError

from probe.model.outcome import Outcome, Phase
from probe.model.run import Check


class StepFailed(Exception):  # noqa: N818 - becomes a failed check, is never shown as an error
    """A step cannot go on, and its outcome is known, with the check that says why.

    A hostile variable, an endless redirect, a proxy that refuses us: bad content, unless stated
    otherwise.
    """

    def __init__(
        self, name: str, *, expected: str, actual: str, outcome: Outcome = Outcome.BAD_CONTENT
    ) -> None:
        self.outcome = outcome
        self.check = Check(name=name, passed=False, expected=expected, actual=actual)
        super().__init__(str(self.check))


class Unanswered(aiohttp.ClientError):
    """A fresh connection ended without an answer; the cause says how."""


class BodyCut(Exception):  # noqa: N818 - becomes an outcome, is never shown as an error
    """A compressed body that arrived complete stops before the end of its compressed data."""


class BodyUnreadable(Exception):  # noqa: N818 - becomes an outcome, is never shown as an error
    """A body that is not in its content coding, or is in one that we did not ask for."""


OUTCOMES: Final[tuple[tuple[type[BaseException], Outcome], ...]] = (
    (BodyCut, Outcome.INCOMPLETE),
    (BodyUnreadable, Outcome.PROTOCOL_ERROR),
    (TimeoutError, Outcome.TIMED_OUT),
    (aiohttp.ClientConnectorDNSError, Outcome.DNS_FAILURE),
    (ssl.SSLError, Outcome.TLS_FAILURE),
    (aiohttp.ClientConnectorError, Outcome.CONNECT_FAILED),
    (aiohttp.ClientResponseError, Outcome.PROTOCOL_ERROR),
    (HttpProcessingError, Outcome.PROTOCOL_ERROR),
    (aiohttp.ServerDisconnectedError, Outcome.CONNECTION_RESET),
    (ConnectionError, Outcome.CONNECTION_RESET),
    (aiohttp.InvalidURL, Outcome.BAD_CONTENT),
)
"""The first row that matches an exception, or one of its causes, decides."""

STRUCK_IN: Final[tuple[tuple[Phase, type[BaseException], Outcome], ...]] = (
    (Phase.RESOLVE, UnicodeError, Outcome.DNS_FAILURE),  # a name that no resolver accepts
    (Phase.TLS, aiohttp.ClientConnectorError, Outcome.TLS_FAILURE),
)
"""What an exception means in one phase only; checked before OUTCOMES."""

CERTIFICATE_REFUSED: Final = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "ALERT_UNKNOWN_CA",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_UNKNOWN",
)
"""Alerts by which a server rejects the certificate that we showed, or demands one."""

NO_THREAD: Final = "no thread of ours was free in time"
"""Why we were cancelled while we only waited for ourselves."""

_OURS: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What our own system lacks for another connection: it never asked the target."""

_CUT: Final = "Not enough data"
_COOKIE: Final = re.compile("cookie", re.IGNORECASE)
_CONTEXT: Final = re.compile(r" ssl:(?:default|True|False|<[^<>]*>)(?= )")
"""How aiohttp prints the TLS context that it was given: by an address in our memory."""

_HINTS: Final = {
    os.strerror(errno.EMFILE): ": raise the daemon's limit (LimitNOFILE=, ulimit -n)",
    "WRONG_VERSION_NUMBER": ": it does not speak TLS there, is it http://?",
    " [None]": ": it hung up in the handshake, is it http://?",
}
"""What to do, by the words of the error: the second and third are for a server without TLS."""


def outcome_of(error: BaseException, phase: Phase | None) -> Outcome:
    """What `error`, raised in `phase`, says of the target; `unobserved` if the fault is ours."""
    if isinstance(error, StepFailed):
        return error.outcome
    if isinstance(error, aiohttp.ClientPayloadError):
        return _of_broken_body(error)
    if _is_ours(error):
        return Outcome.UNOBSERVED
    for struck_in, kind, outcome in STRUCK_IN:
        if phase is struck_in and isinstance(error, kind):
            return outcome
    told = (_of_cause(cause) for cause in _causes(error))
    return next((outcome for outcome in told if outcome is not None), Outcome.UNOBSERVED)


def words_of(error: BaseException) -> str:
    """The words of `error`, with its kind; unmasked and unbounded."""
    if isinstance(error, TimeoutError) and not error.args:
        return NO_THREAD if _found_no_thread(error) else "the deadline passed"
    if isinstance(error, Unanswered) and error.__cause__ is not None:
        return words_of(error.__cause__)
    words = str(error)
    if isinstance(error, BodyCut | BodyUnreadable):
        return words
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        words = error.message  # its own text repeats the URL, with whatever is in the query
        if _COOKIE.search(words):
            words = words.partition("\n")[0]  # the rest quotes it
    words = _CONTEXT.sub("", words)
    words += next((hint for sign, hint in _HINTS.items() if sign in words), "")
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def forget_the_way(error: BaseException) -> None:
    """Drop the tracebacks of `error` and its causes, once it is reported.

    Their frames hold the error itself: in aiohttp 3.14 and uvloop a refused connection left 143
    objects in reference cycles, and collecting these stops the event loop.
    """
    for cause in _causes(error):
        cause.__traceback__ = None


def _of_cause(cause: BaseException) -> Outcome | None:
    if isinstance(cause, OSError) and cause.errno == errno.ETIMEDOUT:
        return Outcome.TIMED_OUT
    if isinstance(cause, ssl.SSLError) and _refuses_us(cause):
        return Outcome.UNAUTHORIZED
    return next((outcome for kind, outcome in OUTCOMES if isinstance(cause, kind)), None)


def _of_broken_body(error: aiohttp.ClientPayloadError) -> Outcome:
    """A body that was cut, reset, or encoded invalidly.

    aiohttp keeps the cause of a lost connection only in the text.
    """
    if ConnectionResetError.__name__ in str(error) or _has(error, ConnectionError):
        return Outcome.CONNECTION_RESET
    if _has(error, ContentLengthError) or _CUT in str(error):
        return Outcome.INCOMPLETE
    return Outcome.PROTOCOL_ERROR if _has(error, HttpProcessingError) else Outcome.INCOMPLETE


def _found_no_thread(error: BaseException) -> bool:
    return any(cause.args == (NO_THREAD,) for cause in _causes(error))


def _is_ours(error: BaseException) -> bool:
    """Whether we could not ask at all, for want of a thread, a file or memory of our own."""
    lacking = (isinstance(cause, OSError) and cause.errno in _OURS for cause in _causes(error))
    return _found_no_thread(error) or any(lacking)


def _refuses_us(error: ssl.SSLError) -> bool:
    alert = error.reason or ""
    return "ALERT" in alert and any(words in alert for words in CERTIFICATE_REFUSED)


def _has(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        # `asyncio.timeout` of Python 3.11.2, Debian 12's, sets no cause.
        told_by_time = isinstance(error, TimeoutError)
        error = error.__cause__ or (error.__context__ if told_by_time else None)
