"""Our words for people: one table for each enum, every member in it.

They say what was observed and never a cause.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from probe.model.claim import Claim, ClaimState, Stage
from probe.model.maintenance import Window
from probe.model.outcome import Outcome, Phase
from probe.model.report import Witness
from probe.model.state import Finding, Plane, SkipReason, State, Verdict
from probe.model.status import ServiceStatus
from probe.reporting.times import utc

VERDICTS: Final = MappingProxyType(
    {
        Verdict.HEALTHY: "Healthy",
        Verdict.DEGRADED: "Degraded",
        Verdict.CONTROL_PLANE_DOWN: "Login down",
        Verdict.DATA_PLANE_DOWN: "API down",
        Verdict.OUTAGE: "Outage",
        Verdict.UNKNOWN: "Unknown — cannot see",
    }
)
NOT_LOOKED_YET: Final = "Not looked yet"
IN_MAINTENANCE: Final = "In maintenance"

WORST_FIRST: Final = (
    Verdict.OUTAGE,
    Verdict.CONTROL_PLANE_DOWN,
    Verdict.DATA_PLANE_DOWN,
    Verdict.DEGRADED,
    Verdict.UNKNOWN,
    Verdict.HEALTHY,
)
"""Unknown may hide a trouble; as an incident's worst, in judging's SEVERITY, it confirms none."""

PLANES: Final = MappingProxyType(
    {
        Plane.CONTROL: "Control plane (login)",
        Plane.DATA: "Data plane (API)",
        Plane.VENDOR: "Vendor (status page)",
    }
)

STATES: Final = MappingProxyType(
    {
        State.UP: "Up",
        State.IMPAIRED: "Impaired",
        State.DOWN: "Down",
        State.UNKNOWN: "Unknown",
    }
)

OUTCOMES: Final = MappingProxyType(
    {
        Outcome.OK: "ok",
        Outcome.SLOW: "slow",
        Outcome.SERVER_ERROR: "server error",
        Outcome.OVERLOADED: "overloaded",
        Outcome.THROTTLED: "throttled",
        Outcome.QUOTA_EXHAUSTED: "our quota is used up",
        Outcome.UNAUTHORIZED: "credential refused",
        Outcome.CHALLENGED: "stopped by a bot check",
        Outcome.UNEXPECTED_STATUS: "unexpected status",
        Outcome.BAD_CONTENT: "wrong content",
        Outcome.INCOMPLETE: "answer cut short",
        Outcome.DNS_FAILURE: "name not resolved",
        Outcome.CONNECT_FAILED: "no connection",
        Outcome.TLS_FAILURE: "TLS failure",
        Outcome.CONNECTION_RESET: "connection reset",
        Outcome.PROTOCOL_ERROR: "not valid HTTP",
        Outcome.TIMED_OUT: "timed out",
        Outcome.UNOBSERVED: "not observed",
    }
)

PHASES: Final = MappingProxyType(
    {
        Phase.RESOLVE: "while resolving the name",
        Phase.CONNECT: "while connecting",
        Phase.TLS: "during the TLS handshake",
        Phase.PROCESSING: "while waiting for the answer",
        Phase.TRANSFER: "while reading the answer",
    }
)

FINDINGS: Final = MappingProxyType(
    {
        Finding.NEW_SESSIONS_ONLY: "New logins fail; sessions that were already open still work.",
        Finding.SESSION_LOST: "New logins work, but what was in an open session is gone.",
        Finding.USAGE_ONLY: "Only usage fails; logging in works.",
        Finding.AUTH_CASCADE: "The API began to fail after the login did.",
        Finding.PARTIAL_DATA_PLANE: "Some API methods fail while others work.",
        Finding.THROTTLED: "Requests are being limited (429).",
        Finding.OVERLOADED: "The service says that it is overloaded.",
        Finding.SLOW: "Answers are right, but slower than the limit set for them.",
        Finding.CHALLENGED: "A bot check stands in the way: we cannot see past it.",
        Finding.CREDENTIAL_REFUSED: (
            "Our credential is refused and has not worked here lately: check it first."
        ),
        Finding.QUOTA_EXHAUSTED: "Our own quota is used up.",
        Finding.BLIND: "This prober cannot look: nothing is known of the service itself.",
    }
)

CLAIMS: Final = MappingProxyType(
    {
        ClaimState.OPERATIONAL: "Operational",
        ClaimState.DEGRADED_PERFORMANCE: "Degraded performance",
        ClaimState.PARTIAL_OUTAGE: "Partial outage",
        ClaimState.MAJOR_OUTAGE: "Major outage",
        ClaimState.UNDER_MAINTENANCE: "Under maintenance",
        ClaimState.UNKNOWN: "Not readable",
    }
)

NOT_ON_THE_PAGE: Final = "Not on their page"

STAGES: Final = MappingProxyType(
    {
        Stage.INVESTIGATING: "Investigating",
        Stage.IDENTIFIED: "Identified",
        Stage.MONITORING: "Monitoring",
        Stage.RESOLVED: "Resolved",
        Stage.POSTMORTEM: "Postmortem",
        Stage.SCHEDULED: "Scheduled",
        Stage.IN_PROGRESS: "In progress",
        Stage.VERIFYING: "Verifying",
        Stage.COMPLETED: "Completed",
        Stage.GONE: "No longer listed",
        Stage.UNKNOWN: "Update",
    }
)

WITNESSES: Final = MappingProxyType(
    {
        Witness.VERDICT: "we saw",
        Witness.RUNS: "we saw",
        Witness.PATH: "we saw",
        Witness.FINDING: "we saw",
        Witness.MAINTENANCE: "planned",
        Witness.VENDORS_PAGE: "vendor",
        Witness.VENDORS_POST: "vendor",
        Witness.VENDORS_MAINTENANCE: "planned",
    }
)

SKIPS: Final = MappingProxyType(
    {
        SkipReason.OVERLAP: "the run before it had not ended",
        SkipReason.MISFIRE: "it came due too late to start",
        SkipReason.RETRY_AFTER: "we were asked to wait (Retry-After), or our budget there is spent",
        SkipReason.CREDENTIAL_BACKOFF: "our credential was refused, and the account is spared",
        SkipReason.HOST_BUDGET: "the request budget of its host is spent",
        SkipReason.CONFIRM_BUDGET: "the budget for confirmation runs is spent",
    }
)


def rests(window: Window, now: float) -> str:
    """`in maintenance until 03:00:00 UTC: weekly`; the name may be foreign."""
    return f"in maintenance until {utc(window.until, now)}: {window.name}"


def standing(status: ServiceStatus | None) -> str:
    """The state of a service, in a few large words."""
    if status is None:
        return NOT_LOOKED_YET
    rests = status.maintenance is not None and status.resting >= {*status.planes}
    if status.verdict is Verdict.HEALTHY and (status.spared or rests):
        return IN_MAINTENANCE
    return headline(status.verdict, status.planes, status.resting)


def said(claim: Claim) -> str:
    """What the page says about a component, in our words."""
    return NOT_ON_THE_PAGE if claim.absent else CLAIMS[claim.state]


_ONE_DOWN: Final = (
    (Plane.CONTROL, Verdict.CONTROL_PLANE_DOWN),
    (Plane.DATA, Verdict.DATA_PLANE_DOWN),
)
"""The verdicts that are certain even if the other plane is unknown."""


def headline(
    verdict: Verdict, planes: Mapping[Plane, State], resting: Collection[Plane] = ()
) -> str:
    """The verdict in a few large words; a real or possible split names the state of both sides."""
    if verdict is Verdict.UNKNOWN:
        awake = {side: state for side, state in planes.items() if side not in resting}
        verdict = next((told for at, told in _ONE_DOWN if awake.get(at) is State.DOWN), verdict)
    if verdict is Verdict.CONTROL_PLANE_DOWN and Plane.DATA in planes:
        return f"{VERDICTS[verdict]} · API {plane(Plane.DATA, planes, resting)}"
    if verdict is Verdict.DATA_PLANE_DOWN and Plane.CONTROL in planes:
        return f"{VERDICTS[verdict]} · login {plane(Plane.CONTROL, planes, resting)}"
    return VERDICTS[verdict]


def plane(of: Plane, planes: Mapping[Plane, State], resting: Collection[Plane] = ()) -> str:
    """The state of a plane; those whose paths are all in maintenance are `resting`."""
    return (IN_MAINTENANCE if of in resting else STATES[planes[of]]).lower()


class Look(StrEnum):
    """How a run is drawn, worst first; the style uses the same names."""

    BAD = "bad"
    SLOW = "slow"
    BLIND = "blind"
    OK = "ok"


_LOOKS: Final = {
    Outcome.OK: Look.OK,
    Outcome.SLOW: Look.SLOW,
    Outcome.THROTTLED: Look.SLOW,
    Outcome.OVERLOADED: Look.SLOW,
    Outcome.UNOBSERVED: Look.BLIND,
    Outcome.CHALLENGED: Look.BLIND,
    Outcome.QUOTA_EXHAUSTED: Look.BLIND,
}


def look_of(outcome: Outcome) -> Look:
    """How a run with that outcome is drawn."""
    return _LOOKS.get(outcome, Look.BAD)
