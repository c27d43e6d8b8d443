"""A run of a path and the evidence it leaves: what the observing stage hands on."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from probe.model.http_status import REDIRECTION
from probe.model.outcome import Blame, Outcome, Phase, blame
from probe.model.state import Plane


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation and its result, in words that are safe to show."""

    name: str
    passed: bool
    expected: str
    actual: str

    def __str__(self) -> str:
        """`status`, or `status: expected 200, got 500` where it was not met."""
        unmet = f": expected {self.expected}, got {self.actual}"
        return self.name if self.passed else self.name + unmet


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One exchange of a step: the request itself or a redirect that was followed.

    `url` is masked and has no query; `phases` holds only the phases that took place; `tls_version`
    is that of a handshake made for it, such as TLSv1.3.
    """

    url: str
    status: int | None
    phases: Mapping[Phase, float]
    tls_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen, bounded and masked: raw enough to be evidence, safe enough to show.

    `body_bytes` is the decoded length of a body that was read to its end, None for any other.
    """

    status: int | None = None
    url: str = ""
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    excerpt: str = ""
    body_bytes: int | None = None
    checks: tuple[Check, ...] = ()
    error: str = ""

    @property
    def leads_to(self) -> str:
        """Where a redirect that was not followed leads; empty for any other answer."""
        return dict(self.headers).get("location", "") if self.status in REDIRECTION else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the target says is left of a budget of ours; `reset_s` counts from its answer."""

    name: str
    remaining: float
    limit: float | None = None
    reset_s: float | None = None

    @property
    def ratio(self) -> float | None:
        """The share that is left, from 0 to 1; None if the limit is not known."""
        return min(1.0, self.remaining / self.limit) if self.limit else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSeen:
    """What a stream of events showed; times are seconds from the request, None if it never came.

    `first_token_s` is the first content, `longest_gap_s` the longest wait after the first event.
    """

    events: int = 0
    first_byte_s: float | None = None
    first_event_s: float | None = None
    first_token_s: float | None = None
    longest_gap_s: float | None = None


SIGNING_IN: Final = "session/"
"""The prefix of the names of those steps by which a run enters its kept session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of a run. `phases` is the sum over its hops; an absent phase did not happen.

    `clock_skew_s` is our clock minus the one that dated the last answer. `canary` says that what
    the step expects is known to be in the account, `perhaps_refused` that it failed as it might
    with a wrong password, though its outcome says something else. A `shared` one was taken by
    another run, whose login this one waited for.
    """

    name: str
    outcome: Outcome
    duration_s: float
    phases: Mapping[Phase, float] = field(default_factory=dict)
    failed_phase: Phase | None = None
    hops: tuple[Hop, ...] = ()
    stream: StreamSeen | None = None
    quotas: tuple[Quota, ...] = ()
    clock_skew_s: float | None = None
    retry_after_s: float | None = None
    certificate_expires_at: float | None = None
    canary: bool = False
    perhaps_refused: bool = False
    shared: bool = False
    evidence: Evidence = Evidence()

    @property
    def signs_in(self) -> bool:
        """Whether it belongs to entering the session, and not to the path itself."""
        return self.name.startswith(SIGNING_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A credential, by its fingerprint, and when it last worked."""

    credential: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a path.

    `failed_step` and `failed_phase` name where the outcome was decided; both are None after a
    success. `confirmation` marks the extra runs that follow a first bad outcome. `credential` is a
    fingerprint of the secrets it was made with, empty for none. `session_age_s` is how long ago the
    kept session that it used was signed into.
    """

    id: str
    service: str
    path: str
    plane: Plane
    started_at: float
    duration_s: float
    outcome: Outcome
    failed_step: str | None = None
    failed_phase: Phase | None = None
    steps: tuple[StepResult, ...] = ()
    confirmation: bool = False
    credential: str = ""
    session_age_s: float | None = None
    note: str = ""

    @property
    def ended_at(self) -> float:
        """When the run ended, in seconds since the epoch."""
        return self.started_at + self.duration_s

    @property
    def blame(self) -> Blame:
        """Whose fault the outcome is, as far as one run can tell."""
        return blame(self.outcome, self.failed_phase)

    @property
    def retry_after_s(self) -> float | None:
        """The longest wait that an answer of this run asked for, counted from its end."""
        waits = [step.retry_after_s for step in self.steps if step.retry_after_s is not None]
        return max(waits, default=None)

    @property
    def certificate_expires_at(self) -> float | None:
        """When the first certificate that it saw expires, in seconds since the epoch."""
        seen = [step.certificate_expires_at for step in self.steps]
        return min((at for at in seen if at is not None), default=None)

    @property
    def phases(self) -> dict[Phase, float]:
        """Seconds by phase, summed over its steps; an absent phase did not happen."""
        return summed(step.phases for step in self.steps)

    @property
    def perhaps_refused(self) -> bool:
        """Whether it failed as it might with a wrong password, and nothing else explains that."""
        step = self.deciding_step
        return step is not None and step.perhaps_refused and step.outcome is self.outcome

    @property
    def failed_signing_in(self) -> bool:
        """Whether it got no further than the login of its session."""
        return self.failed_step is not None and self.failed_step.startswith(SIGNING_IN)

    @property
    def stream(self) -> StreamSeen | None:
        """What its first stream showed; None if no answer was one."""
        return next((step.stream for step in self.steps if step.stream is not None), None)

    @property
    def failed_checks(self) -> tuple[Check, ...]:
        """The expectations that its deciding step did not meet."""
        checks = () if self.deciding_step is None else self.deciding_step.evidence.checks
        return tuple(check for check in checks if not check.passed)

    @property
    def unmet(self) -> Check | None:
        """The first of its `failed_checks`."""
        return next(iter(self.failed_checks), None)

    @property
    def deciding_step(self) -> StepResult | None:
        """The step that failed, or the last one of a success."""
        for step in self.steps:
            if step.name == self.failed_step:
                return step
        return self.steps[-1] if self.steps else None


def new_run_id() -> str:
    """16 hexadecimal digits that no other run has."""
    return secrets.token_hex(8)


def summed(parts: Iterable[Mapping[Phase, float]]) -> dict[Phase, float]:
    """Seconds by phase over all of `parts`."""
    total: dict[Phase, float] = {}
    for part in parts:
        for phase, seconds in part.items():
            total[phase] = total.get(phase, 0.0) + seconds
    return total
