"""What a page shows, at one moment: frozen values, so that it can be drawn while runs go on."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """What a strip keeps of a run; the evidence stays with the path's last failure."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PathView:
    """A configured path. `status` is None before the first look, `skipped` after a run since."""

    name: str
    plane: Plane
    critical: bool
    status: PathStatus | None
    marks: tuple[Mark, ...]
    skipped: Skipped | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorView:
    """What the vendor says beside its claims.

    `posts` stand newest first, `maintenances` are those that are not over, `contradicting` the
    components that say other than what we see.
    """

    posts: tuple[Post, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    contradicting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """A configured service. `status` is None before the first look; `incident` is an open one.

    `page` is its vendor's status page, read like a path: None where none is configured. `held` are
    the windows of maintenance in force, `ahead` those to come.
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
    """All that a page shows, at one moment. Services as configured, incidents newest first.

    `accounts` tell by incident how its vendor went along with it. `page_url` is where people reach
    the first page, None where that is not configured.
    """

    location: str
    page_url: str | None
    started_at: float
    services: tuple[ServiceView, ...]
    incidents: tuple[Incident, ...]
    accounts: Mapping[str, Account]
    itself: SelfObserved | None
    reloaded: Reloaded | None
