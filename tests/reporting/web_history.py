"""A journal with a made-up past: an incident of two waves, what the vendor said, six runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from made_incidents import a_transition, an_incident
from web_stage import NOW, failed, path, run, status

from probe.model.claim import Account, Claim, ClaimState, Comparison, Post, Stage
from probe.model.event import Claimed, Compared, IncidentUpdated, Observed, Posted
from probe.model.incident import Move, Sighting, Wave
from probe.model.outcome import Outcome, Phase
from probe.model.run import StepResult
from probe.model.state import Finding, State, Verdict
from probe.reporting.journal.page_queries import PageQueries
from probe.reporting.journal.store import Journal
from probe.reporting.web.history import Open

STATUS = status(Verdict.HEALTHY, path())
INCIDENT = an_incident(
    opened_at=NOW - 7200,
    confirmed_at=NOW - 7190,
    last_good_at=NOW - 7230,
    last_bad_at=NOW - 3600,
    closed_at=NOW - 3600,
    worst=Verdict.CONTROL_PLANE_DOWN,
    waves=(
        Wave(started_at=NOW - 7200, ended_at=NOW - 6000),
        Wave(started_at=NOW - 4200, ended_at=NOW - 3600),
    ),
    down_s={"login": 1790.0},
    moves=(
        Move(path="login", at=NOW - 7190, state=State.DOWN, reason="timed_out at submit"),
        Move(path="usage", at=NOW - 6600, state=State.DOWN, reason="server_error at read"),
        Move(path="usage", at=NOW - 6300, state=State.UP),
    ),
    findings=(Sighting(finding=Finding.USAGE_ONLY, at=NOW - 7000),),
    transitions=(
        a_transition(at=NOW - 7190, new=Verdict.CONTROL_PLANE_DOWN, reason="login is down"),
        a_transition(at=NOW - 6000, old=Verdict.CONTROL_PLANE_DOWN, new=Verdict.HEALTHY),
    ),
)
CLAIM = Claim(
    service="acme",
    component="web",
    state=ClaimState.PARTIAL_OUTAGE,
    seen_at=NOW - 6500,
    words="We look into it.",
)
POST = Post(
    service="acme",
    incident="v1",
    id="u1",
    title="Elevated errors",
    stage=Stage.RESOLVED,
    seen_at=NOW - 5000,
)
ACCOUNT = Account(
    service="acme",
    incident="acme-1",
    acknowledged_at=NOW - 6500,
    lead_s=690.0,
    declared_at=NOW - 6900,
    resolved_at=NOW - 5000,
    settled_at=NOW - 5000,
    premature_s=1400.0,
)


def step(outcome: Outcome = Outcome.OK, **phases: float) -> StepResult:
    return StepResult(
        name="open",
        outcome=outcome,
        duration_s=0.34,
        phases={Phase(name): seconds for name, seconds in phases.items()},
        certificate_expires_at=NOW + 62.5 * 86400,
    )


RUNS = [
    *(replace(run(ago=ago), steps=(step(tls=0.04, processing=0.2),)) for ago in (9000, 120, 30)),
    *(replace(failed(), id=f"bad-{ago}", started_at=NOW - ago) for ago in (7200, 7100, 3601)),
]


@contextmanager
def kept(file: Path) -> Iterator[Journal]:
    """The past in a journal that is open."""
    opened = Journal.open(file)
    opened.record([Observed(run=each, status=STATUS) for each in RUNS])
    opened.record(
        [
            IncidentUpdated(incident=INCIDENT, status=STATUS),
            Claimed(claim=CLAIM),
            Posted(post=POST),
            Compared(comparison=Comparison(service="acme", account=ACCOUNT)),
        ]
    )
    yield opened
    opened.close()


@contextmanager
def written(file: Path) -> Iterator[Open]:
    """The past, in `file`, while its journal is open."""
    with kept(file):
        yield partial(PageQueries.open, file)
