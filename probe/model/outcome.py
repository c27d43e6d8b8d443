"""What one run showed, whose fault it was, and in which phase: closed sets."""

from enum import StrEnum
from types import MappingProxyType


class Outcome(StrEnum):
    """What a run, or one step of it, showed."""

    OK = "ok"
    SLOW = "slow"
    SERVER_ERROR = "server_error"
    OVERLOADED = "overloaded"
    THROTTLED = "throttled"
    QUOTA_EXHAUSTED = "quota_exhausted"
    UNAUTHORIZED = "unauthorized"
    CHALLENGED = "challenged"
    UNEXPECTED_STATUS = "unexpected_status"
    BAD_CONTENT = "bad_content"
    INCOMPLETE = "incomplete"
    DNS_FAILURE = "dns_failure"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILURE = "tls_failure"
    CONNECTION_RESET = "connection_reset"
    PROTOCOL_ERROR = "protocol_error"
    TIMED_OUT = "timed_out"
    UNOBSERVED = "unobserved"

    @property
    def succeeded(self) -> bool:
        """Whether the path did its work, even if slowly."""
        return self in {Outcome.OK, Outcome.SLOW}


class Phase(StrEnum):
    """The part of a request in which time was spent or a fault occurred."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    PROCESSING = "processing"
    TRANSFER = "transfer"


class Blame(StrEnum):
    """Whose fault an outcome is."""

    THEIRS = "theirs"
    OURS = "ours"
    NETWORK = "network"
    PROBER = "prober"
    NOBODY = "nobody"
    UNDECIDED = "undecided"


BLAME = MappingProxyType(
    {
        Outcome.OK: Blame.NOBODY,
        Outcome.SLOW: Blame.NOBODY,
        Outcome.SERVER_ERROR: Blame.THEIRS,
        Outcome.OVERLOADED: Blame.THEIRS,
        Outcome.THROTTLED: Blame.UNDECIDED,
        Outcome.QUOTA_EXHAUSTED: Blame.OURS,
        Outcome.UNAUTHORIZED: Blame.UNDECIDED,
        Outcome.CHALLENGED: Blame.OURS,
        Outcome.UNEXPECTED_STATUS: Blame.THEIRS,
        Outcome.BAD_CONTENT: Blame.THEIRS,
        Outcome.INCOMPLETE: Blame.THEIRS,
        Outcome.DNS_FAILURE: Blame.NETWORK,
        Outcome.CONNECT_FAILED: Blame.NETWORK,
        Outcome.TLS_FAILURE: Blame.THEIRS,
        Outcome.CONNECTION_RESET: Blame.NETWORK,
        Outcome.PROTOCOL_ERROR: Blame.THEIRS,
        Outcome.UNOBSERVED: Blame.PROBER,
    }
)


def blame(outcome: Outcome, phase: Phase | None = None) -> Blame:
    """Whose fault `outcome` is; a time-out after the connection was made is the target's.

    `unauthorized` and `throttled` stay undecided here: a single run cannot tell.
    """
    if outcome is Outcome.TIMED_OUT:
        answering = phase in {Phase.PROCESSING, Phase.TRANSFER}
        return Blame.THEIRS if answering else Blame.NETWORK
    return BLAME[outcome]
