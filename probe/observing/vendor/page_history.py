"""What one page has said so far, and so what is new in a document.

It begins with what a journal remembers, so that a restart repeats nothing and misses no end.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from probe.config.service import Service
from probe.model.claim import PAGE, Claim, ClaimState, Maintenance, Post, Stage
from probe.observing.vendor.page_content import (
    LONGEST_TITLE,
    MOST_COMPONENTS,
    Incident,
    PageContent,
    Statement,
    Update,
)

MOST_REMEMBERED: Final = 2000
MOST_POSTS: Final = 200
"""New posts of one reading; the next one reports what is left."""

_LONGEST_NAME: Final = 64
_UNFIT: Final = re.compile(r"[^a-zA-Z0-9_.-]+")
_UNREAD: Final = Statement(state=ClaimState.UNKNOWN)
_ABSENT: Final = Statement(state=ClaimState.UNKNOWN, absent=True)
_WELL: Final = Statement(state=ClaimState.OPERATIONAL)

News = Claim | Post | Maintenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of a page: its last claims, its posts, its maintenances."""

    claims: tuple[Claim, ...] = ()
    posts: tuple[Post, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()


class PageHistory:
    """The words of one service's page. Each method returns what is new, as first seen `now`."""

    def __init__(self, service: Service, known: Known) -> None:
        self._service = service.name
        self._names = {key: one.name for key, one in service.components.items()}
        self._paths = {one.name: one.paths for one in service.components.values()}
        self._spares = service.status_page is None or service.status_page.maintenance
        self._claims = {claim.component: claim for claim in known.claims}
        self._posts = {(post.incident, post.id): post for post in known.posts}
        self._works = {work.id: work for work in known.maintenances}
        self._beside: Mapping[str, Statement] = {}
        self.vanished = frozenset[str]()
        self.lacking = frozenset[str]()

    def take_main(
        self, content: PageContent, now: float, *, whole: bool, alone: bool = False
    ) -> Iterator[News]:
        """Take over a main document.

        A component missing from it is operational if it is `whole`; if it is `alone`, no other
        document has that component either. `vanished` then holds the incidents that it no longer
        lists though none ended, `lacking` the configured components that it does not have.
        """
        missing = _WELL if whole else _ABSENT if alone else _UNREAD
        self.lacking = frozenset(self._names) - frozenset(content.components)
        self.vanished = self._going_on() - {incident.id for incident in content.incidents}
        yield from self._restated(self._statements(content, missing), content.incidents, now)
        yield from islice(self._written(content.incidents, now), MOST_POSTS)
        yield from self._planned(content.maintenances, now)
        self._forget()

    def take_history(self, content: PageContent, now: float) -> Iterator[News]:
        """Take over past incidents: how those that vanished have ended."""
        told = [incident for incident in content.incidents if incident.id in self.vanished]
        yield from self._written(told, now)
        for gone in sorted(self.vanished & self._going_on()):
            last = self._last(gone)
            end = replace(last, id="gone", stage=Stage.GONE, seen_at=now, bears_at=None, words="")
            yield self._note_post(end)
        self.vanished = frozenset()

    def take_components(self, content: PageContent, now: float) -> Iterator[News]:
        """Take over components that the main document lacks."""
        self._beside = {key: content.components.get(key, _ABSENT) for key in sorted(self.lacking)}
        said = {self._names[key]: one for key, one in self._beside.items()}
        yield from self._changes(said, {}, now)

    def take_silence(self, now: float) -> Iterator[News]:
        """Note that the page could not be read: that is neither all clear nor down."""
        names = {PAGE, *self._names.values(), *self._claims}
        yield from self._changes(dict.fromkeys(sorted(names), _UNREAD), {}, now)

    def _statements(self, content: PageContent, missing: Statement) -> dict[str, Statement]:
        said = {PAGE: content.page or _UNREAD}
        if self._names:
            found = {**self._beside, **content.components}
            return said | {name: found.get(key, missing) for key, name in self._names.items()}
        for key, statement in content.components.items():
            if len(said) > MOST_COMPONENTS:
                break
            said[_fit(content.names.get(key, key))] = statement
        return said

    def _restated(
        self, said: Mapping[str, Statement], incidents: Iterable[Incident], now: float
    ) -> Iterator[Claim]:
        gone = dict.fromkeys(self._claims.keys() - said, _ABSENT)
        going_on = [incident for incident in incidents if not incident.stage.over]
        words = {name: self._words(name, going_on) for name in said}
        yield from self._changes({**said, **gone}, words, now)

    def _changes(
        self, said: Mapping[str, Statement], words: Mapping[str, str], now: float
    ) -> Iterator[Claim]:
        """The claims that differ from the last ones; a page updates its times without a change."""
        for name, statement in said.items():
            at_ease = statement.state in {ClaimState.OPERATIONAL, ClaimState.UNKNOWN}
            claim = Claim(
                service=self._service,
                component=name,
                state=statement.state,
                seen_at=now,
                bears_at=statement.bears_at,
                words="" if at_ease else words.get(name, ""),
                absent=statement.absent,
            )
            before = self._claims.get(name)
            self._claims[name] = claim
            if before is None or _said(before) != _said(claim):
                yield claim

    def _words(self, component: str, going_on: Iterable[Incident]) -> str:
        """Title and stage of the newest incident that names the component, or names none."""
        fitting = [
            one for one in going_on if component in {PAGE, *self._ours(one)} or not one.named
        ]
        newest = max(fitting, key=lambda one: one.began_at or 0.0, default=None)
        return f"{newest.title}: {newest.stage}"[:LONGEST_TITLE] if newest else ""

    def _written(self, incidents: Iterable[Incident], now: float) -> Iterator[Post]:
        """The posts that are new or were edited."""
        met = set[tuple[str, str]]()
        for incident in incidents:
            for update in incident.updates:
                key = (incident.id, update.id)
                before = self._posts.get(key)
                changed = before is None or (before.stage, before.words) != (
                    update.stage,
                    update.words,
                )
                if changed and key not in met:  # an id given twice would be edited without end
                    yield self._note_post(self._post(incident, update, now))
                met.add(key)

    def _post(self, incident: Incident, update: Update, now: float) -> Post:
        return Post(
            service=self._service,
            incident=incident.id,
            id=update.id,
            title=incident.title,
            stage=update.stage,
            seen_at=now,
            bears_at=update.bears_at,
            began_at=incident.began_at,
            components=self._ours(incident),
            ours=self._is_ours(incident),
            words=update.words,
        )

    def _planned(self, maintenances: Iterable[Incident], now: float) -> Iterator[Maintenance]:
        told = {work.id: self._work(work, now) for work in maintenances}
        known, self._works = self._works, told
        for key, work in told.items():
            before = known.get(key)
            if before is None or replace(work, seen_at=before.seen_at) != before:
                yield work
        for key, work in known.items():
            if key not in told and not work.stage.over:
                yield replace(work, stage=Stage.GONE, seen_at=now, bears_at=None)

    def _work(self, work: Incident, now: float) -> Maintenance:
        newest = work.updates[-1]
        return Maintenance(
            service=self._service,
            id=work.id,
            title=work.title,
            stage=work.stage,
            seen_at=now,
            bears_at=newest.bears_at,
            starts_at=work.began_at,
            ends_at=work.ends_at,
            components=self._ours(work),
            ours=self._is_ours(work),
            words=newest.words,
            paths=self._spoken_for(work),
            spares=self._spares,
        )

    def _spoken_for(self, incident: Incident) -> tuple[str, ...]:
        """The paths that the named components speak for; none for the whole service."""
        spoken_for = [self._paths[component] for component in self._ours(incident)]
        return tuple(sorted({path for paths in spoken_for for path in paths if all(spoken_for)}))

    def _ours(self, incident: Incident) -> tuple[str, ...]:
        return tuple(sorted(self._names[key] for key in incident.named if key in self._names))

    def _is_ours(self, incident: Incident) -> bool:
        return not (self._names and incident.named) or bool(self._ours(incident))

    def _note_post(self, post: Post) -> Post:
        self._posts.pop((post.incident, post.id), None)
        self._posts[post.incident, post.id] = post
        return post

    def _going_on(self) -> frozenset[str]:
        """The incidents whose last post is not an end."""
        last = {post.incident: post.stage for post in self._posts.values()}
        return frozenset(incident for incident, stage in last.items() if not stage.over)

    def _last(self, incident: str) -> Post:
        return [post for post in self._posts.values() if post.incident == incident][-1]

    def _forget(self) -> None:
        for key in list(self._posts)[:-MOST_REMEMBERED]:
            del self._posts[key]


def _said(claim: Claim) -> tuple[ClaimState, str, bool]:
    return claim.state, claim.words, claim.absent


def _fit(name: str) -> str:
    """A component's name made valid as a name of ours."""
    bare = _UNFIT.sub("_", name).strip("_.-")[:_LONGEST_NAME]
    fit = bare if bare[:1].isalpha() else f"c_{bare}"
    return f"{fit}_" if fit == PAGE else fit
