"""Planned maintenance of a service: our own windows and those that a vendor announces."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from probe.config.maintenance import PlannedWork
from probe.config.service import Service
from probe.model.claim import Maintenance, Owner, Stage
from probe.model.maintenance import Window, windows


@dataclass(slots=True)
class Calendar:
    """What is planned for one service.

    `known` are our plans, each with the time since when we know it; `said` are the announcements
    that the journal has or gets. Without a status page we are not `listening` to the vendor: we
    would not learn that its work is done.
    """

    service: str
    listening: bool = True
    known: dict[PlannedWork, float] = field(default_factory=dict)
    said: list[Maintenance] = field(default_factory=list)
    _plans: dict[str, Maintenance] = field(default_factory=dict)
    _planned_until: float = math.inf
    _windows: list[Window] = field(default_factory=list)

    def adopt(self, service: Service, now: float) -> None:
        """Follow the plans of `service`, the same service with a new configuration."""
        self.listening = service.status_page is not None
        self.known = {work: self.known.get(work, now) for work in service.maintenance}
        self._plan(now)

    def hear(self, *words: Maintenance) -> None:
        """Add `words`, which are later than all before."""
        self.said += words
        now = max((word.seen_at for word in self.said), default=0.0)
        last = {(word.whose, word.id): word for word in self.said}
        lasting = {key for key, word in last.items() if _may_last(word, now)}
        self.said = [word for word in self.said if (word.whose, word.id) in lasting]
        self._fold()

    def due(self, now: float) -> list[Maintenance]:
        """What to journal now: work that began, was changed, or is no longer planned."""
        if now >= self._planned_until:
            self._plan(now)
        words = [*self._begun(now), *self._dropped(now)]
        if words:
            self.hear(*words)
        return words

    def holding(self, now: float) -> tuple[Window, ...]:
        """The windows in force."""
        return tuple(window for window in self._windows if window.holds(now))

    def coming(self, now: float) -> tuple[Window, ...]:
        """The windows ahead, the next one first."""
        return tuple(window for window in self._windows if window.since > now)

    def _begun(self, now: float) -> Iterator[Maintenance]:
        said = self._last_of(Owner.OURS)
        for plan in self._plans.values():
            last = said.get(plan.id)
            if last is None and plan.seen_at <= now:
                yield plan
            if last is not None and replace(plan, seen_at=last.seen_at) != last:
                yield replace(plan, seen_at=now)

    def _dropped(self, now: float) -> Iterator[Maintenance]:
        ours = self._last_of(Owner.OURS)
        dropped = [word for key, word in ours.items() if key not in self._plans]
        unheard = [] if self.listening else self._last_of(Owner.VENDOR).values()
        for word in (*dropped, *unheard):
            if _may_last(word, now):
                yield replace(word, stage=Stage.GONE, seen_at=now)

    def _last_of(self, whose: Owner) -> dict[str, Maintenance]:
        """The last announcement of each work, theirs or ours."""
        return {word.id: word for word in self.said if word.whose is whose}

    def _plan(self, now: float) -> None:
        """Find the current or next window of each of our works."""
        plans = [_word(self.service, work, known, now) for work, known in self.known.items()]
        self._plans = {plan.id: plan for plan in plans if plan is not None}
        ends = (plan.ends_at for plan in self._plans.values())
        self._planned_until = min((end for end in ends if end is not None), default=math.inf)
        self._fold()

    def _fold(self) -> None:
        said = self._last_of(Owner.OURS)
        unsaid = [plan for key, plan in self._plans.items() if key not in said]
        self._windows = windows([*self.said, *unsaid])


def _may_last(word: Maintenance, now: float) -> bool:
    """Whether `word`, the last on its work, leaves anything to come at `now`."""
    return not word.stage.over and word.ends_at is not None and word.ends_at > now


def _word(service: str, work: PlannedWork, known_at: float, now: float) -> Maintenance | None:
    """The next window of `work`, as it will be journaled; None if none is left."""
    start = work.start(now)
    if start is None:
        return None
    return Maintenance(
        service=service,
        id=f"{work.name}@{start:.0f}",
        title=work.name,
        stage=Stage.IN_PROGRESS,
        seen_at=max(start, known_at),
        starts_at=start,
        ends_at=start + work.lasts,
        whose=Owner.OURS,
        paths=work.paths,
    )
