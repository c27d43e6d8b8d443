"""What a report is made of."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from made_incidents import a_transition, an_incident
from made_runs import a_run
from made_statuses import a_path, a_status

from probe.config.settings import Settings
from probe.model.claim import Account, Comparison
from probe.model.event import Changed, Compared, IncidentUpdated, Observed, Reviewed
from probe.model.incident import Incident, Move
from probe.model.outcome import Outcome
from probe.model.state import State
from probe.recounting.reports import (
    AROUND_S,
    Frame,
    ReportError,
    incident_report,
    incident_reports,
    report,
)
from probe.reporting.journal.queries import NEWEST
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.store import Journal


def test_a_report_knows_what_the_vendor_said_of_an_incident_however_many_came_after(
    tmp_path: Path,
) -> None:
    file = tmp_path / "journal.db"
    first = an_incident(id="acme-0", opened_at=100.0, last_bad_at=160.0, closed_at=160.0)
    with closing(Journal.open(file)) as journal:
        journal.record(
            [
                Compared(comparison=Comparison(service="acme", account=account))
                for account in (
                    Account(service="acme", incident=f"acme-{number}", lead_s=float(number))
                    for number in range(NEWEST + 1)
                )
            ]
        )
    with closing(ReportQueries.open(file)) as journal:
        (told,) = incident_reports(journal, [first], 5000.0)
    assert told.account == Account(service="acme", incident="acme-0", lead_s=0.0)


class Counting(ReportQueries):
    """Counts how often incidents of a time are read."""

    asked = 0

    def incidents_within(self, service: str, since: float, until: float) -> list[Incident]:
        self.asked += 1
        return super().incidents_within(service, since, until)


def test_a_week_of_flapping_is_counted_without_reading_a_week_for_each_incident(
    tmp_path: Path,
) -> None:
    file, day = tmp_path / "journal.db", 86_400.0
    flaps = [
        an_incident(
            id=f"{service}-{number}",
            service=service,
            opened_at=1000 + number * day,
            last_bad_at=1060 + number * day,
            closed_at=1060 + number * day,
        )
        for number in range(20)
        for service in ("acme", "other")
    ]
    with closing(Journal.open(file)) as journal:
        status = a_status()
        journal.record([IncidentUpdated(incident=each, status=status) for each in flaps])
    with closing(Counting.open(file)) as past:
        told = list(incident_reports(past, flaps[10:], 99 * day))
        assert past.asked == 2
    assert [each.recurrence for each in told] == [6, 6, 7, 7, *[8] * 26]


def test_a_service_that_was_removed_is_in_no_later_report_unless_it_is_configured_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "journal.db"
    gone = a_path(service="gone", state=State.UP, since=100.0, fresh_until=190.0)
    kept = a_path(state=State.UP, since=100.0, fresh_until=9000.0)
    with closing(Journal.open(file)) as journal:
        for path in (gone, replace(gone, state=State.UNKNOWN, since=190.0), kept):
            status = a_status(service=path.service, paths=(path,))
            journal.record([Reviewed(status=status)])
    frame = Frame(title="", since=5000.0, until=6000.0, made_at=6000.0)
    step = {"request": "GET http://a.invalid/"}
    again = Settings.model_validate(
        {
            "services": [
                {"name": "gone", "paths": [{"name": "login", "plane": "control", "steps": [step]}]}
            ]
        }
    )
    with closing(ReportQueries.open(file)) as past:
        assert [each.service for each in report(past, frame, None).services] == ["acme"]
        assert [each.service for each in report(past, frame, again).services] == ["acme", "gone"]
        before = Frame(title="", since=150.0, until=6000.0, made_at=6000.0)
        assert [each.service for each in report(past, before, None).services] == ["acme", "gone"]


def test_a_service_whose_runs_told_nothing_is_in_the_reports_of_their_time(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    blind = a_status(paths=(a_path(state=State.UNKNOWN, since=100.0),))
    with closing(Journal.open(file)) as journal:
        journal.record([Observed(run=a_run(started_at=5500.0), status=blind)])
    frame = Frame(title="", since=5000.0, until=6000.0, made_at=9000.0)
    later = replace(frame, since=7000.0, until=8000.0)
    with closing(ReportQueries.open(file)) as past:
        assert [each.service for each in report(past, frame, None).services] == ["acme"]
        with pytest.raises(ReportError, match="knows of no state"):
            report(past, later, None)


def test_the_report_of_an_open_incident_ends_now(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    down = a_status(paths=(a_path(state=State.DOWN, since=5000.0, fresh_until=5090.0),))
    incident = an_incident(opened_at=5000.0, confirmed_at=5010.0, last_bad_at=5060.0)
    with closing(Journal.open(file)) as journal:
        journal.record([IncidentUpdated(incident=incident, status=down)])
    with closing(ReportQueries.open(file)) as past:
        told = incident_report(past, incident.id, (), 5100.0, None)
    assert (told.since, told.until) == (5000.0 - AROUND_S, 5100.0)


def test_the_time_down_of_an_open_incident_ends_with_the_evidence_if_nobody_watches_any_more(
    tmp_path: Path,
) -> None:
    file = tmp_path / "journal.db"
    paths = tuple(
        a_path(path=name, state=state, since=5010.0, fresh_until=fresh_until)
        for name, state, fresh_until in (("login", State.DOWN, 5090.0), ("api", State.UP, 5600.0))
    )
    moves = (Move(path="login", at=5010.0, state=State.DOWN),)
    incident = an_incident(opened_at=5000.0, confirmed_at=5010.0, last_bad_at=5060.0, moves=moves)
    with closing(Journal.open(file)) as journal:
        journal.record([IncidentUpdated(incident=incident, status=a_status(paths=paths))])
        journal.record([Reviewed(status=a_status(paths=paths))])
    with closing(ReportQueries.open(file)) as past:
        (told,) = incident_reports(past, [incident], 9000.0)
    assert told.path_seconds["login"][State.DOWN] == 80.0
    assert told.lengths.down_s == 80.0


def test_a_report_tells_each_change_of_verdict_and_three_runs_of_each_failure(
    tmp_path: Path,
) -> None:
    file = tmp_path / "journal.db"
    down = a_status(paths=(a_path(state=State.DOWN, since=5000.0, fresh_until=5900.0),))
    runs = [
        a_run(id=str(n), started_at=5100.0 + n, outcome=outcome)
        for n, outcome in enumerate([Outcome.OK, *[Outcome.SERVER_ERROR] * 5])
    ]
    with closing(Journal.open(file)) as journal:
        journal.record([Observed(run=run, status=down) for run in runs])
        journal.record([Changed(transition=a_transition(at=5500.0), status=down)])
    with closing(ReportQueries.open(file)) as past:
        frame = Frame(title="", since=5000.0, until=6000.0, made_at=6000.0)
        (told,) = report(past, frame, None).services
    assert [moment.at for moment in told.timeline] == [5500.0]
    assert (told.evidence, told.evidence_left_out) == (tuple(runs[1:4]), 2)
