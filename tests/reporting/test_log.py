"""What the log says of the daemon itself."""

import logging

import pytest
import structlog
from structlog.testing import capture_logs

from probe.model.event import SelfObserved
from probe.reporting.log import LogReporter, configure


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
