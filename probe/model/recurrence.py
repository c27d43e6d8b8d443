"""How often an incident recurred; two are alike when their signatures are the same."""

from collections.abc import Iterable, Sequence
from typing import Final

from probe.model.incident import Incident
from probe.model.maintenance import Window, enclosing

RECURS_WITHIN_S: Final = 7 * 86_400.0


def recurrence(
    incident: Incident, others: Iterable[Incident], held: Sequence[Window], now: float
) -> int:
    """1 for the first of its signature within seven days, 2 for the second; 0 in planned work.

    Those `others` of its service that lay in one of the windows `held` do not count.
    """
    if enclosing(incident, held, now) is not None:
        return 0
    since = incident.opened_at - RECURS_WITHIN_S
    return 1 + sum(
        other.signature == incident.signature
        and since <= other.opened_at < incident.opened_at
        and enclosing(other, held, now) is None
        for other in others
    )
