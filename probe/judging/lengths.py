"""How long an incident was, in the four ways that people count."""

from collections.abc import Iterable, Sequence

from probe.judging.availability import union_s
from probe.model.claim import Account
from probe.model.incident import Incident
from probe.model.report import Lengths, Stay
from probe.model.state import State


def lengths(
    incident: Incident, lanes: Sequence[Iterable[Stay]], account: Account | None, now: float
) -> Lengths:
    """All lengths of `incident`; `lanes` are its paths, `account` what the vendor said of it."""
    end = incident.end(now)
    return Lengths(
        first_to_last_bad_s=(incident.last_bad_at or end) - incident.opened_at,
        down_s=union_s(lanes, State.DOWN, incident.opened_at, end),
        waves_s=tuple(
            (end if wave.ended_at is None else wave.ended_at) - wave.started_at
            for wave in incident.waves
        ),
        declared_s=None if account is None else account.declared_s,
    )
