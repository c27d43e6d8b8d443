"""The daemon's log: what changed and what failed, as structured lines. Success is silent."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import singledispatchmethod
from typing import Final

import structlog

from probe.model.event import (
    Attempted,
    Changed,
    ChannelRemoved,
    Claimed,
    IncidentUpdated,
    MaintenanceTurned,
    Observed,
    Posted,
    Reloaded,
    SelfObserved,
    Skipped,
)
from probe.model.maintenance import Window
from probe.model.notification import Result
from probe.model.state import Verdict
from probe.reporting.times import rfc3339

NEWS_S: Final = 86_400.0
LONGEST_WORDS: Final = 300
_log = structlog.get_logger("probe")


def configure(*, as_json: bool | None = None, level: int = logging.INFO) -> None:
    """Write to standard error: JSON, or readable on a terminal; None decides by the terminal.

    What a library logs, as aiohttp of an answer that broke, is a line like ours.
    """
    if as_json is None:
        as_json = not sys.stderr.isatty()
    # Tracebacks never show local variables: a secret could be among them.
    plain = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    stamping: tuple[structlog.typing.Processor, ...] = (
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    )
    rendering: tuple[structlog.typing.Processor, ...] = (
        (structlog.processors.ExceptionRenderer(plain), structlog.processors.JSONRenderer())
        if as_json
        else (structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),)
    )
    structlog.configure(
        processors=[*stamping, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Dispensable(sys.stderr),
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=(structlog.stdlib.add_logger_name, *stamping),
            processors=(structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering),
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=(libraries,))


class _Dispensable(structlog.WriteLogger):
    """A log whose disk may be full, or its reader gone: nobody is watched less for a lost line."""

    def msg(self, message: str) -> None:
        """Write a line where that can be done."""
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


class LogReporter:
    """Tells the log. An incident that only grows is told once."""

    def __init__(self) -> None:
        self._incidents: dict[str, tuple[str, bool, int]] = {}
        self._itself: SelfObserved | None = None
        self._held: dict[str, tuple[Window, ...]] = {}

    @singledispatchmethod
    def handle(self, event: object) -> None:
        """Write a line for an event worth one."""

    @handle.register
    def _(self, event: Observed) -> None:
        run = event.run
        if run.outcome.succeeded:
            return
        step = run.deciding_step
        _log.info(
            "run failed",
            service=run.service,
            path=run.path,
            outcome=run.outcome,
            step=run.failed_step,
            phase=run.failed_phase,
            status=step.evidence.status if step else None,
            unmet=str(run.unmet) if run.unmet else None,
            error=(step.evidence.error if step else "") or None,
            reason=run.note or None,
            run=run.id,
        )

    @handle.register
    def _(self, event: Changed) -> None:
        change = event.transition
        _telling(event.status.verdict)(
            "verdict changed",
            service=change.service,
            old=change.old,
            new=change.new,
            reason=change.reason,
            detection_s=None if change.detection_s is None else round(change.detection_s, 1),
            **_hidden(event),
        )

    @handle.register
    def _(self, event: IncidentUpdated) -> None:
        incident = event.incident
        shape = incident.id, incident.open, len(incident.waves)
        if self._incidents.get(incident.service) == shape:
            return
        self._incidents[incident.service] = shape
        _log.info(
            "incident open" if incident.open else "incident closed",
            service=incident.service,
            incident=incident.id,
            worst=incident.worst,
            waves=len(incident.waves),
            opened=rfc3339(incident.opened_at),
        )

    @handle.register
    def _(self, event: Skipped) -> None:
        _log.debug("run skipped", service=event.service, path=event.path, reason=event.reason)

    @handle.register
    def _(self, event: SelfObserved) -> None:
        before, self._itself = self._itself, event
        was_off = before is not None and before.clock_is_off
        if event.clock_is_off and not was_off:
            _log.warning("local clock is off", skew_s=round(event.clock_skew_s or 0.0, 1))
        elif was_off and not event.clock_is_off:
            _log.info("local clock is right again")
        was_cut_off = before is not None and before.connected is False
        if event.connected is False and not was_cut_off:
            _log.warning("local connectivity lost", reason=event.blind_because or None)
        elif was_cut_off and event.connected is not False:
            _log.info("local connectivity is back")

    @handle.register
    def _(self, event: Reloaded) -> None:
        if event.successful:
            _log.info("configuration reloaded")
        else:
            _log.error("reload refused, the old configuration stays in use", problem=event.problem)

    @handle.register
    def _(self, event: MaintenanceTurned) -> None:
        service = event.status.service
        before, self._held[service] = self._held.get(service, ()), event.held
        for window in event.held:
            if window not in before:
                _log.info("in maintenance", **_about(window))
        verdict = event.status.verdict
        for window in before:
            if window not in event.held:
                _telling(verdict)("maintenance over", **_about(window), verdict=verdict)

    @handle.register
    def _(self, event: Claimed) -> None:
        claim = event.claim
        _log.info(
            "vendor says",
            service=claim.service,
            component=claim.component,
            state=claim.state,
            words=claim.words or None,
        )

    @handle.register
    def _(self, event: Posted) -> None:
        """Old posts, and those of what nobody here watches, are for those who ask for detail."""
        post = event.post
        news = post.ours and post.seen_at - post.told_at < NEWS_S
        tell = _log.info if news else _log.debug
        tell(
            "vendor posts",
            service=post.service,
            incident=post.incident,
            title=post.title,
            stage=post.stage,
            dated=None if post.bears_at is None else rfc3339(post.bears_at),
            components=post.components or None,
            words=post.words[:LONGEST_WORDS] or None,
        )

    @handle.register
    def _(self, event: Attempted) -> None:
        if event.result in {Result.SENT, Result.OVERTAKEN}:
            return
        message = event.message
        _log.warning(
            "notification given up" if event.result is Result.GIVEN_UP else "notification failed",
            channel=message.channel,
            service=message.service,
            message=message.id,
            problem=event.problem,
        )

    @handle.register
    def _(self, event: ChannelRemoved) -> None:
        _log.info("channel removed, its pending messages are dropped", channel=event.channel)


def _telling(verdict: Verdict) -> Callable[..., None]:
    """How loud a line is by `verdict`, as it is told: nobody is to be woken for what it hides."""
    tell: Callable[..., None] = _log.warning if verdict.troubled else _log.info
    return tell


def _hidden(event: Changed) -> dict[str, object]:
    """What is told instead of the new verdict while maintenance hides all or part of it."""
    told, window = event.status.verdict, event.status.maintenance
    if window is None or told is event.transition.new:
        return {}
    return {"told": told, "maintenance": window.name}


def _about(window: Window) -> dict[str, object]:
    return {
        "service": window.service,
        "name": window.name,
        "whose": window.whose,
        "since": rfc3339(window.since),
        "until": rfc3339(window.until),
        "paths": window.paths or None,
    }
