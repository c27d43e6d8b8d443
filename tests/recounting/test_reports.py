"""What a report is made of."""

from contextlib import closing
from pathlib import Path

from made_incidents import an_incident

from probe.model.claim import Account, Comparison
from probe.model.event import Compared
from probe.recounting.reports import incident_reports
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
