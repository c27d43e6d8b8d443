"""What a page shows at one moment: frozen values, so that it can be drawn while runs go on."""

from array import array
from bisect import bisect
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self

from probe.model.claim import Account, Claim, Maintenance, Post
from probe.model.event import Reloaded, SelfObserved, Skipped
from probe.model.incident import Incident
from probe.model.maintenance import Window
from probe.model.outcome import Outcome, Phase
from probe.model.run import Run
from probe.model.state import Plane
from probe.model.status import PathStatus, ServiceStatus

STRIP_LENGTH: Final = 60
"""Runs shown of each path, newest last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a strip keeps of a run; the evidence is kept with the path's last failure."""

    started_at: float
    duration_s: float
    outcome: Outcome
    step: str | None = None
    phase: Phase | None = None
    confirmation: bool = False

    @classmethod
    def of(cls, run: Run) -> Self:
        """The mark that `run` leaves."""
        return cls(
            started_at=run.started_at,
            duration_s=run.duration_s,
            outcome=run.outcome,
            step=run.failed_step,
            phase=run.failed_phase,
            confirmation=run.confirmation,
        )


_What = tuple[Outcome, str | None, Phase | None, bool]
"""A mark without its times: outcome, step, phase, confirmation."""


@dataclass(frozen=True, slots=True)
class Marks(Collection[Mark]):
    """The marks of a path's last runs, oldest first.

    They are packed: 2 kB a path instead of 8, and most of 1,000 paths are looked at by nobody.
    """

    starts: "array[float]" = field(default_factory=lambda: array("d"))
    durations_s: "array[float]" = field(default_factory=lambda: array("d"))
    whats: tuple[_What, ...] = ()

    def __len__(self) -> int:
        return len(self.whats)

    def __iter__(self) -> Iterator[Mark]:
        for started_at, duration_s, what in zip(
            self.starts, self.durations_s, self.whats, strict=True
        ):
            outcome, step, phase, confirmation = what
            yield Mark(
                started_at=started_at,
                duration_s=duration_s,
                outcome=outcome,
                step=step,
                phase=phase,
                confirmation=confirmation,
            )

    def __contains__(self, mark: object) -> bool:
        return any(mark == each for each in self)

    def plus(self, mark: Mark) -> "Marks":
        """These and `mark` in its place, without the oldest if there are too many."""
        place = bisect(self.starts, mark.started_at)
        if place and self.starts[place - 1] == mark.started_at and mark in self:
            return self
        starts, durations_s = self.starts[:], self.durations_s[:]
        starts.insert(place, mark.started_at)
        durations_s.insert(place, mark.duration_s)
        what = _shared((mark.outcome, mark.step, mark.phase, mark.confirmation))
        whats = (*self.whats[:place], what, *self.whats[place:])
        last = slice(-STRIP_LENGTH, None)
        return Marks(starts[last], durations_s[last], whats[last])


@lru_cache(maxsize=4096)
def _shared(what: _What) -> _What:
    """The same value, as one object for all runs that went alike."""
    return what


@dataclass(frozen=True, slots=True, kw_only=True)
class PathView:
    """A configured path.

    `status` is None before the first run; `skipped` if none was skipped since.
    """

    name: str
    plane: Plane
    critical: bool
    status: PathStatus | None
    marks: Marks
    skipped: Skipped | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorView:
    """What the vendor says besides its claims.

    `posts` are newest first, `maintenances` are those that are not over, `contradicting` the
    components whose claims differ from what we see.
    """

    posts: tuple[Post, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    contradicting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """A configured service. `status` is None before the first run; `incident` is an open one.

    `page` is its vendor's status page, read like a path: None if none is configured. `held` are the
    windows of maintenance in force, `ahead` those to come.
    """

    name: str
    status: ServiceStatus | None
    paths: tuple[PathView, ...]
    claims: tuple[Claim, ...]
    vendor: VendorView
    page: PathView | None
    incident: Incident | None
    held: tuple[Window, ...] = ()
    ahead: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that a page shows at one moment. Services as configured, incidents newest first.

    `accounts` say, by incident, when its vendor acknowledged and resolved it. `page_url` is where
    people reach the first page, None if that is not configured.
    """

    location: str
    page_url: str | None
    started_at: float
    services: tuple[ServiceView, ...]
    incidents: tuple[Incident, ...]
    accounts: Mapping[str, Account]
    itself: SelfObserved | None
    reloaded: Reloaded | None

    @property
    def paths(self) -> frozenset[tuple[str, str]]:
        """Every path and the service it belongs to, status pages included."""
        return frozenset(
            (service.name, path.name)
            for service in self.services
            for path in (*service.paths, *([service.page] if service.page is not None else ()))
        )
