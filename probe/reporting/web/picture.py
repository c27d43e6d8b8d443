"""What a page shows, at one moment: frozen values, so that it can be drawn while runs go on."""

from dataclasses import dataclass
from typing import Final, Self

from probe.model.claim import Claim
from probe.model.event import Reloaded, SelfObserved, Skipped
from probe.model.incident import Incident
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
class ServiceView:
    """A configured service. `status` is None before the first look; `incident` is an open one."""

    name: str
    status: ServiceStatus | None
    paths: tuple[PathView, ...]
    claims: tuple[Claim, ...]
    incident: Incident | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that a page shows, at one moment. Services as configured, incidents newest first."""

    location: str
    started_at: float
    services: tuple[ServiceView, ...]
    incidents: tuple[Incident, ...]
    itself: SelfObserved | None
    reloaded: Reloaded | None
