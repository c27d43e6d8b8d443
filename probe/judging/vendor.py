"""The vendor's words compared with our verdict: who was first, contradicts or ended too soon.

Values in, values out, as in all judging; but nothing here is ever an input to a verdict.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from probe.model.claim import PAGE, Account, Claim, ClaimState, Post
from probe.model.incident import Incident
from probe.model.state import TROUBLED, State, Verdict
from probe.model.status import ServiceStatus

SpeaksFor = Mapping[str, tuple[str, ...]]
"""The configured components and the paths that each speaks for; with none, the whole service."""

STILL_ABOUT_S: Final = 600.0
"""A first word later than this after an incident's last bad run is about another incident."""

ONSET_BLUR_S: Final = 30.0
"""At an onset some runs are still good: a word this shortly before the last one is about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """Something that the vendor speaks of (`topic`) became troubled, or well again."""

    topic: str
    by: str
    at: float
    seen_at: float
    troubled: bool


def contradictions(
    status: ServiceStatus, said: Mapping[str, ClaimState], speaks_for: SpeaksFor
) -> frozenset[str]:
    """The components whose claims differ from what we see.

    Silence contradicts nothing, and nothing contradicts what is in maintenance.
    """
    seen = {path.path: path for path in status.paths}
    ours = {
        component: [seen[path] for path in speaks_for.get(component, ()) if path in seen]
        for component in _speakers(said, speaks_for)
    }
    at_large = {component: said.get(component) for component, paths in ours.items() if not paths}
    differing = () if status.maintenance else _differing(at_large, status.verdict)
    return frozenset(differing) | frozenset(
        component
        for component, paths in ours.items()
        if _differs(said.get(component), [path.state for path in paths if not path.maintenance])
    )


def account_of(
    incident: Incident, claims: Sequence[Claim], posts: Sequence[Post], speaks_for: SpeaksFor
) -> Account:
    """When the vendor acknowledged and resolved `incident`, by its page's words in order."""
    told = list(_of_posts(posts, incident))
    turns = sorted([*told, *_of_claims(claims, incident, speaks_for)], key=lambda turn: turn.at)
    first = next((turn for turn in turns if turn.troubled), None)
    ends = list(_ends(turn for turn in turns if not told or turn in told))
    return Account(
        service=incident.service,
        incident=incident.id,
        acknowledged_at=first.at if first else None,
        acknowledged_seen_at=first.seen_at if first else None,
        acknowledged_by=first.by if first else "",
        lead_s=first.at - incident.confirmed_at if first else None,
        declared_at=_declared_at(posts, {turn.topic for turn in told}),
        resolved_at=ends[0].at if ends else None,
        settled_at=ends[-1].at if ends else None,
        premature_s=_premature_s(incident, ends),
    )


def _speakers(said: Mapping[str, ClaimState], speaks_for: SpeaksFor) -> Collection[str]:
    """Which components speak for us: the page, which covers more, only if none of ours does."""
    silent = {None, ClaimState.UNKNOWN}
    return {name for name in speaks_for if said.get(name) not in silent} or {PAGE}


def _differs(claim: ClaimState | None, ours: Collection[State]) -> bool:
    """Whether a component contradicts the paths that it speaks for."""
    if claim is ClaimState.OPERATIONAL:
        return not TROUBLED.isdisjoint(ours)
    return claim is not None and claim.severity > 0 and set(ours) == {State.UP}


def _differing(claims: Mapping[str, ClaimState | None], verdict: Verdict) -> Iterator[str]:
    """Those that speak for the service as a whole and contradict the verdict."""
    if verdict.troubled and set(claims.values()) == {ClaimState.OPERATIONAL}:
        yield from claims
    if verdict is Verdict.HEALTHY:
        yield from (name for name, claim in claims.items() if claim and claim.severity)


def _is_about(incident: Incident, told_at: float) -> bool:
    """Whether trouble first reported then belongs to this incident.

    What the page named well before our last good run was about something else.
    """
    began = incident.opened_at if incident.last_good_at is None else incident.last_good_at
    return told_at >= began - ONSET_BLUR_S and (
        incident.closed_at is None or told_at <= incident.closed_at + STILL_ABOUT_S
    )


def _of_posts(posts: Iterable[Post], incident: Incident) -> Iterator[_Turn]:
    """The turns of those of the vendor's incidents that began with ours."""
    by_incident = sorted(posts, key=lambda post: (post.incident, post.told_at))
    for _, group in groupby(by_incident, key=lambda post: post.incident):
        told = list(group)
        if told[0].ours and _is_about(incident, told[0].told_at):
            yield from map(_turn, told)


def _turn(post: Post) -> _Turn:
    return _Turn(
        topic=_topic(post),
        by=post.title,
        at=post.told_at,
        seen_at=post.seen_at,
        troubled=not post.stage.over,
    )


def _topic(post: Post) -> str:
    return f"incident {post.incident}"  # no component's name has a space


def _of_claims(
    claims: Iterable[Claim], incident: Incident, speaks_for: SpeaksFor
) -> Iterator[_Turn]:
    """When a component that speaks for us was said to be worse than before, and when well."""
    said: dict[str, ClaimState] = {}
    read: dict[str, ClaimState] = {}
    for claim in claims:
        before = read.get(claim.component, ClaimState.UNKNOWN)
        said[claim.component] = claim.state
        if claim.state is not ClaimState.UNKNOWN:  # an unreadable page takes nothing back
            read[claim.component] = claim.state
        worse = claim.state.severity > before.severity and _is_about(incident, claim.told_at)
        well = claim.state is ClaimState.OPERATIONAL
        if (worse or well) and claim.component in _speakers(said, speaks_for):
            yield _Turn(
                topic=claim.component,
                by=claim.component,
                at=claim.told_at,
                seen_at=claim.seen_at,
                troubled=worse,
            )


def _ends(turns: Iterable[_Turn]) -> Iterator[_Turn]:
    """The turns after which nothing was troubled any more."""
    troubled: set[str] = set()
    for turn in turns:
        if turn.troubled:
            troubled.add(turn.topic)
        elif turn.topic in troubled:
            troubled.remove(turn.topic)
            if not troubled:
                yield turn


def _declared_at(posts: Iterable[Post], topics: Collection[str]) -> float | None:
    began = (post.began_at for post in posts if _topic(post) in topics)
    return min((at for at in began if at is not None), default=None)


def _premature_s(incident: Incident, ends: Sequence[_Turn]) -> float | None:
    if not ends or incident.last_bad_at is None or incident.last_bad_at <= ends[0].at:
        return None
    return incident.last_bad_at - ends[0].at
