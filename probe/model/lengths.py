"""How long an incident was, in four ways of counting."""

import math
from dataclasses import dataclass
from typing import Final

from probe.model.claim import Account
from probe.model.incident import Incident

MOST_WAVES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """The lengths of one incident, in seconds, by way of counting."""

    first_to_last_bad_s: float
    down_s: float
    waves_s: tuple[float, ...]
    declared_s: float | None = None

    @property
    def listed_waves(self) -> list[tuple[str, float]]:
        """`wave 1` and its length, and so on; the oldest of many as one, `waves 1 to 480`."""
        merged = max(0, len(self.waves_s) - MOST_WAVES)
        newest = list(enumerate(self.waves_s, start=1))[merged:]
        listed = [(f"wave {number}", wave_s) for number, wave_s in newest]
        first = [(f"waves 1 to {merged}", sum(self.waves_s[:merged]))] if merged else []
        return [*first, *listed]


def lengths_of(
    incident: Incident, account: Account | None, now: float, evidence_until: float = math.inf
) -> Lengths:
    """All lengths of `incident`; `account` is what the vendor said of it.

    Nothing was down longer than `evidence_until`: if nobody watches any more, no move says so.
    """
    end = incident.end(now)
    return Lengths(
        first_to_last_bad_s=(incident.last_bad_at or end) - incident.opened_at,
        down_s=incident.some_down_s(min(incident.troubled_until(now), evidence_until)),
        waves_s=tuple(
            (end if wave.ended_at is None else wave.ended_at) - wave.started_at
            for wave in incident.waves
        ),
        declared_s=None if account is None else account.declared_s,
    )
