"""A problem that may last for hours or come and go: logged at most once a minute."""

import asyncio

import structlog

_log = structlog.get_logger("probe")
SAY_EVERY_S = 60.0


class Trouble:
    """One thing that fails and recovers, and the log message for each. Needs a running loop.

    That it recovered is logged if the failure was.
    """

    def __init__(self, failing: str, over: str = "") -> None:
        self._failing = failing
        self._over = over
        self._failures = 0
        self._said_at: float | None = None
        self._said = False

    def note(self, problem: str, **facts: object) -> None:
        """Count one more failure."""
        self._failures += 1
        now = asyncio.get_running_loop().time()
        if self._said_at is None or now - self._said_at >= SAY_EVERY_S:
            self._said_at, self._said = now, True
            _log.error(self._failing, problem=problem, failures=self._failures, **facts)

    def end(self) -> None:
        """Note that it works, whether or not it had failed."""
        if self._said:
            _log.info(self._over, failures=self._failures)
        self._failures, self._said = 0, False
