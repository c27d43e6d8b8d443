"""What a channel is told, from what it was last told and the present status.

It goes by the difference between the two, not by single events: so a message lost in a crash is
made after it, a new channel hears of a present trouble, and one that heard of a trouble hears its
end, whatever it filters.
"""

from dataclasses import dataclass, replace
from typing import Final

from probe.judging.after_restart import in_vain, premature
from probe.judging.listener import Listener
from probe.judging.message import hidden_by, message_of, page_of, wavers
from probe.model.incident import Incident
from probe.model.notification import Message, Occasion
from probe.model.state import Plane, State, Verdict
from probe.model.status import ServiceStatus

_APART_S: Final = 0.01
"""Two turns are at least this far apart: their identifiers have milliseconds."""

SETTLING_S: Final = 10.0
"""How long a split waits for the other plane, if that begins to fail too.

In an outage one plane is confirmed down before the other: 2 s at an interval of 30 s, 8 s at 5 s.
"""

_SPLITS: Final = frozenset({Verdict.CONTROL_PLANE_DOWN, Verdict.DATA_PLANE_DOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The verdict to report of a service, None while maintenance hides it, and since when."""

    verdict: Verdict | None
    at: float
    known_down: frozenset[Plane] = frozenset()


def turned(before: Turn | None, status: ServiceStatus, now: float) -> Turn:
    """What to report by `status`. No two turns of a service have the same time.

    The end of a window brings an old verdict back; it is reported again, so its turn is now.
    """
    verdict, down = None if hidden_by(status) else status.verdict, status.known_down
    if before is None:
        return Turn(verdict=verdict, at=status.standing_since, known_down=down)
    if (before.verdict, before.known_down) == (verdict, down):
        return before
    earliest = before.at + _APART_S
    is_new = status.since >= earliest
    at = status.since if is_new else max(now, earliest)
    return Turn(verdict=verdict, at=at, known_down=down)


def owed(listener: Listener, status: ServiceStatus, now: float) -> Message | None:
    """What it is told now that the verdict changed, or time passed; None for nothing."""
    channel, told = listener.channel, listener.told
    if premature(told, status, listener.start, now) or _unsettled(status, now):
        return None
    if told is not None and told.maintenance:
        lasts = status.maintenance is not None and status.verdict is Verdict.HEALTHY
        return None if lasts else message_of(listener, status, now)
    if told is None or not told.stands:
        wanted = channel.wants(status.service, status.verdict, status.known_down)
        return message_of(listener, status, now) if wanted else None
    if (told.verdict, told.known_down) != (status.verdict, status.known_down):
        return message_of(listener, status, now)
    if channel.repeat_every is None or now - told.at < channel.repeat_every:
        return None
    return message_of(listener, status, now, Occasion.REMINDER)


def _unsettled(status: ServiceStatus, now: float) -> bool:
    """Whether a split may be half of an outage: the last run of a path that is up just failed."""
    if status.verdict not in _SPLITS or now >= status.since + SETTLING_S:
        return False
    return any(
        path.state is State.UP and path.maintenance is None and wavers(path)
        for path in status.paths
        if status.planes.get(path.plane) is not State.DOWN
    )


def overdue(listener: Listener, status: ServiceStatus, now: float) -> Message | None:
    """What it is told though nothing changed: what it missed or did not take, and reminders.

    That nothing is known yet, as after every start, is no news; that runs settled nothing is.
    """
    told = listener.told
    known = told is not None and told.stands and told.verdict is Verdict.UNKNOWN
    news = known or in_vain(status, listener.start, now)
    if listener.is_left(now) or (status.verdict is Verdict.UNKNOWN and not news):
        return None
    return owed(listener, status, now)


def ended(
    listener: Listener, incident: Incident, status: ServiceStatus, now: float
) -> Message | None:
    """What it is told at the end of an incident; None if it never heard of it.

    An incident that ends while its service is not healthy ends because it is no longer watched.
    """
    told = listener.told
    if told is None or told.incident != incident.id or told.occasion is Occasion.ENDED:
        return None
    verdict = Verdict.HEALTHY if status.verdict is Verdict.HEALTHY else Verdict.UNKNOWN
    return replace(
        _last_word(listener, told, verdict, now),
        worst=incident.worst,
        incident=incident.id,
        began_at=incident.opened_at,
        length_s=incident.end(now) - incident.opened_at,
        waves=len(incident.waves),
        page=page_of(listener.settings, incident),
    )


def abandoned(listener: Listener, now: float) -> Message | None:
    """What it is told when a service is no longer watched, unless an incident's end reports it.

    Only a trouble that the channel believes in needs an end.
    """
    told = listener.told
    if told is None or not told.stands or told.incident is not None:
        return None
    return _last_word(listener, told, Verdict.UNKNOWN, now)


def _last_word(listener: Listener, told: Message, verdict: Verdict, now: float) -> Message:
    """The message that what `told` reported has ended, with `verdict`."""
    return Message(
        channel=listener.channel.name,
        occasion=Occasion.ENDED,
        location=listener.settings.location,
        service=told.service,
        verdict=verdict,
        at=now,
        since=told.since,
        turned_at=told.turned_at,
        stands=False,
        old=told.told,
        old_known_down=tuple(sorted(told.known_down)),
        old_maintenance=told.maintenance,
        planes={},
        page=page_of(listener.settings, None),
    )
