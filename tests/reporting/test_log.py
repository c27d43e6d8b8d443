"""What the log says of the daemon itself."""

import logging

import pytest
import structlog
from notices import SPLIT
from structlog.testing import capture_logs

from probe.model.claim import Owner
from probe.model.event import Attempted, Disused, MaintenanceTurned, SelfObserved
from probe.model.maintenance import Window
from probe.model.notification import Result
from probe.model.state import Verdict
from probe.model.status import ServiceStatus
from probe.reporting.log import LogReporter, configure

STATUS = ServiceStatus(service="acme", verdict=Verdict.HEALTHY, since=0.0, planes={}, paths=())


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        ({"clock_skew_s": -312.04}, {"event": "our clock is off", "skew_s": -312.0}),
        (
            {"connected": False, "blind_because": "a portal"},
            {"event": "we are blind", "reason": "a portal"},
        ),
    ],
)
def test_blindness_and_a_wrong_clock_are_warned_about_once_each_time(
    seen: dict[str, object], line: dict[str, object]
) -> None:
    log = LogReporter()
    well = SelfObserved(at=0.0, connected=True, loop_lag_s=0.0)
    ill = SelfObserved(**{"at": 1.0, "connected": True, "loop_lag_s": 0.0, **seen})  # type: ignore[arg-type]
    with capture_logs() as lines:
        for event in (well, ill, ill, well, ill):
            log.handle(event)
    assert lines == [{**line, "log_level": "warning"}] * 2


def test_a_logger_that_has_spoken_follows_a_later_configuration() -> None:
    blind = SelfObserved(at=1.0, connected=False, loop_lag_s=0.0, blind_because="a portal")
    configure(level=logging.CRITICAL)
    LogReporter().handle(blind)
    structlog.reset_defaults()
    with capture_logs() as lines:
        LogReporter().handle(blind)
    assert [line["event"] for line in lines] == ["we are blind"]


def test_a_maintenance_is_logged_at_its_begin_and_at_its_end() -> None:
    window = Window(
        service="acme", name="weekly", whose=Owner.OURS, since=0.0, until=3600.0, paths=("login",)
    )
    log = LogReporter()
    with capture_logs() as lines:
        for held in ((), (window,), (window,), ()):
            log.handle(MaintenanceTurned(status=STATUS, held=held))
    said = {
        "service": "acme",
        "name": "weekly",
        "whose": "own",
        "since": "1970-01-01T00:00:00Z",
        "until": "1970-01-01T01:00:00Z",
        "paths": ("login",),
        "log_level": "info",
    }
    assert lines == [{**said, "event": "in maintenance"}, {**said, "event": "maintenance over"}]


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (Result.SENT, None),
        (Result.OVERTAKEN, None),
        (Result.FAILED, "notification failed"),
        (Result.GIVEN_UP, "notification given up"),
    ],
)
def test_a_message_that_does_not_arrive_is_warned_about_with_its_channel_and_reason(
    result: Result, line: str | None
) -> None:
    with capture_logs() as lines:
        LogReporter().handle(Attempted(message=SPLIT, result=result, problem="HTTP 404"))
    if line is None:
        assert lines == []
        return
    (told,) = lines
    assert (told["event"], told["channel"], told["problem"]) == (line, "team", "HTTP 404")


def test_a_channel_that_is_gone_is_told() -> None:
    with capture_logs() as lines:
        LogReporter().handle(Disused(channel="team"))
    assert lines[0]["channel"] == "team"
