import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

import pytest

from probe.judging.freshness import stands_s
from probe.model.outcome import Outcome
from probe.model.state import Plane, Verdict
from probe.rehearsing import history
from probe.rehearsing.history import HistoryError, read_history
from probe.rehearsing.recording import Recording
from probe.rehearsing.replay import judge_history, sampled

_MINUTE = itemgetter(0)
HEAD = "time_utc,service,up,http_code,ms\n"


def _file(folder: Path, rows: str) -> Path:
    file = folder / "history.csv"
    file.write_text(HEAD + rows)
    return file


def test_rows_become_runs_with_their_outcome(tmp_path: Path) -> None:
    rows = (
        "2026-01-01T00:00:00Z,web,1,200,250\n"
        "2026-01-01T00:00:05Z,api,0,0,0\n"
        "2026-01-01T00:00:10Z,web,0,503,9\n"
        "2026-01-01T00:00:20Z,web,0,404,9\n"
    )
    runs = read_history(_file(tmp_path, rows))
    assert [run.outcome for run in runs] == [
        Outcome.OK,
        Outcome.CONNECT_FAILED,
        Outcome.SERVER_ERROR,
        Outcome.UNEXPECTED_STATUS,
    ]
    assert {run.path: run.plane for run in runs} == {"web": Plane.CONTROL, "api": Plane.DATA}
    assert runs[0].duration_s == 0.25


def test_a_byte_order_mark_as_spreadsheets_write_it_is_no_part_of_a_column(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(f"{HEAD}2026-01-01T00:00:00Z,web,1,200,250\n", encoding="utf-8-sig")
    assert len(read_history(file)) == 1


def test_what_never_answered_may_have_no_status_and_no_time(tmp_path: Path) -> None:
    (run,) = read_history(_file(tmp_path, "2026-01-01T00:00:00Z,web,0,,\n"))
    assert (run.outcome, run.duration_s) == (Outcome.CONNECT_FAILED, 0)
    assert run.steps[0].evidence.status is None


def test_rows_of_several_places_at_one_moment_make_no_faster_pace(tmp_path: Path) -> None:
    rows = [
        f"2026-01-01T00:{minute:02}:00{place}Z,web,{int(minute < 5)},200,1\n"
        for minute in range(15)
        for place in ("", ".1", ".2")
    ]
    recording = judge_history(read_history(_file(tmp_path, "".join(rows))))
    assert _verdicts(recording) == [Verdict.HEALTHY, Verdict.OUTAGE]


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    file = _file(tmp_path, "2026-01-01T00:00:00Z,web,1,200,250\nnever,web,1,200,1\n")
    with pytest.raises(HistoryError, match=r"history\.csv:3: time_utc: "):
        read_history(file)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2026-01-01T00:00:00Z,we b,1,200,1\n", "service: a name starts with a letter"),
        ("2026-01-01T00:00:00Z,web,1,200,inf\n", "ms: should be milliseconds"),
        ("2026-01-01T00:00:00Z,web,1,200,1e300\n", "ms: should be .* at most; here it is '1e300'$"),
        ("2026-01-01T00:00:00Z,web,1,OK,5\n", "http_code: should be a status .* here it is 'OK'$"),
        ("2026-01-01T00:00:00Z,web,up,200,5\n", "up: should be 1 or 0; here it is 'up'$"),
        ("2 March,web,1,200,5\n", "time_utc: should be a time, as 2026-03-02T11:49:00Z; "),
        ("2026-01-01T00:00:00Z,web,1\n", "http_code: is missing; a row has time_utc,service,"),
        ("0001-01-01T00:00:00+14:00,web,1,200,5\n", "time_utc: the years are 1970 to 8999"),
        ("1970-01-01T00:00:00+14:00,web,1,200,5\n", "time_utc: the years are 1970 to 8999"),
        ("9999-12-31T23:59:59Z,web,1,200,5\n", "time_utc: the years are 1970 to 8999"),
        (f"2026-01-01T00:00:00Z,{'a' * 200_000},1,200,1\n", "field larger than field limit"),
        (f"{'a' * 2**20}\n", "is longer than 1 MiB; name a CSV file"),
        (
            "2026-01-01T00:00:00Z,web,1,200,2,5\n",
            "has more cells than the first line: '5' has no",
        ),
    ],
)
def test_no_value_of_a_line_breaks_the_reading(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(HistoryError, match=rf"history\.csv:2: {problem}"):
        read_history(_file(tmp_path, row))


def test_empty_cells_at_the_end_of_a_line_are_none(tmp_path: Path) -> None:
    assert len(read_history(_file(tmp_path, "2026-01-01T00:00:00Z,web,1,200,250,,\n"))) == 1


def test_a_file_without_an_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.symlink_to("/dev/zero")
    with pytest.raises(HistoryError, match=r"history\.csv:1: is longer than 1 MiB"):
        read_history(file)


def test_a_file_of_more_lines_than_can_be_judged_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _file(tmp_path, "\n" * 10)
    monkeypatch.setattr(history, "MOST_LINES", 10)
    with pytest.raises(HistoryError, match=r"history\.csv: has more than 10 lines; give a part"):
        read_history(file)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("service,up,ms\nweb,1,5\n")
    with pytest.raises(HistoryError, match=r"history\.csv:1: lacks time_utc, http_code; it needs"):
        read_history(file)


def test_columns_below_an_empty_line_are_none(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("\ntime_utc,service,up,http_code,ms\n2026-03-02T11:49:00Z,web,1,200,5\n")
    with pytest.raises(HistoryError, match=r"history\.csv:1: lacks time_utc, service, up, http"):
        read_history(file)


def test_a_time_without_a_zone_is_utc_whatever_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        (run,) = read_history(_file(tmp_path, "2026-01-01T00:00:00,web,1,200,250\n"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert run.started_at == datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def test_a_missing_file_and_an_empty_one_are_clear_sentences(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"none\.csv: cannot be read: No such file or dir"):
        read_history(tmp_path / "none.csv")
    (tmp_path / "old.csv").write_bytes("time_utc,größe\n".encode("latin-1"))
    with pytest.raises(HistoryError, match="is not UTF-8 text"):
        read_history(tmp_path / "old.csv")
    with pytest.raises(HistoryError, match="holds no rows"):
        read_history(_file(tmp_path, ""))


def _change(minute: int, path: str, *, up: bool) -> str:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return f"{at.isoformat()},{path},{int(up)},{200 if up else 0},5\n"


def _judged(
    folder: Path, changes: Mapping[str, Sequence[tuple[int, bool]]], every: float
) -> Recording:
    """What is made of each path's changes, at which minute to up or not, sampled in seconds."""
    told = [(minute, path, up) for path, turns in changes.items() for minute, up in turns]
    rows = "".join(_change(minute, path, up=up) for minute, path, up in sorted(told, key=_MINUTE))
    return judge_history(sampled(read_history(_file(folder, rows)), every))


def _verdicts(recording: Recording) -> list[Verdict]:
    return [change.new for change in recording.transitions]


def test_a_record_of_changes_is_judged_as_the_samples_between_them(tmp_path: Path) -> None:
    changes = {
        "web": [(0, True), (60, False), (120, True), (300, True)],
        "api": [(0, True), (300, True)],
    }
    recording = _judged(tmp_path, changes, 300)
    assert _verdicts(recording) == [Verdict.HEALTHY, Verdict.CONTROL_PLANE_DOWN, Verdict.HEALTHY]
    (incident,) = recording.incidents.values()
    assert 45 * 60 <= incident.down_s["web"] <= 75 * 60


def test_a_side_that_never_changed_stands_as_long_as_the_other_one_is_told_of(
    tmp_path: Path,
) -> None:
    changes = {"web": [(0, True), (30, False), (90, True), (150, True)], "api": [(0, True)]}
    recording = _judged(tmp_path, changes, 30)
    assert _verdicts(recording) == [Verdict.HEALTHY, Verdict.CONTROL_PLANE_DOWN, Verdict.HEALTHY]


@pytest.mark.parametrize("every", [1, 30, 300, 3600])
@pytest.mark.parametrize("last", [Verdict.HEALTHY, Verdict.OUTAGE])
def test_the_last_row_of_each_path_stands_until_what_it_tells_is_confirmed(
    tmp_path: Path, every: float, last: Verdict
) -> None:
    up = last is Verdict.HEALTHY
    turn = max(20, round(every / 3))  # minutes in which there are twenty samples at least
    changes = {
        "web": [(0, True), (turn, False), (2 * turn, up)],
        "api": [(0, True), (2 * turn, up)],
    }
    recording = _judged(tmp_path, changes, every)
    assert _verdicts(recording) == [Verdict.HEALTHY, Verdict.CONTROL_PLANE_DOWN, last]
    (incident,) = recording.incidents.values()
    assert incident.open is not up


def test_what_is_told_of_too_many_samples_is_how_many_there_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(_change(minute, "web", up=minute % 2 == 0) for minute in range(5))
    runs = read_history(_file(tmp_path, rows))
    count = len(sampled(runs, 7))
    monkeypatch.setattr("probe.rehearsing.replay.MOST_SAMPLES", count - 1)
    with pytest.raises(HistoryError, match=rf"^{count:,} samples, one every 7 s; "):
        sampled(runs, 7)


def test_a_history_of_centuries_is_judged_but_not_sampled_every_second(tmp_path: Path) -> None:
    rows = "".join(f"{year}-01-01T00:00:00Z,web,1,200,5\n" for year in (1970, 2026, 8999))
    runs = read_history(_file(tmp_path, rows))
    assert judge_history(runs).runs == 3
    with pytest.raises(HistoryError, match=r"^221,813,856,604 samples, .* at most 5,000,000"):
        sampled(runs, 1.0)


def test_a_single_bad_row_among_good_ones_is_no_verdict(tmp_path: Path) -> None:
    rows = "".join(_change(minute, "web", up=minute != 30) for minute in range(0, 120, 5))
    rows += "".join(_change(minute, "api", up=True) for minute in range(0, 120, 5))
    recording = judge_history(read_history(_file(tmp_path, rows)))
    assert _verdicts(recording) == [Verdict.HEALTHY]


def _sampled_evenly(minutes: range, *, up: bool = True) -> str:
    return "".join(
        _change(minute, path, up=up or path == "api")
        for minute in minutes
        for path in ("login", "api")
    )


def test_nothing_is_known_from_when_the_evidence_before_a_gap_is_stale(tmp_path: Path) -> None:
    rows = _sampled_evenly(range(30)) + _sampled_evenly(range(1440, 1470))
    recording = judge_history(read_history(_file(tmp_path, rows)))
    assert _verdicts(recording) == [Verdict.HEALTHY, Verdict.UNKNOWN, Verdict.HEALTHY]
    _, lost, found = recording.transitions
    begun = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert lost.at - begun == pytest.approx(29 * 60 + stands_s(60, 10), abs=1)
    assert found.at - begun == pytest.approx(1440 * 60, abs=1)


def test_an_incident_ends_in_a_gap_when_it_had_been_quiet_for_long_enough(tmp_path: Path) -> None:
    well, ill = range(0, 60, 5), range(60, 90, 5)
    rows = _sampled_evenly(well) + _sampled_evenly(ill, up=False)
    rows += _sampled_evenly(range(90, 105, 5)) + _sampled_evenly(range(1440, 1500, 5), up=False)
    recording = judge_history(read_history(_file(tmp_path, rows)))
    first, second = recording.incidents.values()
    healthy = recording.transitions[2]
    assert healthy.new is Verdict.HEALTHY
    assert first.settled_at == pytest.approx(healthy.at + 600, abs=1)
    assert second.open
