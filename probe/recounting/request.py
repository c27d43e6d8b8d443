"""What a user asks about the past: which journal, which time, which zones."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from probe.config.errors import ConfigError
from probe.config.loading import load
from probe.config.settings import Settings
from probe.model import iso_date
from probe.model.report import IncidentReport, Report
from probe.recounting.reports import Frame, ReportError, incident_report, incident_reports, report
from probe.reporting.journal.report_queries import ReportQueries
from probe.running.sharding import journals_of_shards

MOST_ZONES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """The requested report; raises ReportError if the request contradicts itself."""

    incident: str = ""
    config: Path | None = None
    journal: Path | None = None
    since: str = ""
    until: str = ""
    month: str = ""
    zones: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        periods = [bool(self.incident), bool(self.month), bool(self.since or self.until)]
        if sum(periods) > 1:
            raise ReportError("give only one of: an incident, --month, --since and --until")
        if not any(periods):
            raise ReportError("name an incident, or --month, or --since with or without --until")
        if len(self.zones) > MOST_ZONES:
            raise ReportError(f"at most {MOST_ZONES} zones beside UTC fit on a page")
        for zone in self.zones:
            _known(zone)


def requested(request: ReportRequest) -> Report:
    """The requested report.

    Raises:
        ReportError, JournalError: it cannot be made.
    """
    settings, file = _place(request.config, request.journal)
    journal, now = ReportQueries.open(file), time.time()
    try:
        if request.incident:
            return incident_report(journal, request.incident, request.zones, now, settings)
        since, until = _month(request.month) if request.month else _period(request, now)
        if since >= now:
            raise ReportError(_not_begun(request))
        if until <= since:
            raise ReportError("--until must lie after --since")
        frame = Frame(
            title=f"Availability in {request.month}" if request.month else "Availability",
            since=since,
            until=min(until, now),
            made_at=now,
            zones=request.zones,
        )
        return report(journal, frame, settings)
    finally:
        journal.close()


def newest(config: Path | None, file: Path | None, limit: int) -> list[IncidentReport]:
    """The newest incidents with their lengths."""
    journal = ReportQueries.open(_place(config, file)[1])
    try:
        return list(incident_reports(journal, journal.incidents(limit=limit), time.time()))
    finally:
        journal.close()


def _place(config: Path | None, file: Path | None) -> tuple[Settings | None, Path]:
    settings = _settings(config) if config else None
    chosen = file or (settings.journal if settings else None)
    if chosen is None:
        raise ReportError("name the journal: --config FILE that has journal:, or --journal FILE")
    if not chosen.exists() and (shards := journals_of_shards(chosen)):
        named = " or ".join(map(str, shards))
        problem = "there is no such file; name that of a shard"
        raise ReportError(f"journal {chosen}: {problem}: --journal {named}")
    return settings, chosen


def _settings(config: Path) -> Settings:
    try:
        return load(config)
    except ConfigError as error:
        advice = "a journal can be read without its configuration: --journal FILE, no --config"
        raise ReportError(f"{error}\n{advice}") from error


def _known(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ReportError(
            f"no time zone is called {zone!r}; write Europe/Berlin, for example"
        ) from None


def _month(month: str) -> tuple[float, float]:
    try:
        begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    except ValueError:
        raise ReportError(f"{month!r} is not a month; write 2026-03, for example") from None
    return begin.timestamp(), end.timestamp()


def _not_begun(request: ReportRequest) -> str:
    if request.month:
        return f"{request.month} has not begun yet: ask for a month that has"
    return f"--since {request.since} lies in the future: ask for a time that has passed"


def _period(request: ReportRequest, now: float) -> tuple[float, float]:
    if not request.since:
        raise ReportError("--until needs --since")
    return _moment(request.since), _moment(request.until) if request.until else now


def _moment(text: str) -> float:
    moment = iso_date.parse(text)
    if moment is None:
        raise ReportError(
            f"{text!r} is not a time; write 2026-03-02 or 2026-03-02T11:49Z, for example"
        )
    return moment
