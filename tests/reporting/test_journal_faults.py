"""A full disk, a broken file, a killed process: told in words, and nothing half written."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from made_incidents import an_incident
from made_runs import a_run
from made_statuses import a_status

from probe.model.event import Event, IncidentUpdated, Observed
from probe.model.run import Proof, Run
from probe.model.state import Verdict
from probe.reporting.journal.errors import DiskError, JournalError
from probe.reporting.journal.opening import for_reading
from probe.reporting.journal.queries import Queries
from probe.reporting.journal.retention import Before
from probe.reporting.journal.schema import VERSION
from probe.reporting.journal.store import Journal

STATUS = a_status(verdict=Verdict.UNKNOWN)
ALL = ("acme", "login", 1_000_000)
RUN = a_run(id="r", started_at=100.0)
BATCH = 7
WRITER = """
import sys
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

sys.path[:0] = sys.argv[2:]
from test_journal_faults import BATCH, RUN, observed
from probe.reporting.journal.store import Journal

journal = Journal.open(Path(sys.argv[1]))
for batch in count():
    journal.record(observed(*(replace(RUN, started_at=float(batch)) for _ in range(BATCH))))
    print(batch, flush=True)
"""


def observed(*runs: Run) -> list[Event]:
    return [Observed(run=run, status=STATUS) for run in runs]


def large(number: int) -> Run:
    return replace(
        RUN, id=str(number), started_at=float(number), note=Random(number).randbytes(1000).hex()
    )


def test_a_killed_writer_loses_no_batch_that_it_finished(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    command = [sys.executable, "-c", WRITER, str(file), *sys.path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        finished = [int(writer.stdout.readline()) for _ in range(30)]
        writer.send_signal(signal.SIGKILL)
        finished += [int(line) for line in writer.stdout if line.endswith("\n")]
    journal = Journal.open(file)  # nor does a dead process hold it
    kept = journal.recent_runs(*ALL)
    journal.close()
    assert len(kept) % BATCH == 0
    assert len(kept) // BATCH in {len(finished), len(finished) + 1}


def test_a_second_daemon_is_refused_whatever_name_it_gives_the_file(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    (tmp_path / "link.db").symlink_to(tmp_path / "journal.db")
    with pytest.raises(JournalError, match="another daemon writes it"):
        Journal.open(tmp_path / "link.db")
    journal.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_journal_that_is_moved_away_is_an_error_and_not_lost_in_silence(
    tmp_path: Path, *, replaced: bool
) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal.record(observed(RUN))
    file.rename(tmp_path / "elsewhere.db")
    if replaced:
        file.touch()
    with pytest.raises(JournalError, match=r"moved away or replaced.*restart the daemon"):
        journal.record(observed(RUN))
    journal.close()


def test_a_journal_that_is_emptied_is_an_error_and_not_lost_in_silence(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal.record(observed(RUN))
    os.truncate(file, 0)
    with pytest.raises(JournalError, match=r"emptied.*move it away and restart the daemon"):
        journal.record(observed(RUN))
    file.rename(tmp_path / "emptied.db")
    journal.close()
    after = Journal.open(file)
    after.record(observed(RUN))
    after.close()


def test_a_journal_has_one_writer_and_as_many_readers_as_want_to_look(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    first = Journal.open(file)
    first.record(observed(RUN))
    with pytest.raises(JournalError, match=r"journal\.db: another daemon writes it; stop that one"):
        Journal.open(file)
    reader = Queries(file, for_reading(file))
    assert reader.recent_runs(*ALL) == [RUN]
    reader.close()
    first.record(observed(replace(RUN, id="s")))
    first.close()
    second = Journal.open(file)
    assert [run.id for run in second.recent_runs(*ALL)] == ["r", "s"]
    second.close()


def test_what_was_refused_as_no_journal_is_not_held(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.write_text("not a database, and long enough to be looked at" * 10)
    with pytest.raises(JournalError, match="not a database"):
        Journal.open(file)
    file.unlink()
    Journal.open(file).close()


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.db.lock").mkdir()
    with pytest.raises(JournalError, match=r"journal\.db\.lock: Is a directory; make"):
        Journal.open(tmp_path / "journal.db")


def test_a_failed_batch_leaves_nothing_half_written(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    incident = an_incident(opened_at=None)  # refused by the table, after the runs went in
    with pytest.raises(JournalError, match="NOT NULL"):
        journal.record([*observed(RUN), IncidentUpdated(incident=incident, status=STATUS)])
    assert journal.recent_runs(*ALL) == []
    assert journal.last_success("acme", "login") is None
    journal.record(observed(RUN))
    assert journal.recent_runs(*ALL) == [RUN]
    journal.close()


def test_a_full_disk_is_an_error_and_the_journal_works_again_afterwards(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    journal.record(observed(large(1)))
    with pytest.raises(JournalError, match="full; free some disk space or shorten retention"):
        journal.record(observed(*(large(n) for n in range(2, 200))))
    assert journal.recent_runs(*ALL) == [large(1)]
    assert journal.prune_page(Before(runs=50.0, failures=50.0, hours=0.0)) == 1
    journal.record(observed(large(60)))
    assert journal.recent_runs(*ALL) == [large(60)]
    journal.close()


@pytest.fixture
def open_to_read() -> Iterator[Path]:
    """A folder that whoever has no rights may enter."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    folder.chmod(0o555)
    with as_nobody():
        yield


@contextmanager
def as_nobody() -> Iterator[None]:
    """As somebody else than root; whoever is not root stays who that is."""
    if os.geteuid():
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_journal_at_rest_is_read_without_the_right_to_write_beside_it(open_to_read: Path) -> None:
    file = open_to_read / "journal.db"
    with closing(Journal.open(file)) as journal:
        journal.record(observed(RUN))
    with without_rights(open_to_read), closing(Queries(file, for_reading(file))) as reader:
        assert reader.recent_runs(*ALL) == [RUN]


def test_a_journal_of_another_user_asks_for_more_than_its_folder(open_to_read: Path) -> None:
    file = open_to_read / "journal.db"
    Journal.open(file).close()
    (open_to_read / "journal.db.lock").chmod(0o444)
    open_to_read.chmod(0o777)
    with as_nobody(), pytest.raises(JournalError) as refused:
        Journal.open(file)
    words = "Permission denied; make the journal's files and their folder writable for user"
    assert words in str(refused.value)


def test_a_folder_that_is_not_ours_to_write_is_asked_for(open_to_read: Path) -> None:
    with without_rights(open_to_read), pytest.raises(JournalError, match="; make its folder"):
        Journal.open(open_to_read / "journal.db")


def test_what_a_killed_daemon_left_beside_its_journal_is_not_passed_over(
    tmp_path: Path, open_to_read: Path
) -> None:
    file = tmp_path / "journal.db"
    with closing(Journal.open(file)) as journal:
        journal.record(observed(RUN))
        for name in ("journal.db", "journal.db-wal"):
            copyfile(tmp_path / name, open_to_read / name)
    with (
        without_rights(open_to_read),
        pytest.raises(JournalError, match="make its folder writable"),
    ):
        for_reading(open_to_read / "journal.db")


def test_a_journal_whose_folder_was_removed_around_the_daemon_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(JournalError, match=r"the folder that the daemon was started in is gone;"):
        Journal.open(Path("journal.db"))


def test_links_that_lead_to_each_other_are_no_journal(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.symlink_to(file)
    with pytest.raises(JournalError, match="name another file under journal:"):
        Journal.open(file)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"there is no folder .*/nowhere; create it or name"):
        Journal.open(tmp_path / "nowhere" / "journal.db")


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(JournalError, match=r"journal\.db: .*; make its folder writable or name"):
        Journal.open(tmp_path / "journal.db")


def test_a_file_that_may_only_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    Journal.open(file).close()
    journal = Journal.open(file)
    journal._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalError, match="make the file and its folder writable"):
        journal.record(observed(RUN))
    journal.close()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.write_bytes(b"dear diary, " * 1000)
    for _ in range(2):
        with pytest.raises(JournalError, match="not a database; name a journal") as refused:
            Journal.open(file)
        assert not isinstance(refused.value, DiskError), "nobody knows it as a journal"
    assert file.read_bytes() == b"dear diary, " * 1000


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE runs (race TEXT)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(JournalError, match="the database of another program; name another file"):
        Journal.open(file)
    assert file.read_bytes() == before


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal._connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    journal.close()
    words = rf"newer splitprobe \(format {VERSION + 1}, this one knows {VERSION}\)"
    with pytest.raises(JournalError, match=words):
        Journal.open(file)


def test_a_journal_of_an_older_version_is_upgraded_and_keeps_what_it_knew(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal.record(observed(RUN))
    journal._connection.execute("ALTER TABLE last_successes DROP COLUMN credential")
    journal._connection.execute("DROP INDEX claims_of_service")
    for table in ("posts", "maintenances", "accounts", "states", "hours", "outbox", "told"):
        journal._connection.execute(f"DROP TABLE {table}")
    journal._connection.execute("DROP INDEX failed_runs")
    journal._connection.execute("PRAGMA user_version = 1")
    journal.close()
    upgraded = Journal.open(file)
    assert upgraded.last_success("acme", "login") == Proof(credential="", at=RUN.ended_at)
    assert upgraded.recent_runs(*ALL) == [RUN]
    assert upgraded.words("acme") == ([], [])
    assert upgraded.maintenances("acme") == []
    assert upgraded.accounts("acme") == []
    assert upgraded.undelivered() == upgraded.last_told() == []
    assert upgraded._connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    upgraded.close()


def test_a_file_that_was_damaged_is_an_error_when_the_damage_is_met(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal.record(observed(*(large(n) for n in range(100))))
    journal.close()
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    damaged = Journal.open(file)
    with pytest.raises(JournalError, match="malformed; move the file away"):
        damaged.recent_runs(*ALL)
    damaged.close()


def test_a_document_that_makes_no_sense_is_an_error_for_readers_and_left_out_by_the_daemon(
    tmp_path: Path,
) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal.record(observed(RUN, replace(RUN, id="s", started_at=200.0)))
    with journal._connection as transaction:
        transaction.execute("UPDATE runs SET document = '{\"id\": 1}' WHERE number = 2")
    reader = Queries(file, for_reading(file))
    with pytest.raises(JournalError, match="a row does not read as Run"):
        reader.recent_runs("acme", "login", 2)
    reader.close()
    assert journal.recent_runs("acme", "login", 2) == [RUN]
    journal.close()


def test_a_value_that_damage_took_away_is_left_out_by_the_daemon(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal.record(observed(RUN, replace(RUN, id="s", started_at=200.0)))
    journal.close()
    with closing(sqlite3.connect(file)) as damaged, damaged:
        damaged.execute("PRAGMA writable_schema = ON")
        damaged.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')")
    with closing(sqlite3.connect(file)) as damaged, damaged:
        damaged.execute("UPDATE runs SET document = NULL WHERE number = 2")
        damaged.execute("UPDATE last_successes SET ended_at = NULL")
    journal = Journal.open(file)
    assert journal.recent_runs("acme", "login", 2) == [RUN]
    assert journal.last_success("acme", "login") is None
    journal.close()


def test_a_file_held_by_another_writer_is_an_error_that_says_so(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    journal = Journal.open(file)
    journal._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(file)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="another program holds it"):
        journal.record(observed(RUN))
    other.close()
    journal.record(observed(RUN))
    journal.close()
