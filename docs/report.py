"""Makes the example of a report: 2 March replayed, its journal, its report, and its picture.

Needs chromium on the PATH. Writes docs/report-2026-03-02.md, .html and docs/report.png.
"""

import logging
import tempfile
from pathlib import Path

from screenshot import FOLDER, picture

from probe.config.loading import load
from probe.config.shipped import shipped
from probe.model.event import Event
from probe.recounting.reports import incident_report
from probe.rehearsing.staging import Stage, play
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.store import Journal
from probe.reporting.log import configure
from probe.reporting.report.formats import FORMATS
from probe.simulator.scenario import Scenario, load_scenario

NAME = "2026-03-02"
SUFFIXES = {"markdown": "md", "html": "html"}
SIZE = "1180,1400"
BATCH = 500


class Writing:
    """Keeps what is reported in a journal of its own, which outlives the replay."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[Event] = []

    def handle(self, event: Event) -> None:
        """Take `event` down with its neighbours."""
        self._waiting.append(event)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self._journal.record(self._waiting)
        self._waiting.clear()


def replayed(scenario: Scenario, file: Path) -> None:
    """Play `scenario` and leave its journal in `file`."""
    journal = Journal.open(file)
    writing = Writing(journal)
    play(scenario, Stage(reporters=(writing,)))
    writing.flush()
    journal.close()


def main() -> None:
    """Replay, report, draw."""
    configure(level=logging.CRITICAL)
    scenario = load_scenario(shipped("scenarios") / f"{NAME}.yaml")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "journal.db")
        replayed(scenario, file)
        journal = ReportQueries.open(file)
        (incident,) = journal.incidents()
        zones, settings = ("America/Los_Angeles",), load(shipped("demo.yaml"))
        found = incident_report(journal, incident.id, zones, scenario.ends.timestamp(), settings)
        journal.close()
    for form, suffix in SUFFIXES.items():
        written = FORMATS[form](found)
        (FOLDER / f"report-{NAME}.{suffix}").write_text(written, encoding="utf-8")
    picture("report.png", SIZE, (FOLDER / f"report-{NAME}.html").as_uri())


if __name__ == "__main__":
    main()
