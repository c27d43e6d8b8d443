"""A report for spreadsheets: one row for each share of time, stay, incident, moment and run."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from probe.model.report import Lane, Report, ServiceReport
from probe.reporting.legible import cut, legible
from probe.reporting.times import rfc3339

HEAD: Final = ("record", "service", "name", "since", "until", "what", "seconds", "share", "words")
LONGEST: Final = 500
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")

Row = tuple[object, ...]


def as_csv(report: Report) -> str:
    """The rows; no cell can be taken for a formula."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    rows.writerow(HEAD)
    for service in report.services:
        for row in _rows(service):
            rows.writerow([cell(value) for value in row])
    return text.getvalue()


def cell(value: object) -> object:
    """`value` as a number or as text that stays text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = cut(legible(value), LONGEST)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text[:1] in _FORMULA else text


def _rows(report: ServiceReport) -> Iterator[Row]:
    name = report.service
    for kind, lanes in (("plane", report.planes), ("path", report.paths)):
        for lane in lanes:
            yield from _shares(kind, name, lane)
    for lane in report.paths:
        for stay in lane.stays:
            span = (rfc3339(stay.since), rfc3339(stay.until), str(stay.state))
            yield ("stay", name, lane.name, *span, stay.until - stay.since, None, "")
    for window in report.windows:
        span = (rfc3339(window.since), rfc3339(window.until), str(window.whose))
        paths = " ".join(window.paths)
        yield ("window", name, paths, *span, window.until - window.since, None, window.name)
    for found in report.incidents:
        incident = found.incident
        closed = "" if incident.closed_at is None else rfc3339(incident.closed_at)
        span = (rfc3339(incident.opened_at), closed, str(incident.worst))
        length = found.lengths.first_to_last_bad_s
        yield ("incident", name, incident.id, *span, length, None, incident.signature)
    for moment in report.timeline:
        what = (moment.what, None, None, moment.words)
        yield ("moment", name, moment.who, rfc3339(moment.at), "", *what)
    for run in report.evidence:
        span = (rfc3339(run.started_at), rfc3339(run.ended_at), str(run.outcome))
        words = f"{run.id} {run.failed_step or ''}".strip()
        yield ("run", name, run.path, *span, run.duration_s, None, words)


def _shares(kind: str, service: str, lane: Lane) -> Iterator[Row]:
    yield (kind, service, lane.name, "", "", "availability", None, lane.availability, "")
    for state, seconds in lane.seconds.items():
        yield (kind, service, lane.name, "", "", str(state), seconds, None, "")
    yield (kind, service, lane.name, "", "", "maintenance", lane.maintenance_s, None, "")
    yield (kind, service, lane.name, "", "", "trouble in maintenance", lane.hidden_s, None, "")
