"""Assembles a report: the journal's rows through the judging that dates, weighs and counts."""

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from probe.config.service import Service
from probe.config.settings import Settings
from probe.judging import availability
from probe.judging.availability import Span
from probe.model.claim import VENDOR_LATE_S, Account, span_of
from probe.model.errors import UserError
from probe.model.incident import Incident
from probe.model.lengths import lengths_of
from probe.model.maintenance import Window, enclosing
from probe.model.recurrence import RECURS_WITHIN_S, recurrence
from probe.model.report import Budget, IncidentReport, Lane, Moment, Report, ServiceReport, Stay
from probe.model.state import WATCHED, State
from probe.model.status import Spell
from probe.recounting.spending import budgets
from probe.recounting.timelines import Timeline, timeline_of
from probe.reporting import chronology
from probe.reporting.journal.queries import ALL
from probe.reporting.journal.report_queries import ReportQueries

MOMENTS: Final = 400
EVIDENCE_EACH: Final = 3
EVIDENCE: Final = 60
AROUND_S: Final = 900.0
"""How many seconds a report covers before and after all that is known of its incident."""


class ReportError(UserError):
    """The requested report cannot be made; the text says what to ask for instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The period of a report, when it is made, and the time zones that it uses."""

    title: str
    since: float
    until: float
    made_at: float
    zones: tuple[str, ...] = ()


def incident_report(
    journal: ReportQueries,
    identifier: str,
    zones: tuple[str, ...],
    now: float,
    settings: Settings | None,
) -> Report:
    """The report of one incident and the vendor's words about it, with some time around them."""
    incident = journal.incident(identifier)
    if incident is None:
        raise ReportError(f"no incident is called {identifier!r}; list them with: probe incidents")
    since, until = span_of(incident, journal.account(incident.id), now)
    frame = Frame(
        title=f"Incident {incident.id}",
        since=since - AROUND_S,
        until=min(now, until + AROUND_S),
        made_at=now,
        zones=zones,
    )
    return report(journal, frame, settings, only=incident.service)


def report(
    journal: ReportQueries, frame: Frame, settings: Settings | None, only: str | None = None
) -> Report:
    """The report of a period, over all services or one."""
    told = journal.spells(frame.since, frame.until, only)
    spells = [spell for spell in told if spell.plane in WATCHED]
    known = {name: list(group) for name, group in groupby(spells, key=lambda each: each.service)}
    configured = {name: settings.service(name) if settings else None for name in known}
    services = [
        _service(journal, frame, group, configured[name])
        for name, group in known.items()
        if only or configured[name] is not None or _was_watched(journal, frame, group)
    ]
    if not services:
        raise ReportError("the journal knows of no state in that time; choose another")
    return Report(
        title=frame.title,
        since=frame.since,
        until=frame.until,
        made_at=frame.made_at,
        zones=("UTC", *(zone for zone in frame.zones if zone != "UTC")),
        services=tuple(services),
    )


def _was_watched(journal: ReportQueries, frame: Frame, spells: list[Spell]) -> bool:
    """Whether anything was seen of a service: of a removed one the journal keeps the last state."""
    if any(spell.until >= frame.since for spell in spells):
        return True
    return bool(journal.outcomes(spells[0].service, frame.since, frame.until))


def _service(
    journal: ReportQueries, frame: Frame, spells: list[Spell], configured: Service | None
) -> ServiceReport:
    name, span = spells[0].service, (frame.since, frame.until)
    windows = journal.windows(*span, name)
    incidents = journal.incidents_within(name, *span)
    seen = timeline_of(spells, windows, span, journal.lives(name))
    spending = budgets(journal, configured, frame.until)
    moments = sorted(
        (
            moment
            for moment in _moments(journal, name, span, incidents, windows)
            if frame.since <= moment.at < frame.until
        ),
        key=lambda moment: moment.at,
    )
    outcomes = journal.outcomes(name, *span)
    evidence = journal.failures(name, *span, EVIDENCE_EACH)[:EVIDENCE]
    failed = sum(
        runs
        for path in outcomes.values()
        for outcome, runs in path.items()
        if not outcome.succeeded
    )
    return ServiceReport(
        service=name,
        planes=tuple(_lane(each, spending.planes, spending.whole) for each in seen.planes()),
        paths=tuple(_lane(each, spending.paths, spending.whole) for each in seen.paths()),
        outcomes=outcomes,
        incidents=tuple(incident_reports(journal, incidents, frame.made_at)),
        timeline=tuple(moments[:MOMENTS]),
        timeline_left_out=max(0, len(moments) - MOMENTS),
        windows=tuple(windows),
        evidence=tuple(evidence),
        evidence_left_out=max(0, failed - len(evidence)),
    )


def _lane(timeline: Timeline, budgets: Mapping[str, Budget], whole: Budget | None) -> Lane:
    seconds = availability.outside(timeline.counted, timeline.resting)
    inside = availability.within(timeline.observed, timeline.resting)
    return Lane(
        name=timeline.name,
        plane=timeline.plane,
        stays=timeline.counted,
        seconds=seconds,
        resting=tuple(timeline.resting),
        maintenance_s=sum(inside.values()),
        hidden_s=inside[State.IMPAIRED] + inside[State.DOWN],
        availability=availability.availability(seconds),
        budget=budgets.get(timeline.name, whole),
    )


def incident_reports(
    journal: ReportQueries, incidents: Iterable[Incident], now: float
) -> Iterator[IncidentReport]:
    """Incidents with their lengths."""
    told = list(incidents)
    known = _around(journal, told)
    for incident in told:
        earlier = _of_the_week_before(incident, known[incident.service])
        yield _incident(journal, incident, earlier, journal.account(incident.id), now)


def _around(journal: ReportQueries, told: Sequence[Incident]) -> dict[str, list[Incident]]:
    """By service, the incidents up to a week before those `told`.

    Read at once: flapping makes thousands, and to read a week for each takes a quarter of an hour.
    """
    opened: dict[str, list[float]] = {}
    for incident in told:
        opened.setdefault(incident.service, []).append(incident.opened_at)
    return {
        service: journal.incidents_within(service, min(times) - RECURS_WITHIN_S, max(times))
        for service, times in opened.items()
    }


def _of_the_week_before(incident: Incident, known: Sequence[Incident]) -> Sequence[Incident]:
    """Those of `known`, oldest first, that opened in the week before `incident`."""
    opened_at = attrgetter("opened_at")
    first = bisect_left(known, incident.opened_at - RECURS_WITHIN_S, key=opened_at)
    return known[first : bisect_left(known, incident.opened_at, key=opened_at)]


def _incident(
    journal: ReportQueries,
    incident: Incident,
    earlier: Iterable[Incident],
    account: Account | None,
    now: float,
) -> IncidentReport:
    end, troubled_until = incident.end(now), incident.troubled_until(now)
    spells = journal.spells(incident.opened_at, troubled_until, incident.service)
    of_paths = {
        path: availability.stays(list(group), incident.opened_at, troubled_until)
        for path, group in groupby(spells, key=lambda spell: spell.path)
    }
    week_before = incident.opened_at - RECURS_WITHIN_S
    works = journal.windows(week_before, end, incident.service)
    work = enclosing(incident, works, now)
    return IncidentReport(
        incident=incident,
        lengths=lengths_of(incident, account, now, _down_until(of_paths.values())),
        recurrence=recurrence(incident, earlier, works, now),
        path_seconds={path: availability.outside(lane) for path, lane in of_paths.items()},
        account=account,
        planned=work.name if work else "",
    )


def _down_until(lanes: Iterable[Iterable[Stay]]) -> float:
    """When a path was last known as down; for ever if none was, as in journals without states."""
    downs = (stay.until for lane in lanes for stay in lane if stay.state is State.DOWN)
    return max(downs, default=math.inf)


def _moments(
    journal: ReportQueries,
    service: str,
    span: Span,
    incidents: Collection[Incident],
    windows: Iterable[Window],
) -> Iterator[Moment]:
    moves = [move for incident in incidents for move in incident.moves]
    yield from chronology.of_verdicts(journal.transitions(service, *span), moves)
    for incident in incidents:
        yield from chronology.of_incident(incident)
    yield from chronology.of_windows(windows)
    seen_until = span[1] + VENDOR_LATE_S  # what was said in that time may have been read later
    claims, posts = journal.words(service, since=span[0], until=seen_until, limit=ALL)
    yield from chronology.of_claims(claims)
    yield from chronology.of_posts(posts)
