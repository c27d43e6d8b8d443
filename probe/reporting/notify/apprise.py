"""Any of the services that apprise knows, by its address.

apprise blocks, so it runs in a thread. It says whether a message went out, and why not only in its
log: an HTTP status in there tells a refusal from a failure that may pass.
"""

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable
from typing import Final

from probe.config.apprise_urls import service
from probe.model.notification import Message, Occasion, Severity
from probe.model.secret import Secret, reveal
from probe.reporting.notify.errors import RefusedError, UnreachedError
from probe.reporting.notify.posting import LATER
from probe.reporting.notify.wording import text, title
from probe.reporting.web.legible import cut, legible

_STATUS: Final = re.compile(r"error=(4\d\d)\b")
_LONGEST_PROBLEM: Final = 200
_SHORTEST_SECRET: Final = 3


class AppriseSender:
    """Tells one address. Only one attempt is under way at a time, also one that nobody awaits."""

    def __init__(self, url: Secret | str) -> None:
        self._url = reveal(url)
        self._thread: threading.Thread | None = None

    async def send(self, message: Message, now: float) -> None:  # noqa: ARG002 - the seam's shape
        """Tell `message` once; raises DeliveryError."""
        if self._thread is not None and self._thread.is_alive():
            raise UnreachedError("the attempt before this one still hangs")
        problem = await self._in_a_thread(lambda: self._tell(message))
        if problem is None:
            return
        refusals = {int(status) for status in _STATUS.findall(problem)} - LATER
        shown = cut(legible(self._masked(problem)), _LONGEST_PROBLEM)
        raise RefusedError(shown) if refusals else UnreachedError(shown)

    async def close(self) -> None:
        """Nothing stays open."""

    def _tell(self, message: Message) -> str | None:
        """Tell it here and now; None, or what apprise says of its failure."""
        from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - 26 MB

        asset = AppriseAsset(app_id="splitprobe", async_mode=False, service_timeout=0)
        told = Apprise(asset=asset)
        known = service(self._url)
        if known is None:
            return "apprise does not know the address"
        told.add(known)
        result = told.notify(
            title=title(message),
            body=text(message),
            notify_type=_kind(message),
            body_format=NotifyFormat.TEXT,
        )
        if result:
            return None
        return " ".join(entry.message for entry in result.logs()) or "it was not delivered"

    async def _in_a_thread(self, call: Callable[[], str | None]) -> str | None:
        """In a daemon thread, which no exit waits for: a service that hangs must not stop ours."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str | None] = loop.create_future()

        def settle(problem: str | None) -> None:
            if not done.done():
                done.set_result(problem)

        def work() -> None:
            try:
                problem = call()
            except Exception as error:  # noqa: BLE001 - the fault of any of a hundred plugins
                problem = f"apprise failed: {type(error).__name__}"
            with contextlib.suppress(RuntimeError):  # the loop is closed by now
                loop.call_soon_threadsafe(settle, problem)

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


def _kind(message: Message) -> str:
    """One of apprise's words for how grave it is; services colour messages by it."""
    if message.occasion in {Occasion.TEST, Occasion.MAINTENANCE}:
        return "info"
    if message.severity is None:
        return "success"
    return "failure" if message.severity is Severity.CRITICAL else "warning"
