"""What a channel is told, when and why: values that wait in the outbox until delivered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from probe.model.outcome import Outcome, Phase
from probe.model.run import Check
from probe.model.state import Plane, State, Verdict


class Severity(StrEnum):
    """How serious a verdict is, in the words of the alert rules."""

    WARNING = "warning"
    CRITICAL = "critical"


SEVERITIES: Final[Mapping[Verdict, Severity]] = MappingProxyType(
    {
        Verdict.DEGRADED: Severity.WARNING,
        Verdict.UNKNOWN: Severity.WARNING,
        Verdict.CONTROL_PLANE_DOWN: Severity.CRITICAL,
        Verdict.DATA_PLANE_DOWN: Severity.CRITICAL,
        Verdict.OUTAGE: Severity.CRITICAL,
    }
)
"""`healthy` is no trouble and has none."""


class Occasion(StrEnum):
    """Why a message is sent."""

    CHANGED = "changed"
    REMINDER = "reminder"
    MAINTENANCE = "maintenance"
    ENDED = "ended"
    TEST = "test"


class Result(StrEnum):
    """How an attempt to deliver went; after `failed` another one follows.

    A reminder is `overtaken` by a later message while it still waits, and so is the end of a
    trouble whose own message was given up.
    """

    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailing:
    """A path that is not up, and where its last failure was decided.

    `unmet` is the first expectation that the failure did not meet; what it got may be a target's
    words.
    """

    path: str
    plane: Plane
    state: State
    outcome: Outcome | None = None
    step: str | None = None
    phase: Phase | None = None
    run: str | None = None
    unmet: Check | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one channel.

    `since` is when the verdict was reached, `turned_at` when it could be reported: later if a
    window hid it until then; None in messages of an early version. `began_at` is the first failing
    run of the incident's present wave or, once it has ended, of the whole; `length_s` is how long a
    trouble that is now over lasted. `old` is what the channel was told before, or the window
    `old_maintenance`; `worst` is the worst of an incident that has ended. `stands` is whether the
    channel believes in a trouble after it; `maintenance` names the window that hides one. `planes`
    are as their runs show them; those whose fault maintenance excuses are `spared`. The paths that
    are up are `working`, or `wavering` if their last run failed. `page` is the address of the
    incident's page or of the front page, empty if none is configured.
    """

    channel: str
    occasion: Occasion
    location: str
    service: str
    verdict: Verdict
    at: float
    since: float
    stands: bool
    turned_at: float | None = None
    old: Verdict | None = None
    old_known_down: tuple[Plane, ...] = ()
    old_maintenance: str = ""
    worst: Verdict | None = None
    planes: Mapping[Plane, State]
    spared: tuple[Plane, ...] = ()
    ailing: tuple[Ailing, ...] = ()
    working: tuple[str, ...] = ()
    wavering: tuple[str, ...] = ()
    incident: str | None = None
    began_at: float | None = None
    length_s: float | None = None
    waves: int = 0
    maintenance: str = ""
    page: str = ""

    @property
    def told(self) -> Verdict | None:
        """The verdict that it reports; None for a test, and if maintenance hides what fails."""
        tells_none = self.occasion is Occasion.TEST or self.maintenance
        return None if tells_none else self.verdict

    @property
    def ends_nothing(self) -> bool:
        """Whether it only ends a trouble, and its channel was told of none before."""
        return not (self.stands or self.old in SEVERITIES or self.old_maintenance)

    @property
    def known_down(self) -> frozenset[Plane]:
        """The planes it reports as down while the verdict is unknown because of another."""
        if self.told is not Verdict.UNKNOWN:
            return frozenset()
        down = {plane for plane, state in self.planes.items() if state is State.DOWN}
        return frozenset(down.difference(self.spared))

    @property
    def turn(self) -> float:
        """When what it reports became true for those who are told."""
        return self.since if self.turned_at is None else self.turned_at

    @property
    def transition(self) -> str:
        """The identifier of the change that it reports, the same for all channels."""
        return f"{self.service}-{round(self.turn * 1000):d}"

    @property
    def id(self) -> str:
        """The key by which a receiver drops repeats: stable over restarts, unique to this message.

        It contains no full stop, as the signature of a webhook requires.
        """
        repeated = self.occasion in {Occasion.REMINDER, Occasion.TEST}
        told = [self.occasion, self.verdict, self.since, self.at if repeated else None]
        if self.turned_at is not None:  # messages of an early version keep their identifier
            told.append(self.turned_at)
        whole = repr((self.channel, self.location, self.service, *map(str, told)))
        return f"msg_{hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()[:32]}"

    @property
    def severity(self) -> Severity | None:
        """The severity of the verdict, or of a plane known to be down; None for good news."""
        return Severity.CRITICAL if self.known_down else SEVERITIES.get(self.verdict)
