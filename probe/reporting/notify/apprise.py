"""Any of the services that apprise knows, by its address.

apprise blocks, so it runs in a thread. It says whether a message went out, but gives the reason
only in its log: an HTTP status or an SMTP reply there distinguishes a refusal from a failure that
may pass.
"""

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from probe.config.apprise_urls import service
from probe.model.notification import Message, Occasion, Severity
from probe.model.secret import Secret, reveal
from probe.reporting.legible import cut, legible
from probe.reporting.notify.errors import RefusedError, UnreachedError
from probe.reporting.notify.posting import LATER
from probe.reporting.notify.wording import text, title

_STATUS: Final = re.compile(r"error=(4\d\d)\b")
_REPLY: Final = re.compile(
    r"""^(?:Socket Exception: (?:\{.*?: )?\(|SMTP recipient \S+ was refused: )(5\d\d)\b"""
)
"""A permanent reply, in an exception of smtplib or for one of several recipients."""

_SHOWN_LEVELS: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})
_LONGEST_PROBLEM: Final = 200
_SHORTEST_SECRET: Final = 3


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a message did not go out; `final` is whether another attempt would be refused too."""

    problem: str
    final: bool = False


class AppriseSender:
    """Sends to one address. Only one attempt runs at a time, including one that nobody awaits."""

    def __init__(self, url: Secret | str) -> None:
        self._url = reveal(url)
        self._thread: threading.Thread | None = None

    async def send(self, message: Message, now: float) -> None:  # noqa: ARG002 - the signature of Sender
        """Send `message` once; raises DeliveryError."""
        if self._thread is not None and self._thread.is_alive():
            raise UnreachedError("the attempt before this one still hangs")
        failure = await self._in_a_thread(lambda: self._tell(message))
        if failure is None:
            return
        shown = cut(legible(self._masked(failure.problem)), _LONGEST_PROBLEM)
        raise RefusedError(shown) if failure.final else UnreachedError(shown)

    async def close(self) -> None:
        """Do nothing: nothing stays open."""

    def _tell(self, message: Message) -> _Failure | None:
        """Send it here and now; None, or what apprise says of its failure."""
        from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - 26 MB

        asset = AppriseAsset(app_id="splitprobe", async_mode=False, service_timeout=0)
        _logs_everything_to_us_alone()
        told = Apprise(asset=asset, log_level=logging.DEBUG)
        known = service(self._url)
        if known is None:
            return _Failure("apprise does not know the address")
        told.add(known)
        result = told.notify(
            title=title(message),
            body=text(message),
            notify_type=_kind(message),
            body_format=NotifyFormat.TEXT,
        )
        if result:
            return None
        return _failure([(entry.level, entry.message) for entry in result.logs()])

    async def _in_a_thread(self, call: Callable[[], _Failure | None]) -> _Failure | None:
        """In a daemon thread, which no exit waits for: a hanging service must not block ours."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_Failure | None] = loop.create_future()

        def settle(failure: _Failure | None) -> None:
            if not done.done():
                done.set_result(failure)

        def work() -> None:
            try:
                failure = call()
            except Exception as error:  # noqa: BLE001 - the fault of any of a hundred plugins
                failure = _Failure(f"apprise failed: {type(error).__name__}")
            with contextlib.suppress(RuntimeError):  # the loop is closed by now
                loop.call_soon_threadsafe(settle, failure)

        self._thread = threading.Thread(target=work, name="apprise", daemon=True)
        self._thread.start()
        return await done

    def _masked(self, problem: str) -> str:
        """`problem` without any part of the address: each may be a token."""
        parts = re.split(r"[^\w.~%-]+", self._url.partition("://")[2])
        known = sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len)
        for part in reversed(known):
            problem = re.sub(re.escape(part), "***", problem, flags=re.IGNORECASE)
        return problem


def _logs_everything_to_us_alone() -> None:
    """Have apprise log what a mail server replied, for us alone: it logs bodies, too."""
    log = logging.getLogger("apprise")
    log.setLevel(logging.DEBUG)
    log.propagate = False


def _failure(logged: Sequence[tuple[str, str]]) -> _Failure:
    """What the entries of apprise's log, each with its level, say about a failure."""
    said = [message for level, message in logged if level in _SHOWN_LEVELS]
    replies = sorted({found[1] for _, message in logged if (found := _REPLY.match(message))})
    said += [f"SMTP {reply}" for reply in replies]
    statuses = {int(status) for message in said for status in _STATUS.findall(message)}
    problem = " ".join(said) or "it was not delivered"
    return _Failure(problem, final=bool(replies or statuses - LATER))


def _kind(message: Message) -> str:
    """The severity in the words of apprise; services colour messages by it."""
    if message.occasion in {Occasion.TEST, Occasion.MAINTENANCE}:
        return "info"
    if message.severity is None:
        return "success"
    return "failure" if message.severity is Severity.CRITICAL else "warning"
