"""An incident in detail: its lengths, its lanes on one axis, and what happened in order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from probe.model.claim import VENDOR_LATE_S, Account, Claim, Post, span_of
from probe.model.incident import Incident, Transition
from probe.model.lengths import lengths_of
from probe.model.maintenance import Window
from probe.model.recurrence import RECURS_WITHIN_S, recurrence
from probe.model.report import Moment
from probe.model.run import Run
from probe.model.state import Plane
from probe.reporting import chronology, times, words
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.web.drawing.axis import Axis
from probe.reporting.web.drawing.bands import over
from probe.reporting.web.drawing.lanes import (
    Change,
    Lane,
    changes,
    coarse,
    instant,
    runs_lane,
    stretches,
)
from probe.reporting.web.history import Columns, Hour

COLUMNS: Final = 120
MOST_LANES: Final = 30
MOST_MOMENTS: Final = 400
_MARGIN: Final = 0.06
_LEAST_MARGIN_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHistory:
    """What the history holds about an incident, and the axis that it was asked for.

    It was the `recurrence`th of its kind within seven days; 0 if unknown or in planned work.
    """

    axis: Axis | None = None
    account: Account | None = None
    verdicts: Sequence[Transition] = ()
    claims: Sequence[Claim] = ()
    posts: Sequence[Post] = ()
    ways: Sequence[tuple[Run, int]] = ()
    tally: Mapping[str, Columns] = field(default_factory=dict)
    hours: Mapping[str, Sequence[Hour]] = field(default_factory=dict)
    windows: Sequence[Window] = ()
    recurrence: int = 0


def axis_of(incident: Incident, account: Account | None, now: float) -> Axis:
    """From before all that is reported of it to after; a vendor that is a day late is left out."""
    since, until = span_of(incident, account, now)
    margin = max(_LEAST_MARGIN_S, _MARGIN * (until - since))
    return Axis(since - margin, min(until + margin, max(now, until)))


def recalled(past: PageQueries, incident: Incident, now: float) -> IncidentHistory:
    """All that the past says about `incident`."""
    account = past.account(incident.id)
    axis = axis_of(incident, account, now)
    claims, posts = past.words(incident.service, until=axis.until + VENDOR_LATE_S)
    week_before = incident.opened_at - RECURS_WITHIN_S
    earlier = past.incidents_within(incident.service, week_before, incident.opened_at)
    works = past.windows(min(week_before, axis.since), axis.until, incident.service)
    return IncidentHistory(
        axis=axis,
        account=account,
        verdicts=past.transitions(incident.service, axis.since, axis.until),
        claims=[claim for claim in claims if claim.told_at <= axis.until],
        posts=[post for post in posts if post.ours and axis.since <= post.told_at <= axis.until],
        ways=[
            (run, count)
            for run, count in past.ways_of_failing(
                incident.service, incident.opened_at, incident.end(now)
            )
            if run.plane is not Plane.VENDOR
        ],
        tally=past.tally(incident.service, axis.since, axis.until, COLUMNS),
        hours=past.hours(incident.service, axis.since, axis.until),
        windows=[window for window in works if window.until > axis.since],
        recurrence=recurrence(incident, earlier, works, now),
    )


def lanes(
    incident: Incident, past: IncidentHistory, axis: Axis, paths: Iterable[str], now: float
) -> list[Lane]:
    """Our verdict and waves, the runs of each of `paths`, the vendor's words: on one axis."""
    shown = dict.fromkeys([*paths, *incident.down_s])
    told = [_verdict(incident, past, axis), _waves(incident, axis, now)]
    told += [
        runs_lane(
            axis,
            path,
            past.tally.get(path, ()),
            past.hours.get(path, ()),
            over(past.windows, incident.service, path),
        )
        for path in shown
        if path in past.tally or path in past.hours
    ]
    told += _claims(past.claims, axis)
    if past.posts:
        told.append(_posts(past.posts, axis))
    return told[:MOST_LANES]


def lengths(incident: Incident, account: Account | None, now: float) -> Iterator[tuple[str, str]]:
    """How long it was, by every way of counting."""
    told = lengths_of(incident, account, now)
    so_far = ", so far" if incident.open else ""
    yield "First to last failing run", times.length(told.first_to_last_bad_s) + so_far
    if incident.moves:
        yield "Some path confirmed down", times.length(told.down_s) + so_far
    for path, seconds in incident.down_s.items():
        yield f"{path}: confirmed down", times.length(seconds)
    for wave, wave_s in told.listed_waves:
        yield wave.capitalize(), times.length(wave_s)
    yield "As the vendor declares it", _declared(account)


def moments(incident: Incident, past: IncidentHistory, axis: Axis) -> tuple[list[Moment], int]:
    """What happened, in order: our runs and verdicts, the vendor's words, and planned work.

    If there are more than `MOST_MOMENTS`, the newest, and how many came before them.
    """
    others = chain(
        chronology.of_claims(past.claims),
        chronology.of_posts(past.posts),
        chronology.of_windows(past.windows),
    )
    told = [
        *chronology.of_verdicts(incident.transitions, incident.moves),
        *chronology.of_incident(incident),
        *(each for each in others if axis.since <= each.at <= axis.until),
    ]
    told.sort(key=lambda each: each.at)
    return told[-MOST_MOMENTS:], max(0, len(told) - MOST_MOMENTS)


def _declared(account: Account | None) -> str:
    if account is None or (account.declared_at is None and account.acknowledged_at is None):
        return "no word of it"
    return "not ended" if account.declared_s is None else times.signed(account.declared_s)


def _verdict(incident: Incident, past: IncidentHistory, axis: Axis) -> Lane:
    """The verdicts on the axis; the incident itself has its own, even without history."""
    turns = sorted({*past.verdicts, *incident.transitions}, key=lambda each: each.at)
    told = coarse(axis, list(_changes(turns, incident, axis)), COLUMNS, words.WORST_FIRST)
    label = "Our verdict: " + ", then ".join(change.word for change in told)
    return Lane(name="Our verdict", label=label, segments=stretches(axis, told, axis.until))


def _changes(turns: Iterable[Transition], incident: Incident, axis: Axis) -> Iterator[Change]:
    """The verdicts in order; one that ended because we were stopped has no transition."""
    stood, since = None, axis.since
    for turn in turns:
        if turn.old is not stood:
            moves = () if stood is None else incident.moves
            lost_at = chronology.last_lost_at(moves, since, turn.at)
            yield Change(since if lost_at is None else lost_at, turn.old, words.VERDICTS[turn.old])
        yield Change(turn.at, turn.new, words.VERDICTS[turn.new])
        stood, since = turn.new, turn.at


def _waves(incident: Incident, axis: Axis, now: float) -> Lane:
    waves = incident.waves
    turns: list[Change] = []
    for number, wave in enumerate(waves, start=1):
        ended = incident.end(now) if wave.ended_at is None else wave.ended_at
        word = f"Wave {number}" if len(waves) <= COLUMNS else "Waves"
        turns += [Change(wave.started_at, "wave", word), Change(ended, "quiet", "")]
    shown = stretches(axis, coarse(axis, turns, 2 * COLUMNS, ("wave", "quiet")), axis.until)
    segments = tuple(segment for segment in shown if segment.tone == "wave")
    return Lane(name="Waves", label=f"Waves: {len(waves)}", segments=segments)


def _claims(claims: Sequence[Claim], axis: Axis) -> list[Lane]:
    by_component: dict[str, list[Change]] = {}
    for claim in sorted(claims, key=lambda each: each.told_at):
        change = Change(claim.told_at, claim.state, words.said(claim))
        by_component.setdefault(claim.component, []).append(change)
    return [_component(name, changes(told), axis) for name, told in by_component.items()]


def _component(name: str, told: Sequence[Change], axis: Axis) -> Lane:
    shown = stretches(axis, told, axis.until)
    label = f"The vendor of {name}: " + ", then ".join(segment.title for segment in shown)
    return Lane(name=name, label=label, segments=shown, foreign=True)


def _posts(posts: Sequence[Post], axis: Axis) -> Lane:
    shown = tuple(instant(axis, post.told_at, "post", words.STAGES[post.stage]) for post in posts)
    label = "The vendor's updates: " + ", ".join(segment.title for segment in shown)
    return Lane(name="Vendor's updates", label=label, segments=shown)
