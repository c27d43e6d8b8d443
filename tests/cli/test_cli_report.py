"""The commands that tell of the past, over a journal that a daemon holds open."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from made_runs import a_run
from made_statuses import a_path, a_status
from typer.testing import CliRunner, Result

from probe.cli.commands import app
from probe.model.claim import (
    Account,
    Claim,
    ClaimState,
    Comparison,
    Maintenance,
    Owner,
    Post,
    Stage,
)
from probe.model.event import Announced, Claimed, Compared, IncidentUpdated, Observed, Posted
from probe.model.incident import Incident, Move, Sighting, Wave
from probe.model.outcome import Outcome
from probe.model.state import Finding, State, Verdict
from probe.model.status import ServiceStatus
from probe.reporting.journal.store import Journal

AT = 1772452170.0  # 2026-03-02 11:49:30 UTC
RUN = a_run(started_at=AT, outcome=Outcome.SERVER_ERROR, failed_step="submit")
INCIDENT = Incident(
    id="acme-1772452170000",
    service="acme",
    opened_at=AT,
    confirmed_at=AT + 6,
    last_bad_at=AT + 3600,
    closed_at=AT + 3600,
    worst=Verdict.CONTROL_PLANE_DOWN,
    waves=(Wave(started_at=AT, ended_at=AT + 3600),),
    down_s={"login": 3594.0},
    signature="control_plane_down: login",
    findings=(Sighting(finding=Finding.NEW_SESSIONS_ONLY, at=AT + 6),),
)
MOVES = (
    Move(path="login", at=AT + 6, state=State.DOWN, reason="server_error at submit"),
    Move(path="usage", at=AT + 900, state=State.DOWN, reason="timed_out at read"),
    Move(path="usage", at=AT + 1800, state=State.UP),
)
CONFIG = """
journal: {journal}
services:
  - name: acme
    objective: {{availability: 99.9}}
    paths:
      - {{name: login, plane: control, steps: [{{request: GET http://127.0.0.1:1/}}]}}
"""


def probe(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def status(state: State, since: float, fresh_until: float) -> ServiceStatus:
    path = a_path(state=state, since=since, fresh_until=fresh_until)
    return a_status(verdict=Verdict.UNKNOWN, since=since, paths=(path,))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Journal]:
    """The daemon's journal while it is open."""
    opened = Journal.open(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def journal(writer: Journal, tmp_path: Path) -> Path:
    """Its file, with an incident in it."""
    up, down = status(State.UP, AT - 3600, AT + 6), status(State.DOWN, AT + 6, AT + 3606)
    writer.record(
        [
            Observed(run=replace(RUN, id="r0", outcome=Outcome.OK, started_at=AT - 60), status=up),
            Observed(run=RUN, status=down),
            IncidentUpdated(incident=INCIDENT, status=down),
        ]
    )
    return tmp_path / "journal.db"


def lane(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout)["services"][0]["paths"][0]
    return found


def test_a_period_is_reported_beside_a_running_daemon(journal: Path) -> None:
    span = ("--since", "2026-03-02T10:49:36Z", "--until", "2026-03-02T12:49:36Z")
    result = probe("report", "--journal", journal, *span, "--format", "json")
    assert result.exit_code == 0
    assert lane(result)["availability"] == pytest.approx(0.5)


def test_what_lies_after_the_last_evidence_is_unknown(journal: Path) -> None:
    result = probe("report", "--journal", journal, "--month", "2026-03", "--format", "json")
    seconds = lane(result)["seconds"]
    known = {"up": 3606.0, "impaired": 0.0, "down": 3600.0}
    assert seconds == known | {"unknown": 31 * 86_400 - 7206.0}


def test_what_the_vendor_announced_as_maintenance_is_left_out_and_shown(
    journal: Path, writer: Journal
) -> None:
    work = Maintenance(
        service="acme",
        id="m1",
        title="Move",
        stage=Stage.SCHEDULED,
        starts_at=AT,
        ends_at=AT + 7200,
        seen_at=AT - 60,
    )
    done = replace(work, stage=Stage.COMPLETED, seen_at=AT + 1806)
    announced(writer, work, done)
    result = probe("report", "--journal", journal, "--month", "2026-03", "--format", "json")
    found = lane(result)
    assert found["maintenance_s"] == 1806.0
    assert found["hidden_s"] == 1800.0
    assert found["availability"] == pytest.approx(3600 / (3600 + 1800))


def seen(path: str, run: int, at: float, *paths: str) -> Observed:
    """A good run of `path` while the service has `paths`, all of them up since some hour."""
    run_ = replace(RUN, id=f"{path}-{run}", path=path, outcome=Outcome.OK, started_at=at)
    (one,) = status(State.UP, at, at + 90).paths
    each = tuple(replace(one, path=name, since=at // 3600 * 3600) for name in paths)
    return Observed(run=run_, status=replace(status(State.UP, at, at + 90), paths=each))


def test_a_path_that_was_renamed_makes_its_plane_unknown_neither_before_nor_after(
    tmp_path: Path,
) -> None:
    file, noon = tmp_path / "journal.db", 1772452800.0  # 2026-03-02 12:00 UTC
    writer = Journal.open(file)
    for number in range(240):
        at = noon - 3600 + 30.0 * number
        path = "login" if at < noon else "sign_in"
        writer.record([seen(path, number, at, path)])
    writer.close()
    span = ("--since", "2026-03-02T11:00Z", "--until", "2026-03-02T13:00Z", "--format", "json")
    (service,) = json.loads(probe("report", "--journal", file, *span).stdout)["services"]
    (plane,) = service["planes"]
    assert plane["seconds"]["unknown"] == pytest.approx(0.0)
    assert sum(plane["seconds"].values()) == pytest.approx(7200.0)
    assert [path["seconds"]["unknown"] > 3000 for path in service["paths"]] == [True, True]
    span = ("--since", "2026-03-02T09:00Z", "--until", "2026-03-02T13:00Z", "--format", "json")
    (service,) = json.loads(probe("report", "--journal", file, *span).stdout)["services"]
    assert service["planes"][0]["seconds"] == pytest.approx(
        {"up": 7200.0, "impaired": 0.0, "down": 0.0, "unknown": 7200.0}
    )
    span = ("--since", "2026-03-02T12:10Z", "--until", "2026-03-02T13:00Z", "--format", "json")
    (service,) = json.loads(probe("report", "--journal", file, *span).stdout)["services"]
    assert [path["name"] for path in service["paths"]] == ["sign_in"]


def test_a_path_that_was_taken_away_while_unknown_blinds_no_plane_for_ever(tmp_path: Path) -> None:
    file, noon, day_s = tmp_path / "journal.db", 1772452800.0, 86_400.0  # 2026-03-02 12:00 UTC
    with closing(Journal.open(file)) as writer:
        both = seen("login", 0, noon, "login", "sign_in")
        blind = replace(both.status.paths[0], state=State.UNKNOWN)
        writer.record([replace(both, status=replace(both.status, paths=(blind,)))])
        for number in range(1, 40):
            at = noon + number * day_s
            told = seen("sign_in", number, at, "sign_in")
            (path,) = told.status.paths
            path = replace(path, since=noon, fresh_until=at + 2 * day_s)
            writer.record([replace(told, status=replace(told.status, paths=(path,)))])
    span = ("--since", "2026-03-03T12:00Z", "--until", "2026-04-01", "--format", "json")
    (service,) = json.loads(probe("report", "--journal", file, *span).stdout)["services"]
    assert service["planes"][0]["seconds"]["unknown"] == pytest.approx(0.0)
    assert service["planes"][0]["availability"] == 1.0


def test_a_path_that_is_unknown_for_hours_is_still_of_its_plane(tmp_path: Path) -> None:
    file, noon, hour_s = tmp_path / "journal.db", 1772452800.0, 3600.0
    with closing(Journal.open(file)) as writer:
        both = seen("login", 0, noon, "login", "sign_in")
        blind = replace(both.status.paths[0], state=State.UNKNOWN)
        writer.record([replace(both, status=replace(both.status, paths=(blind,)))])
        for number in range(1, 24):
            writer.record([seen("sign_in", number, noon + number * hour_s, "sign_in")])
    span = ("--since", "2026-03-02T14:00Z", "--until", "2026-03-03T10:00Z", "--format", "json")
    (service,) = json.loads(probe("report", "--journal", file, *span).stdout)["services"]
    assert service["planes"][0]["seconds"]["unknown"] == pytest.approx(20 * hour_s)


def announced(writer: Journal, *works: Maintenance) -> None:
    writer.record([Announced(maintenance=work) for work in works])


def test_what_was_announced_only_afterwards_shrinks_no_outage(
    journal: Path, writer: Journal
) -> None:
    work = Maintenance(
        service="acme",
        id="m1",
        title="Move",
        stage=Stage.COMPLETED,
        starts_at=AT,
        ends_at=AT + 3600,
        seen_at=AT + 1806,
    )
    announced(writer, work, replace(work, id="m2", stage=Stage.SCHEDULED, seen_at=AT + 3600))
    result = probe("report", "--journal", journal, "--month", "2026-03", "--format", "json")
    found = lane(result)
    assert (found["maintenance_s"], found["hidden_s"]) == (0.0, 0.0)
    assert found["availability"] == pytest.approx(3606 / 7206)


OWN = Maintenance(
    service="acme",
    id="weekly@0",
    title="weekly",
    stage=Stage.IN_PROGRESS,
    starts_at=AT + 606,
    ends_at=AT + 1206,
    seen_at=AT + 606,
    whose=Owner.OURS,
)


def test_a_window_of_ours_is_in_every_format_with_the_trouble_that_lay_in_it(
    journal: Path,
    writer: Journal,
) -> None:
    announced(writer, OWN)
    asked = ("report", "--journal", journal, "--month", "2026-03", "--format")
    markdown, html, table = (probe(*asked, form).stdout for form in ("markdown", "html", "csv"))
    assert "| 10 min (10 min in trouble) |" in markdown
    row = "| 2026-03-02 11:59:36 | 2026-03-02 12:09:36 | own | weekly | all |"
    assert row in markdown
    assert "| maintenance | Maintenance begins: weekly |" in markdown
    assert "10 min (10 min in trouble)" in html
    assert html.count('class="rest"') == 3  # two lanes and the key
    assert '"path","acme","login","","","trouble in maintenance",600.0' in table
    assert '"window","acme","","2026-03-02T11:59:36.000Z"' in table


def test_a_path_of_which_the_window_does_not_speak_is_counted_as_ever(
    journal: Path, writer: Journal
) -> None:
    announced(writer, replace(OWN, paths=("usage",)))
    result = probe("report", "--journal", journal, "--month", "2026-03", "--format", "json")
    assert (lane(result)["maintenance_s"], lane(result)["resting"]) == (0.0, [])


def test_an_incident_is_reported_by_its_identifier(journal: Path) -> None:
    result = probe("report", INCIDENT.id, "--journal", journal, "--zone", "Asia/Tokyo")
    assert "### Incident acme-1772452170000" in result.stdout
    assert "| first failing run | 2026-03-02 11:49:30 | 2026-03-02 20:49:30 |" in result.stdout
    assert "| 1 h | first to last failing run |" in result.stdout
    assert "| r1 | login | server error | submit |" in result.stdout
    found = "| finding | New logins fail; sessions that were already open still work\\. |"
    assert f"| 2026-03-02 11:49:36 | 2026-03-02 20:49:36 {found}" in result.stdout


def test_the_paths_that_moved_within_an_incident_are_in_every_telling_of_it(
    journal: Path, writer: Journal
) -> None:
    down = status(State.DOWN, AT + 6, AT + 3606)
    writer.record([IncidentUpdated(incident=replace(INCIDENT, moves=MOVES), status=down)])
    shown = probe("report", INCIDENT.id, "--journal", journal).stdout
    assert "| 2026-03-02 12:04:30 | path | usage is down: timed\\_out at read |" in shown
    assert "| 2026-03-02 12:19:30 | path | usage is up |" in shown
    listed = " ".join(probe("incidents", "--journal", journal).stdout.split())
    assert "| 12:04:30 usage down | 12:19:30 usage up" in listed


def test_what_the_vendor_said_before_and_after_is_in_the_time_of_an_incident(
    journal: Path,
    writer: Journal,
) -> None:
    end = AT + 3600
    words = ((Stage.INVESTIGATING, AT - 1800), (Stage.RESOLVED, end + 1900))
    account = Account(
        service="acme",
        incident=INCIDENT.id,
        acknowledged_at=AT - 1800,
        resolved_at=end + 1900,
        settled_at=end + 1900,
    )
    for stage, at in words:
        post = Post(
            service="acme",
            incident="v1",
            id=stage,
            title="Elevated errors",
            stage=stage,
            seen_at=at,
        )
        writer.record([Posted(post=post)])
    writer.record([Compared(comparison=Comparison(service="acme", account=account))])
    shown = probe("report", INCIDENT.id, "--journal", journal).stdout
    timeline = shown.partition("### Timeline")[2]
    assert "| 2026-03-02 11:19:30 | vendor's post | Investigating\\: Elevated errors" in timeline
    assert "| 2026-03-02 13:21:10 | vendor's post | Resolved\\: Elevated errors" in timeline
    assert "From 2026-03-02 11:04:30 to 2026-03-02 13:36:10 UTC" in shown


def test_a_word_of_the_vendor_is_in_the_time_in_which_it_was_said_though_read_later(
    journal: Path, writer: Journal
) -> None:
    post = Post(
        service="acme",
        incident="v1",
        id="u1",
        title="Elevated errors",
        stage=Stage.INVESTIGATING,
        bears_at=AT + 20,
        seen_at=AT + 50,
    )
    writer.record([Posted(post=post)])
    turn = "2026-03-02T11:50:00Z"  # AT + 30
    before = ("--since", "2026-03-02T11:00Z", "--until", turn)
    after = ("--since", turn, "--until", "2026-03-02T13:00Z")
    told = [probe("report", "--journal", journal, *span).stdout for span in (before, after)]
    assert ["Elevated errors" in each for each in told] == [True, False]


def test_a_component_is_told_when_it_turned_and_not_when_its_words_were_edited(
    journal: Path,
    writer: Journal,
) -> None:
    for seen_at, state, words in (
        (AT + 60, ClaimState.PARTIAL_OUTAGE, "Errors: investigating"),
        (AT + 120, ClaimState.PARTIAL_OUTAGE, "Errors: identified"),
        (AT + 180, ClaimState.OPERATIONAL, ""),
    ):
        claim = Claim(
            service="acme",
            component="web",
            state=state,
            seen_at=seen_at,
            bears_at=min(AT + 60, seen_at),
            words=words,
        )
        writer.record([Claimed(claim=claim)])
    shown = probe("report", INCIDENT.id, "--journal", journal).stdout
    assert shown.count("web\\: Partial outage") == 1
    assert shown.count("web\\: Operational") == 1


def test_what_is_left_out_of_a_timeline_is_counted_however_much_the_vendor_said(
    journal: Path, writer: Journal
) -> None:
    posts = (
        Post(
            service="acme",
            incident="v1",
            id=f"u{number}",
            title="Elevated errors",
            stage=Stage.INVESTIGATING,
            seen_at=AT + number,
        )
        for number in range(1200)
    )
    writer.record([Posted(post=post) for post in posts])
    result = probe("report", INCIDENT.id, "--journal", journal, "--format", "json")
    (told,) = json.loads(result.stdout)["services"]
    ours = 3  # first and last bad run, finding
    assert len(told["timeline"]) + told["timeline_left_out"] == 1200 + ours
    assert told["timeline"][0]["at"] == AT


def test_a_word_of_the_vendor_days_later_does_not_stretch_the_report(
    journal: Path, writer: Journal
) -> None:
    late = Account(service="acme", incident=INCIDENT.id, settled_at=AT + 30 * 86_400)
    writer.record([Compared(comparison=Comparison(service="acme", account=late))])
    shown = probe("report", INCIDENT.id, "--journal", journal).stdout
    assert "From 2026-03-02 11:34:30 to 2026-03-03 13:04:30 UTC" in shown


def test_the_findings_of_an_incident_are_told_to_programs(journal: Path) -> None:
    result = probe("report", INCIDENT.id, "--journal", journal, "--format", "json")
    (incident,) = json.loads(result.stdout)["services"][0]["incidents"]
    assert incident["incident"]["findings"] == [{"finding": "new_sessions_only", "at": AT + 6}]


def test_the_objective_of_the_configuration_is_the_budget(journal: Path, tmp_path: Path) -> None:
    config = tmp_path / "probe.yaml"
    config.write_text(CONFIG.format(journal=journal))
    result = probe("report", INCIDENT.id, "--config", config, "--format", "json")
    budget = lane(result)["budget"]
    assert isinstance(budget, dict)
    assert (round(budget["allowed_s"]), round(budget["spent_s"])) == (2592, 3600)
    (plane,) = json.loads(result.stdout)["services"][0]["planes"]
    assert plane["budget"] == budget


def spent(journal: Path, config: Path, *span: str) -> float:
    """Seconds spent of the budget."""
    config.write_text(CONFIG.format(journal=journal))
    budget = lane(probe("report", "--config", config, *span, "--format", "json"))["budget"]
    assert isinstance(budget, dict)
    return round(float(budget["spent_s"]), 3)


@pytest.mark.parametrize(
    ("since", "until", "of_the_outage"),
    [
        ("2026-03-02T12:49:00Z", "2026-03-02T12:49:36Z", 3600.0),
        ("2025-03-02", "2026-03-02T12:49:36Z", 3600.0),
        ("2026-03-02", "2026-04-01T12:19:36Z", 1800.0),
        ("2026-03-02", "2026-04-02", 0.0),
    ],
    ids=["a few seconds", "a year", "half the outage is 30 d ago", "all of it is"],
)
def test_what_is_spent_is_counted_over_the_window_that_ends_with_the_report(
    journal: Path, tmp_path: Path, since: str, until: str, of_the_outage: float
) -> None:
    config = tmp_path / "probe.yaml"
    assert spent(journal, config, "--since", since, "--until", until) == of_the_outage


@pytest.mark.parametrize(
    ("outcomes", "charged"),
    [
        ((Outcome.THROTTLED, Outcome.THROTTLED, Outcome.OK), 0.0),
        ((Outcome.SLOW, Outcome.OK), 0.0),
        ((Outcome.THROTTLED, Outcome.OVERLOADED, Outcome.OK), 600.0),
        ((Outcome.SERVER_ERROR, Outcome.OK), 600.0),
    ],
)
def test_an_impaired_time_is_charged_where_a_run_failed_in_it(
    tmp_path: Path, outcomes: tuple[Outcome, ...], charged: float
) -> None:
    file = tmp_path / "journal.db"
    states = (status(State.UP, AT - 600, AT), status(State.IMPAIRED, AT, AT + 600))
    writer = Journal.open(file)
    writer.record([Observed(run=replace(RUN, started_at=AT - 300), status=states[0])])
    for number, outcome in enumerate(outcomes):
        run = replace(RUN, id=f"i{number}", started_at=AT + 60 * number, outcome=outcome)
        writer.record([Observed(run=run, status=states[1])])
    writer.record([Observed(run=replace(RUN, started_at=AT + 700), status=states[1])])
    writer.close()
    span = ("--since", "2026-03-02", "--until", "2026-03-03")
    assert spent(file, tmp_path / "probe.yaml", *span) == charged


def test_hours_of_impairment_are_charged_for_a_run_that_failed_at_their_beginning(
    tmp_path: Path,
) -> None:
    file = tmp_path / "journal.db"
    impaired = status(State.IMPAIRED, AT, AT + 10_800)
    writer = Journal.open(file)
    writer.record([Observed(run=replace(RUN, started_at=AT + 60), status=impaired)])
    writer.close()
    span = ("--since", "2026-03-02", "--until", "2026-03-03")
    assert spent(file, tmp_path / "probe.yaml", *span) == 10_800.0


@pytest.mark.parametrize(
    ("outcome", "charged"), [(Outcome.THROTTLED, 0.0), (Outcome.SERVER_ERROR, 600.0)]
)
def test_of_forgotten_runs_the_hours_tell_what_is_charged(
    tmp_path: Path, outcome: Outcome, charged: float
) -> None:
    file = tmp_path / "journal.db"
    writer = Journal.open(file)
    for state, since in ((State.UP, AT - 600), (State.IMPAIRED, AT), (State.UP, AT + 600)):
        good = replace(RUN, id=f"g{since}", started_at=since, outcome=Outcome.OK)
        writer.record([Observed(run=good, status=status(state, since, since + 600))])
    writer.close()
    with sqlite3.connect(file) as hours:
        hour = int(AT // 3600)
        row = ("acme", "login", hour, outcome, 9, 4.5, 0.5)
        hours.execute("INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    hours.close()
    span = ("--since", "2026-03-02", "--until", "2026-03-03")
    assert spent(file, tmp_path / "probe.yaml", *span) == charged


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_report_says_what_its_budget_counts(journal: Path, tmp_path: Path, form: str) -> None:
    config = tmp_path / "probe.yaml"
    config.write_text(CONFIG.format(journal=journal))
    shown = probe("report", INCIDENT.id, "--config", config, "--format", form).stdout
    words = (
        "The budget is what the objective of 99.9 % forgives over 30 d; spent is, of the 30 d that"
        " end with this report, the time down and each impaired time in which a run failed; slow,"
        " throttled and unseen runs are no failures."
    )
    assert words in " ".join(shown.split()).replace("\\", "")


@pytest.mark.parametrize("form", ["markdown", "html", "json", "csv"])
def test_every_format_goes_into_a_file(journal: Path, tmp_path: Path, form: str) -> None:
    output = tmp_path / "report"
    span = ("--month", "2026-03", "--format", form, "--output", output)
    assert probe("report", "--journal", journal, *span).exit_code == 0
    assert INCIDENT.id in output.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ((), "name an incident, or --month, or --since"),
        (("nobody",), "no incident is called 'nobody'"),
        (("--month", "2026-13"), "'2026-13' is not a month; write 2026-03, for example"),
        (
            ("--since", "noon"),
            "'noon' is not a time; write 2026-03-02 or 2026-03-02T11:49Z, for example",
        ),
        (("--until", "2026-03-02"), "--until needs --since"),
        (("--month", "2026-03", "--since", "2026-03-01"), "give only one of: an incident, --month"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "--until must lie after --since"),
        (("--month", "9998-12"), "9998-12 has not begun yet: ask for a month that has"),
        (
            ("--since", "9998-12-01"),
            "--since 9998-12-01 lies in the future: ask for a time that has passed",
        ),
        (("--month", "2001-01"), "the journal knows of no state in that time"),
        (("--month", "2026-03", "--format", "pdf"), "no format is called 'pdf'"),
        (
            ("--month", "2026-03", "--zone", "../../etc/passwd"),
            "no time zone is called '../../etc/passwd'; write Europe/Berlin, for example",
        ),
    ],
)
def test_what_cannot_be_asked_is_explained(
    journal: Path, wrong: tuple[str, ...], words: str
) -> None:
    result = probe("report", "--journal", journal, *wrong)
    assert (result.exit_code, words in result.output) == (2, True), result.output


def test_what_asks_the_journal_knows_no_format_and_loads_no_templates() -> None:
    code = "import sys, probe.recounting.request; print('jinja2' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "False\n"


def test_a_journal_must_be_named_and_be_there(tmp_path: Path) -> None:
    assert "name the journal" in probe("incidents").output
    missing = probe("incidents", "--journal", tmp_path / "none.db")
    assert (missing.exit_code, "there is no such file" in missing.output) == (2, True)


def test_where_several_share_the_services_their_journals_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / f"j-{index}.db" for index in range(2)]
    for path in (*paths, tmp_path / "j-0.db-wal", tmp_path / "j-old.db"):
        path.touch()
    result = probe("incidents", "--journal", tmp_path / "j.db")
    told = f"journal {tmp_path}/j.db: there is no such file; name that of a shard: --journal "
    assert result.stderr == f"{told}{paths[0]} or {paths[1]}\n"
    assert result.exit_code == 2


def test_a_configuration_whose_secrets_are_not_here_says_how_to_read_its_journal_without_it(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_HERE", raising=False)
    config = tmp_path / "acme.yaml"
    step = '{request: GET http://127.0.0.1/, bearer: "${env:NOT_HERE}"}'
    path = f"{{name: api, plane: data, steps: [{step}]}}"
    config.write_text(f"journal: {journal}\nservices: [{{name: acme, paths: [{path}]}}]\n")
    result = probe("incidents", "--config", config)
    problem, advice = result.stderr.splitlines()
    assert "NOT_HERE is not set" in problem
    assert advice == "a journal can be read without its configuration: --journal FILE, no --config"
    assert result.exit_code == 2


def test_a_journal_without_incidents_says_so_beside_the_list(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    Journal.open(file).close()
    result = probe("incidents", "--journal", file)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no incidents\n")


def test_reading_an_older_journal_changes_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    Journal.open(file).close()
    with sqlite3.connect(file) as old:
        old.execute("PRAGMA user_version = 3")
    old.close()
    before = file.read_bytes()
    assert "start the daemon once" in probe("incidents", "--journal", file).output
    assert file.read_bytes() == before


def test_incidents_are_listed_with_their_lengths(journal: Path) -> None:
    result = probe("incidents", "--journal", journal)
    assert result.exit_code == 0
    assert INCIDENT.id in result.stdout
    assert "2026-03-02 11:49:30" in result.stdout


@pytest.mark.parametrize("width", [40, 80, None])
def test_no_word_of_the_list_is_cut_and_what_is_piped_has_two_lines_for_each(
    journal: Path, writer: Journal, monkeypatch: pytest.MonkeyPatch, width: int | None
) -> None:
    moved = replace(INCIDENT, moves=MOVES[:1])
    writer.record([IncidentUpdated(incident=moved, status=status(State.DOWN, AT + 6, AT + 3606))])
    announced(writer, replace(OWN, title="weekly", starts_at=AT, seen_at=AT, ends_at=AT + 7200))
    if width is not None:
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TTY_COMPATIBLE", "1")
    listed = probe("incidents", "--journal", journal).stdout
    shown = re.sub("\x1b[^m]*m", "", listed).splitlines()
    told = " ".join(" ".join(shown).split())
    assert told == (
        "acme-1772452170000 2026-03-02 11:49:30 UTC LOGIN DOWN"
        " | 1 h | down 59 min | 1 wave | in planned work: weekly | 11:49:36 login down"
    )
    if width is None:
        assert len(shown) == 2
    else:
        assert all(len(line) <= max(width, len(shown[0])) for line in shown[1:])


OPEN = replace(INCIDENT, id="acme-open", opened_at=AT, closed_at=None, waves=(Wave(started_at=AT),))


def test_what_is_not_over_is_listed_as_open_and_has_no_length(
    journal: Path, writer: Journal
) -> None:
    writer.record([IncidentUpdated(incident=OPEN, status=status(State.DOWN, AT, AT + 3600))])
    listed = probe("incidents", "--journal", journal).stdout
    assert OPEN.id in listed
    assert "LOGIN DOWN | still open | down" in listed


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_what_is_not_over_is_said_to_be_so_far(journal: Path, writer: Journal, form: str) -> None:
    over = probe("report", INCIDENT.id, "--journal", journal, "--format", form).stdout
    assert "so far" not in over
    writer.record([IncidentUpdated(incident=OPEN, status=status(State.DOWN, AT, AT + 3600))])
    shown = probe("report", OPEN.id, "--journal", journal, "--format", form).stdout
    for words in (
        "Open: it is not over, and what is told of it is so far.",
        "first to last failing run so far",
        "some path confirmed down so far",
        "wave 1 so far",
        "last failing run so far",
    ):
        assert words in shown, words


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_trouble_within_planned_work_is_named_so_and_is_no_recurrence(
    journal: Path, writer: Journal, form: str
) -> None:
    later = replace(INCIDENT, id="acme-later", opened_at=AT + 86_400, closed_at=AT + 90_000)
    writer.record([IncidentUpdated(incident=later, status=status(State.UP, AT, AT + 60))])
    again = ("report", later.id, "--journal", journal, "--format", form)
    assert "Number 2 of this signature" in probe(*again).stdout
    announced(writer, replace(OWN, starts_at=AT, seen_at=AT, ends_at=AT + 3600))
    assert "Number 1 of this signature" in probe(*again).stdout
    shown = probe("report", INCIDENT.id, "--journal", journal, "--format", form).stdout
    assert "All of it lay in planned work:" in shown
    assert "of this signature" not in shown


def test_the_evidence_and_the_outcomes_of_a_report_are_read_as_they_are_meant(
    journal: Path,
    writer: Journal,
) -> None:
    ended = replace(RUN, id="r2", started_at=AT + 60, outcome=Outcome.TIMED_OUT)
    writer.record([Observed(run=ended, status=status(State.DOWN, AT + 6, AT + 3606))])
    shown = probe("report", INCIDENT.id, "--journal", journal).stdout
    assert "| login | 1 ok, 1 server\\_error, 1 timed\\_out |" in shown
    assert "| ended, UTC | run |" in shown
    assert "A run stands at the time when it ended." in shown


def test_every_table_of_markdown_has_an_empty_line_before_it(journal: Path) -> None:
    lines = probe("report", INCIDENT.id, "--journal", journal).stdout.splitlines()
    heads = [at - 1 for at, line in enumerate(lines) if line.startswith(("|-", "| -", "|:"))]
    assert len(heads) == 7
    assert [lines[at] for at in heads if lines[at - 1]] == []


def test_a_file_that_cannot_be_written_is_named(journal: Path, tmp_path: Path) -> None:
    output = tmp_path / "nowhere" / "report.md"
    result = probe("report", "--journal", journal, "--month", "2026-03", "--output", output)
    assert result.exit_code == 2
    assert f"cannot use {output}: No such file or directory; name another file" in result.output


def test_a_reader_that_has_seen_enough_hears_of_no_address(journal: Path) -> None:
    command = [sys.executable, "-m", "probe", "report", "--journal", str(journal)]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as ours:
        ended = subprocess.run(
            [*command, "--month", "2026-03"], stdout=ours, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (1, b"")
