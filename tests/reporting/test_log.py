"""What the log says of the daemon itself."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, TextIO

import pytest
import structlog
from made_incidents import a_transition
from made_statuses import a_path, a_status
from notices import SPLIT
from structlog.testing import capture_logs
from web_stage import failed

from probe.model.claim import Owner, Post, Stage
from probe.model.event import (
    Attempted,
    Changed,
    ChannelRemoved,
    MaintenanceTurned,
    Observed,
    Posted,
    SelfObserved,
)
from probe.model.maintenance import Window
from probe.model.notification import Result
from probe.model.outcome import Outcome
from probe.model.run import Check
from probe.model.state import State, Verdict
from probe.reporting.log import LogReporter, configure

STATUS = a_status(verdict=Verdict.HEALTHY)


@pytest.mark.parametrize(
    ("seen", "began", "over"),
    [
        (
            {"clock_skew_s": -312.04},
            {"event": "local clock is off", "skew_s": -312.0},
            "local clock is right again",
        ),
        (
            {"connected": False, "blind_because": "a portal"},
            {"event": "local connectivity lost", "reason": "a portal"},
            "local connectivity is back",
        ),
    ],
)
def test_blindness_and_a_wrong_clock_are_told_as_they_begin_and_as_they_end(
    seen: dict[str, object], began: dict[str, object], over: str
) -> None:
    log = LogReporter()
    well = SelfObserved(at=0.0, connected=True, loop_lag_s=0.0)
    ill = SelfObserved(**{"at": 1.0, "connected": True, "loop_lag_s": 0.0, **seen})  # type: ignore[arg-type]
    with capture_logs() as lines:
        for event in (well, ill, ill, well, well, ill):
            log.handle(event)
    warned = {**began, "log_level": "warning"}
    assert lines == [warned, {"event": over, "log_level": "info"}, warned]


def test_a_failed_run_is_told_with_what_was_expected_and_what_came() -> None:
    run = failed()
    step = run.steps[0]
    check = Check(name="status", passed=False, expected="200-299", actual="500")
    seen = replace(step, evidence=replace(step.evidence, checks=(check,)))
    with capture_logs() as lines:
        LogReporter().handle(Observed(run=replace(run, steps=(seen,)), status=STATUS))
    assert [line["unmet"] for line in lines] == ["status: expected 200-299, got 500"]


def test_a_run_that_was_not_seen_is_told_with_its_error_and_with_why_that_does_not_count() -> None:
    run = failed()
    step = run.steps[0]
    seen = replace(step, evidence=replace(step.evidence, error="the deadline passed"))
    excused = replace(run, outcome=Outcome.UNOBSERVED, steps=(seen,), note="no canary answered")
    with capture_logs() as lines:
        LogReporter().handle(Observed(run=excused, status=STATUS))
    (line,) = lines
    assert (line["error"], line["reason"]) == ("the deadline passed", "no canary answered")


def test_a_logger_that_has_spoken_follows_a_later_configuration() -> None:
    blind = SelfObserved(at=1.0, connected=False, loop_lag_s=0.0, blind_because="a portal")
    configure(level=logging.CRITICAL)
    LogReporter().handle(blind)
    structlog.reset_defaults()
    with capture_logs() as lines:
        LogReporter().handle(blind)
    assert [line["event"] for line in lines] == ["local connectivity lost"]


LIBRARY = """
import logging
from probe.reporting.log import configure
configure(as_json=True)
logging.getLogger("asyncio").info("nothing of note")
try:
    secret = [][0]
except IndexError:
    logging.getLogger("aiohttp.server").exception("Error handling request")
"""


def test_what_a_library_logs_is_a_line_like_ours_without_local_variables() -> None:
    command = [sys.executable, "-c", LIBRARY]
    logged = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True).stderr
    line = json.loads(logged)
    assert (line["event"], line["level"]) == ("Error handling request", "error")
    assert (line["logger"], line["exception"][0]["exc_type"]) == ("aiohttp.server", "IndexError")
    assert "locals" not in line["exception"][0]["frames"][0]


@pytest.fixture(params=["full", "without a reader"])
def useless(request: pytest.FixtureRequest) -> Iterator[TextIO]:
    if request.param == "full":
        number = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, number = os.pipe()
        os.close(reader)
    stream = os.fdopen(number, "w")
    yield stream
    with suppress(OSError):  # what was not written is tried once more
        stream.close()
    structlog.reset_defaults()


def test_a_log_that_takes_no_line_ends_nothing(
    useless: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = SelfObserved(at=0.0, connected=False, loop_lag_s=0.0)
    monkeypatch.setattr(sys, "stderr", useless)
    configure()
    LogReporter().handle(blind)
    structlog.get_logger("probe").error("a line of another part")


WEEKLY = Window(
    service="acme", name="weekly", whose=Owner.OURS, since=0.0, until=3600.0, paths=("login",)
)


def test_a_maintenance_is_logged_at_its_begin_and_at_its_end() -> None:
    log = LogReporter()
    with capture_logs() as lines:
        for held in ((), (WEEKLY,), (WEEKLY,), ()):
            log.handle(MaintenanceTurned(status=STATUS, held=held))
    said = {
        "service": "acme",
        "name": "weekly",
        "whose": "own",
        "since": "1970-01-01T00:00:00.000Z",
        "until": "1970-01-01T01:00:00.000Z",
        "paths": ("login",),
        "log_level": "info",
    }
    over = {**said, "event": "maintenance over", "verdict": Verdict.HEALTHY}
    assert lines == [{**said, "event": "in maintenance"}, over]


def test_a_fault_that_outlasts_its_maintenance_is_warned_about() -> None:
    log = LogReporter()
    down = replace(STATUS, verdict=Verdict.CONTROL_PLANE_DOWN)
    log.handle(MaintenanceTurned(status=STATUS, held=(WEEKLY,)))
    with capture_logs() as lines:
        log.handle(MaintenanceTurned(status=down))
    (over,) = lines
    assert (over["log_level"], over["verdict"]) == ("warning", Verdict.CONTROL_PLANE_DOWN)


RESTING = a_path(state=State.DOWN, since=10.0, maintenance=WEEKLY)


@pytest.mark.parametrize(
    ("new", "told", "said"),
    [
        (Verdict.CONTROL_PLANE_DOWN, Verdict.CONTROL_PLANE_DOWN, {"log_level": "warning"}),
        (
            Verdict.CONTROL_PLANE_DOWN,
            Verdict.HEALTHY,
            {"log_level": "info", "told": Verdict.HEALTHY, "maintenance": "weekly"},
        ),
        (
            Verdict.OUTAGE,
            Verdict.DATA_PLANE_DOWN,
            {"log_level": "warning", "told": Verdict.DATA_PLANE_DOWN, "maintenance": "weekly"},
        ),
    ],
    ids=["of no maintenance", "within one", "only half of it within one"],
)
def test_a_change_that_a_maintenance_hides_says_so_and_is_no_warning(
    new: Verdict, told: Verdict, said: dict[str, object]
) -> None:
    path = RESTING if told is not new else replace(RESTING, maintenance=None)
    change = a_transition(at=10.0, new=new, reason="login is down")
    with capture_logs() as lines:
        status = replace(STATUS, verdict=told, paths=(path,))
        LogReporter().handle(Changed(transition=change, status=status))
    (line,) = lines
    assert {key: line.get(key) for key in ("log_level", "told", "maintenance")} == {
        "told": None,
        "maintenance": None,
        **said,
    }


WRITTEN = Post(
    service="acme",
    incident="i",
    id="u",
    title="Elevated errors",
    stage=Stage.IDENTIFIED,
    seen_at=86_500.0,
    bears_at=86_460.0,
    components=("login",),
    words="We know. " * 1000,
)


def test_what_the_vendor_writes_is_told_in_its_first_words() -> None:
    with capture_logs() as lines:
        LogReporter().handle(Posted(post=WRITTEN))
    assert lines == [
        {
            "event": "vendor posts",
            "log_level": "info",
            "service": "acme",
            "incident": "i",
            "title": "Elevated errors",
            "stage": "identified",
            "dated": "1970-01-02T00:01:00.000Z",
            "components": ("login",),
            "words": ("We know. " * 1000)[:300],
        }
    ]


@pytest.mark.parametrize("change", [{"ours": False}, {"bears_at": 99.0}], ids=["others'", "old"])
def test_old_posts_and_those_of_others_are_no_news(change: dict[str, Any]) -> None:
    with capture_logs() as lines:
        LogReporter().handle(Posted(post=replace(WRITTEN, **change)))
    assert [line["log_level"] for line in lines] == ["debug"]


def test_a_post_of_no_date_that_a_calendar_holds_is_told_without() -> None:
    with capture_logs() as lines:
        LogReporter().handle(Posted(post=replace(WRITTEN, bears_at=1e18)))
    assert lines[0]["dated"] == ""


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
        LogReporter().handle(ChannelRemoved(channel="team"))
    assert lines[0]["channel"] == "team"
