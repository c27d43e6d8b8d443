"""A few minutes of the whole daemon beside the simulator, on a virtual clock."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from made_runs import a_run
from made_statuses import a_status
from rich.console import Console
from web_stage import failed, status

from probe.cli import terminal
from probe.config.shipped import shipped
from probe.model.event import Event, Observed, SelfObserved, Skipped, Started
from probe.model.outcome import Outcome
from probe.model.state import Plane, SkipReason, State, Verdict
from probe.rehearsing.recording import Recording
from probe.rehearsing.staging import Stage, play
from probe.rehearsing.verification import misses
from probe.simulator.scenario import Scenario, read_scenario

SCRIPT = """
title: A short login outage
source: made for this test
starts: 2026-01-01T00:00:00Z
ends: 2026-01-01T00:08:00Z
seed: 7
faults:
  - {on: login_submit, kind: status, status: 500, from: "00:02", until: "00:05"}
vendor:
  - at: "00:04"
    incident: "Logins fail [red]hostile[/red]"
    status: investigating
    impact: major
    components: {web: major_outage}
    body: We are looking.
expect:
  - {from: "00:01", until: "00:02", verdict: healthy}
  - {from: "00:03", until: "00:05", verdict: control_plane_down, findings: [new_sessions_only]}
  - {from: "00:07", until: "00:08", verdict: healthy, paths: {login: [up]}}
"""


class Diary:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def handle(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(SCRIPT)


@pytest.fixture(scope="module")
def played(scenario: Scenario) -> tuple[Recording, Diary, str]:
    diary, screen = Diary(), io.StringIO()
    console = Console(file=screen, force_terminal=True, width=160)
    with terminal.LiveView(scenario, console) as view:
        recording = play(scenario, Stage(started=view.started, reporters=(diary, view)))
    console.print(terminal.summary(scenario, recording, misses(scenario, recording)))
    return recording, diary, screen.getvalue()


def test_the_outage_is_seen_and_ends(
    scenario: Scenario, played: tuple[Recording, Diary, str]
) -> None:
    recording, _, _ = played
    told = [change.new for change in recording.transitions]
    assert told == [Verdict.HEALTHY, Verdict.CONTROL_PLANE_DOWN, Verdict.HEALTHY]
    assert misses(scenario, recording) == []


def test_the_terminal_shows_the_vendors_last_post(played: tuple[Recording, Diary, str]) -> None:
    _, _, screen = played
    said = [line for line in screen.splitlines() if "vendor says" in line]
    assert '; 00:04:00 investigating: "We are looking."' in said[-1]


def test_every_scheduled_run_is_announced_and_concluded(
    played: tuple[Recording, Diary, str],
) -> None:
    _, diary, _ = played
    started = sum(isinstance(event, Started) for event in diary.events)
    planned = sum(
        isinstance(event, Observed) and not event.run.confirmation for event in diary.events
    )
    skipped = [event for event in diary.events if isinstance(event, Skipped)]
    assert started > 100
    assert started - planned <= len(skipped)


def test_runs_that_a_stop_would_cut_are_drained(played: tuple[Recording, Diary, str]) -> None:
    _, diary, _ = played
    runs = [event.run for event in diary.events if isinstance(event, Observed)]
    assert [run.note for run in runs if run.note] == []


def test_no_run_was_late_and_none_overlapped_its_own(
    played: tuple[Recording, Diary, str],
) -> None:
    _, diary, _ = played
    assert max(event.lag_s for event in diary.events if isinstance(event, Started)) < 0.01
    reasons = {event.reason for event in diary.events if isinstance(event, Skipped)}
    assert SkipReason.MISFIRE not in reasons


def test_without_canaries_the_connectivity_is_not_claimed(
    played: tuple[Recording, Diary, str],
) -> None:
    _, diary, _ = played
    selves = [event for event in diary.events if isinstance(event, SelfObserved)]
    assert selves
    assert {event.connected for event in selves} == {None}


def test_the_terminal_shows_the_split_the_vendor_and_the_summary(
    played: tuple[Recording, Diary, str],
) -> None:
    _, _, screen = played
    assert "LOGIN DOWN · API UP" in screen
    assert "server_error at submit" in screen
    assert "Every expectation of the scenario held." in screen
    assert "[red]hostile[/red]" in screen


@pytest.mark.parametrize("state", [State.UP, State.IMPAIRED])
def test_the_terminal_claims_no_more_of_the_api_than_is_seen(
    scenario: Scenario, state: State
) -> None:
    at, screen = scenario.starts.timestamp(), io.StringIO()
    run = a_run(service="standin", path="api", plane=Plane.DATA, started_at=at)
    status = a_status(
        service="standin",
        verdict=Verdict.CONTROL_PLANE_DOWN,
        since=at,
        planes={Plane.CONTROL: State.DOWN, Plane.DATA: state},
    )
    with terminal.LiveView(scenario, Console(file=screen, width=160)) as view:
        view.started("http://127.0.0.1:1")
        view.handle(Observed(run=run, status=status))
    assert f"LOGIN DOWN · API {state.upper()}  since" in screen.getvalue()


def test_what_is_no_terminal_is_told_the_page_at_once_and_the_rest_in_whole_lines(
    scenario: Scenario,
) -> None:
    screen = io.StringIO()
    with terminal.LiveView(scenario, Console(file=screen, width=40)) as view:
        view.started("http://127.0.0.1:1")
        assert screen.getvalue().endswith("page: http://127.0.0.1:1\n")
    assert screen.getvalue().endswith("\n")


def test_a_run_that_saw_nothing_is_not_drawn_as_a_failure(scenario: Scenario) -> None:
    view = terminal.LiveView(scenario, Console(file=io.StringIO(), width=160))
    for outcome in (Outcome.OK, Outcome.SERVER_ERROR, Outcome.UNOBSERVED, Outcome.CHALLENGED):
        view.handle(Observed(run=replace(failed(), outcome=outcome), status=status()))
    bars = view._strips["login"]
    assert [str(span.style) for span in bars.spans] == ["green", "red", "grey62", "grey62"]


def test_a_stage_that_could_not_be_set_is_not_shown(scenario: Scenario) -> None:
    screen = io.StringIO()
    view = terminal.LiveView(scenario, Console(file=screen, width=160))
    with pytest.raises(OSError, match="taken"), view:
        raise OSError("taken")
    assert screen.getvalue() == ""


def test_an_expectation_that_does_not_hold_is_said_in_words(
    scenario: Scenario, played: tuple[Recording, Diary, str]
) -> None:
    recording, _, _ = played
    first, second, third = scenario.expect
    wrong = (
        first.model_copy(update={"verdict": second.verdict}),
        second.model_copy(update={"findings": ("auth_cascade",)}),
        third.model_copy(update={"paths": {"login": second.paths.get("login", ("down",))}}),
        third.model_copy(update={"paths": {"log-in": ("up",)}}),
        third.model_copy(
            update={
                "since": third.since - timedelta(days=2),
                "until": third.until - timedelta(days=2),
            }
        ),
    )
    said = misses(scenario.model_copy(update={"expect": wrong}), recording)
    assert [line.split(": ", 1)[1].split(",")[0] for line in said] == [
        "expected control_plane_down",
        "auth_cascade was not found",
        "expected login down",
        "expected log-in up",
        "nothing was seen",
    ]
    assert said[3].endswith(" there was no such path")


def test_the_demo_configuration_is_the_one_that_is_shipped() -> None:
    assert "http://127.0.0.1:9640" in shipped("demo.yaml").read_text()


def test_a_path_state_is_remembered_at_every_change(
    played: tuple[Recording, Diary, str],
) -> None:
    recording, _, _ = played
    states = [snapshot.paths["login"] for snapshot in recording.snapshots]
    assert {State.UP, State.DOWN} <= set(states)
