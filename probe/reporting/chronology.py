"""What happened, in order and in words: our runs and verdicts, the vendor's page, planned work."""

from collections.abc import Collection, Iterable, Iterator

from probe.model.claim import Claim, ClaimState, Owner, Post
from probe.model.incident import Incident, Move, Transition
from probe.model.maintenance import Window
from probe.model.report import Moment, Witness
from probe.model.state import State, Verdict
from probe.reporting import words


def of_verdicts(
    transitions: Iterable[Transition], moves: Collection[Move] = ()
) -> Iterator[Moment]:
    """The changes of a verdict, and its end while we were stopped, as far as `moves` tell of it."""
    before: Transition | None = None
    for each in transitions:
        if before is not None and each.old is not before.new:
            yield from _lost(each.old, last_lost_at(moves, before.at, each.at))
        verdict = words.VERDICTS[each.new]
        yield Moment(at=each.at, who=Witness.VERDICT, what=verdict, words=each.reason)
        before = each


def last_lost_at(moves: Iterable[Move], since: float, until: float) -> float | None:
    """When a path last became unknown between `since` and `until`; None if none did."""
    lost = (move.at for move in moves if move.state is State.UNKNOWN)
    return max((at for at in lost if since <= at <= until), default=None)


def _lost(verdict: Verdict, at: float | None) -> Iterator[Moment]:
    if at is not None:
        what = words.VERDICTS[verdict]
        yield Moment(at=at, who=Witness.VERDICT, what=what, words="no runs were recorded")


def of_incident(incident: Incident) -> Iterator[Moment]:
    """What happened in `incident` besides the changes of its verdict."""
    if incident.last_good_at is not None:
        yield Moment(at=incident.last_good_at, who=Witness.RUNS, what="Last good run before")
    yield Moment(at=incident.opened_at, who=Witness.RUNS, what="First failing run")
    yield from of_moves(incident)
    for sighting in incident.findings:
        yield Moment(at=sighting.at, who=Witness.FINDING, what=words.FINDINGS[sighting.finding])
    if incident.last_bad_at is not None:
        last = "Last failing run so far" if incident.open else "Last failing run"
        yield Moment(at=incident.last_bad_at, who=Witness.RUNS, what=last)


def of_moves(incident: Incident) -> Iterator[Moment]:
    """The changes of paths' states that did not change the verdict."""
    for move in incident.silent_moves:
        what = f"{move.path} is {words.STATES[move.state].lower()}"
        yield Moment(at=move.at, who=Witness.PATH, what=what, words=move.reason)


def of_claims(claims: Iterable[Claim]) -> Iterator[Moment]:
    """When a component changed, by the vendor's page: edits of its words alone do not count."""
    stands: dict[str, tuple[ClaimState, bool]] = {}
    for claim in claims:
        now = claim.state, claim.absent
        if stands.get(claim.component) != now:
            what = f"{claim.component}: {words.said(claim)}"
            yield Moment(at=claim.told_at, who=Witness.VENDORS_PAGE, what=what, words=claim.words)
        stands[claim.component] = now


def of_posts(posts: Iterable[Post]) -> Iterator[Moment]:
    """What the vendor posted."""
    for post in posts:
        what = f"{words.STAGES[post.stage]}: {post.title}"
        yield Moment(at=post.told_at, who=Witness.VENDORS_POST, what=what, words=post.words)


def of_windows(windows: Iterable[Window]) -> Iterator[Moment]:
    """When maintenance began and ended."""
    for window in windows:
        ours = window.whose is Owner.OURS
        who = Witness.MAINTENANCE if ours else Witness.VENDORS_MAINTENANCE
        yield Moment(at=window.since, who=who, what="Maintenance begins", words=window.name)
        yield Moment(at=window.until, who=who, what="Maintenance ends", words=window.name)
