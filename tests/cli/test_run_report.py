"""What `probe once` shows of a run."""

from dataclasses import replace
from io import StringIO

from made_runs import a_run
from rich.console import Console

from probe.cli.run_report import run_report
from probe.model.outcome import Outcome
from probe.model.run import Evidence, Quota, Run, StepResult, StreamSeen
from probe.model.state import Plane

STREAM = StreamSeen(
    events=9, first_byte_s=0.1, first_event_s=0.2, first_token_s=0.3, longest_gap_s=0.4
)
STEP = StepResult(
    name="stream",
    outcome=Outcome.OK,
    duration_s=1,
    stream=STREAM,
    quotas=(
        Quota(name="requests", remaining=999, limit=1000, reset_s=200),
        Quota(name="tokens", remaining=12_345),
    ),
)
RUN = a_run(path="api_stream", plane=Plane.DATA, duration_s=1, steps=(STEP,))


def told(run: Run) -> str:
    shown = StringIO()
    Console(file=shown, width=200, markup=True).print(run_report(run))
    return shown.getvalue()


def test_a_stream_is_told_by_its_events_and_times() -> None:
    times = "first byte 100.0 ms, first event 200.0 ms, first token 300.0 ms, longest gap 400.0 ms"
    assert f"9 events, {times}" in told(RUN)


def test_where_a_redirect_leads_is_told() -> None:
    led = Evidence(status=302, url="http://h/in", headers=(("location", "/login?e=***"),))
    made = Evidence(status=201, url="http://h/in", headers=(("location", "/things/1"),))
    shown = told(replace(RUN, steps=(replace(STEP, evidence=led), replace(STEP, evidence=made))))
    assert "302 http://h/in leads to /login?e=***" in shown
    assert "/things/1" not in shown


def test_what_never_came_in_a_stream_is_left_out() -> None:
    step = replace(STEP, stream=StreamSeen(first_byte_s=0.1))
    assert "0 events, first byte 100.0 ms\n" in told(replace(RUN, steps=(step,))).replace(
        " \n", "\n"
    )


def test_what_is_left_of_each_budget_is_told() -> None:
    assert "requests: 999 of 1,000 left, anew in 3 min 20 s" in told(RUN)
    assert "tokens: 12,345 left" in told(RUN)


def test_a_step_without_stream_and_budgets_says_nothing_of_them() -> None:
    bare = told(replace(RUN, steps=(replace(STEP, stream=None, quotas=()),)))
    assert "events" not in bare
    assert "left" not in bare
