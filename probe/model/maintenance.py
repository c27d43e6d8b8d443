"""The times of maintenance: what was announced, by whom, and when we learnt of it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from probe.model.claim import Maintenance, Owner
from probe.model.incident import Incident

VENDORS_LONGEST_S: Final = 86_400.0
"""A vendor's work counts for at most this long: one that never ends would hide every outage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A period in which some paths of a service, all if none are named, are in maintenance."""

    service: str
    name: str
    whose: Owner
    since: float
    until: float
    paths: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Whether it concerns the path of that name."""
        return not self.paths or path in self.paths

    def holds(self, now: float) -> bool:
        """Whether `now` lies in it."""
        return self.since <= now < self.until


def windows(told: Iterable[Maintenance]) -> list[Window]:
    """The windows that follow from `told`, in the order in which we saw it, by their beginning.

    Each announcement counts from when we saw it until the next one of the same work: announcing
    afterwards spares nothing earlier, and a changed plan does not change the past.
    """
    works: dict[tuple[str, Owner, str], list[Maintenance]] = defaultdict(list)
    for word in told:
        works[word.service, word.whose, word.id].append(word)
    found = [window for words in works.values() for window in _joined(_held(words))]
    return sorted(found, key=lambda window: (window.since, window.until))


def by_service(held: Iterable[Window]) -> dict[str, list[Window]]:
    """The windows `held` of each service that has any, in their order."""
    grouped: dict[str, list[Window]] = defaultdict(list)
    for window in held:
        grouped[window.service].append(window)
    return dict(grouped)


def enclosing(incident: Incident, held: Iterable[Window], now: float) -> Window | None:
    """The one of the windows `held` that contains all of `incident` so far.

    A window of some paths does if it covers all that were down, and some path was.
    """
    end = incident.end(now)
    for window in held:
        around = window.since <= incident.opened_at and end <= window.until
        covered = not window.paths or (incident.down_s and all(map(window.covers, incident.down_s)))
        if window.service == incident.service and around and covered:
            return window
    return None


def planned(word: Maintenance) -> Window | None:
    """The window as `word` plans it; None if it spares nothing."""
    if word.starts_at is None or word.ends_at is None or word.stage.over:
        return None
    if not (word.ours and word.spares and word.starts_at < word.ends_at):
        return None
    longest_s = VENDORS_LONGEST_S if word.whose is Owner.VENDOR else math.inf
    return Window(
        service=word.service,
        name=word.title,
        whose=word.whose,
        since=word.starts_at,
        until=min(word.ends_at, word.starts_at + longest_s),
        paths=word.paths,
    )


def _held(words: Sequence[Maintenance]) -> Iterator[Window]:
    """The part of each announcement's window between our seeing it and our seeing the next one."""
    replaced_at = [*(after.seen_at for after in words[1:]), math.inf]
    for word, end in zip(words, replaced_at, strict=True):
        window = planned(word)
        if window is None:
            continue
        since, until = max(window.since, word.seen_at), min(window.until, end)
        if since < until:
            yield replace(window, since=since, until=until)


def _joined(parts: Iterable[Window]) -> list[Window]:
    """`parts` of one work, those that follow each other unchanged joined."""
    joined: list[Window] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last is not None and last == replace(part, since=last.since, until=part.since):
            joined[-1] = replace(last, until=part.until)
        else:
            joined.append(part)
    return joined
