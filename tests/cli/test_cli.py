import os
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from processes import CHECKOUT
from typer.testing import CliRunner, Result

from probe.cli.commands import app
from probe.config.schema import schema

HISTORY = "time_utc,service,up,http_code,ms\n" + "".join(
    f"2026-01-01T00:{minute:02}:00Z,{name},{int(not (name == 'web' and 20 <= minute < 40))},0,5\n"
    for minute in range(0, 60, 2)
    for name in ("web", "api")
)


def probe(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_check_accepts_a_good_file_and_notes_missing_canaries(config: Path) -> None:
    result = probe("check", config)
    assert result.exit_code == 0
    assert "fine, 1 service(s), 1 path(s)" in result.output
    assert "no canaries" in result.output


@pytest.mark.parametrize(
    ("canary", "noted"),
    [("tcp://192.0.2.1:443", True), ("dns://ns.example/a.example", True), ("tcp://a:443", False)],
)
def test_check_notes_that_no_canary_has_a_name(config: Path, canary: str, *, noted: bool) -> None:
    config.write_text(f"connectivity: {{canaries: ['{canary}']}}\n{config.read_text()}")
    assert ("no canary has a name" in probe("check", config).output) is noted


def test_check_warns_of_a_maintenance_that_is_over(config: Path) -> None:
    past = "{name: the move, starts: 2020-03-08T02:00Z, lasts: 1h}"
    ahead = "{name: the next, starts: 2120-03-08T02:00Z, lasts: 1h}"
    weekly = '{name: weekly, cron: "0 3 * * 0", lasts: 1h}'
    config.write_text(f"{config.read_text()}    maintenance: [{past}, {ahead}, {weekly}]\n")
    result = probe("check", config)
    assert result.exit_code == 0
    told = [line for line in result.output.splitlines() if line.startswith("warning: ")]
    words = "the maintenance 'the move' is over and spares nothing; give it a time to come, or"
    assert told == [f"warning: acme: {words} take it out"]


def test_check_says_which_authorities_of_the_environment_are_not_there(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path}{os.pathsep}{tmp_path / 'none'}")
    told = [line for line in probe("check", config).output.splitlines() if "SSL_CERT" in line]
    missing = "which is not there: nobody in it is trusted"
    assert told == [
        f"warning: SSL_CERT_FILE names {tmp_path}/none.pem, {missing}",
        f"warning: SSL_CERT_DIR names {tmp_path}/none, {missing}",
    ]


def test_check_refuses_a_bad_file_with_status_two(config: Path) -> None:
    config.write_text(config.read_text().replace("plane: data", "plane: dota"))
    result = probe("check", config)
    assert result.exit_code == 2
    assert "probe.yaml:6: services[0].paths[0].plane: a plane is control or data" in result.output


def test_run_refuses_a_missing_file_with_status_two(tmp_path: Path) -> None:
    result = probe("run", tmp_path / "none.yaml")
    assert (result.exit_code, "cannot be read" in result.output) == (2, True)


def test_run_on_a_taken_port_says_so_and_begins_no_journal(config: Path) -> None:
    journal = config.with_name("journal.db")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(f"journal: {journal}\nlisten: 127.0.0.1:{port}\n{config.read_text()}")
        result = probe("run", config)
    assert result.exit_code == 2
    assert f"cannot listen: error while attempting to bind on address ('127.0.0.1', {port}): " in (
        result.output
    )
    assert "choose another address: for `probe run` by listen: or --listen, for " in result.output
    assert "`probe demo` and `probe simulate` by --port" in result.output
    assert not journal.exists()


def test_where_no_temporary_folder_can_be_written_to_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = str(tmp_path / "missing")
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: [missing])
    result = probe("replay", "quiet-day")
    assert result.exit_code == 2
    told = f"cannot write: No usable temporary directory found in ['{missing}']; name a folder"
    assert f"{told} that can be written to in TMPDIR\n" == result.stderr


SLOW = """\
services:
  - name: acme
    components: {abc: web}
    paths:
      - name: login
        plane: control
        slow_after: 10s
        steps: [{request: GET http://127.0.0.1:1/}]
      - {name: api, plane: data, steps: [{request: GET http://127.0.0.1:1/}]}
"""


def test_check_says_that_one_plane_tells_no_split(config: Path) -> None:
    (line,) = [line for line in probe("check", config).output.splitlines() if "alone" in line]
    assert line.startswith("note: acme has paths of the data plane alone: no split can be told")


def test_check_says_what_is_valid_and_hardly_meant(config: Path) -> None:
    config.write_text("politeness: {host_requests_per_minute: 3}\n" + SLOW)
    lines = probe("check", config).output.splitlines()
    assert "warning: 127.0.0.1:1 would be asked 4 times a minute, and host_requests_per_minute" in (
        "\n".join(lines)
    )
    assert "note: acme/login times out before it could be slow" in lines
    assert "note: acme has components, and no status_page that tells of them" in lines


def test_check_says_what_looks_like_a_slip(config: Path) -> None:
    step = "{request: POST http://127.0.0.1:1/, form: {password: $PROBE_PASSWORD}}"
    slipped = config.read_text().replace("{request: GET http://127.0.0.1:1/}", step)
    config.write_text(f"{slipped}    objective: {{availability: 0.999}}\n")
    result = probe("check", config)
    assert result.exit_code == 0
    assert "warning: acme: an availability of 0.999 is in percent" in result.output
    assert "note: acme/api: step1 sends form.password with $PROBE_PASSWORD as it stands" in (
        result.output
    )


def test_once_shows_the_failing_step_and_exits_with_one(config: Path) -> None:
    result = probe("once", config)
    assert result.exit_code == 1
    assert "acme/api connect_failed" in result.output


def test_once_breaks_no_line_so_that_addresses_and_evidence_can_be_copied(config: Path) -> None:
    address = f"http://127.0.0.1:1/{'long/' * 25}"
    config.write_text(config.read_text().replace("http://127.0.0.1:1/", address))
    assert f"no answer {address}\n" in probe("once", config).output


def test_once_names_the_paths_there_are(config: Path) -> None:
    result = probe("once", config, "acme/login")
    assert result.exit_code == 2
    assert "there are: acme/api" in result.output


@pytest.fixture
def history(tmp_path: Path) -> Path:
    file = tmp_path / "history.csv"
    file.write_text(HISTORY)
    return file


def test_replay_judges_a_recorded_history(history: Path) -> None:
    result = probe("replay", history)
    assert result.exit_code == 0
    assert "60 runs judged" in result.output
    assert "web is of the control plane, api is of the data plane" in result.output
    assert "LOGIN DOWN" in result.output


def test_replay_tells_an_incident_by_its_length_and_one_that_goes_on_by_its_length_so_far(
    history: Path,
) -> None:
    over = " ".join(probe("replay", history).output.split())
    assert "2026-01-01 00:20:00 to 2026-01-01 00:38:00 (18 min), down: web 18 min" in over
    history.write_text("".join(HISTORY.splitlines(keepends=True)[:41]))  # up to 00:38
    going_on = " ".join(probe("replay", history).output.split())
    assert "since 2026-01-01 00:20:00, still open (18 min so far), down: web 12 min" in going_on


@pytest.mark.scenario
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["replay FILE", "check CONFIG", "once CONFIG", "schema"])
def test_what_finds_no_room_to_be_told_is_no_address_that_is_taken(
    command: str, unbuffered: str, config: Path, history: Path
) -> None:
    asked = command.replace("FILE", str(history)).replace("CONFIG", str(config)).split()
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "probe", *asked],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert ended.stderr == "cannot write: No space left on device; make room, or write elsewhere\n"
    assert ended.returncode == 2


def test_replay_of_a_broken_history_is_a_clear_sentence(tmp_path: Path) -> None:
    result = probe("replay", tmp_path / "none.csv")
    assert (result.exit_code, "cannot be read" in result.output) == (2, True)


def test_replay_samples_at_steps_that_come_to_an_end(history: Path) -> None:
    for every in ("0", "inf", "1e308"):
        result = probe("replay", history, "--every", every)
        assert (result.exit_code, "--every" in result.output) == (2, True)
    assert "140 runs judged" in probe("replay", history, "--every", "80").output


def test_replay_takes_no_steps_for_a_scenario() -> None:
    result = probe("replay", "quiet-day", "--every", "80")
    assert (result.exit_code, result.output) == (
        2,
        "--every is for a CSV of changes; a scenario is played without it\n",
    )


def test_a_history_of_another_name_is_told_what_a_name_must_end_in(history: Path) -> None:
    result = probe("replay", history.rename(history.with_suffix(".txt")))
    assert result.exit_code == 2
    assert "ends in .yaml; a recorded history's name ends in .csv" in result.output


@pytest.mark.parametrize("command", ["replay", "simulate"])
def test_an_unknown_scenario_names_those_that_are_shipped(command: str) -> None:
    result = probe(command, "no-such-day")
    assert result.exit_code == 2
    assert "2026-03-02" in result.output


def test_a_broken_scenario_file_is_a_clear_sentence(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("title: only a title\n")
    result = probe("replay", file)
    assert result.exit_code == 2
    assert "scenario.yaml" in result.output


@pytest.mark.parametrize("speed", ["0", "nan", "1e7", "inf"])
def test_the_stand_in_is_not_begun_at_a_speed_that_no_clock_can_tell(speed: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = probe("simulate", "quiet-day", "--port", port, "--speed", speed)
    assert (result.exit_code, "--speed" in result.output) == (2, True)


@pytest.mark.parametrize("command", ["once", "report"])
def test_what_may_be_left_out_stands_in_one_pair_of_brackets(command: str) -> None:
    usage = probe(command, "--help").output
    assert "[[" not in usage
    assert "[INCIDENT]" in usage or "[SERVICE[/PATH]]" in usage


def test_the_version_is_that_of_the_distribution() -> None:
    result = probe("--version")
    assert (result.exit_code, result.output) == (0, f"splitprobe {version('splitprobe')}\n")
    assert version("splitprobe") in (CHECKOUT / "Dockerfile").read_text()


def test_schema_prints_what_is_shipped() -> None:
    assert probe("schema").output == schema()


def test_healthcheck_fails_where_nobody_answers() -> None:
    result = probe("healthcheck", "--url", "http://127.0.0.1:1")
    assert (result.exit_code, "not healthy" in result.output) == (1, True)
