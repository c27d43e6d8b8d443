"""What a channel is to hear, from what it was last told and how things stand.

It goes by the difference between the two, not by single events: so a message that a crash
swallowed is made after it, a channel that is new hears of a trouble that stands, and one that
heard of a trouble hears its end, whatever it filters.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.judging.afresh import in_vain, premature
from probe.judging.plane import planes_of
from probe.judging.setback import Setback
from probe.judging.weight import WEIGHTS, Weight
from probe.model.incident import Incident
from probe.model.maintenance import Window
from probe.model.notification import Ailing, Message, Occasion
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

_APART_S: Final = 0.01
"""Two turns are at least this far apart: their identifiers hold milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A channel, what it was last told of one service, and since when there is what to tell.

    `told` is None for nothing yet, `turned_at` where that is since the verdict was reached;
    `started_at` is when the daemon began to look, `setback` what was given up last.
    """

    settings: Settings
    channel: Channel
    told: Message | None = None
    turned_at: float | None = None
    started_at: float = -math.inf
    setback: Setback | None = None

    def is_left(self, now: float) -> bool:
        """Whether what there is to tell was given up so lately that it is not tried again yet."""
        setback = self.setback
        return setback is not None and setback.turn == self.turned_at and now < setback.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What there is to tell of a service, None where maintenance hides it, and since when."""

    verdict: Verdict | None
    at: float
    known_down: frozenset[Plane] = frozenset()


def turned(before: Turn | None, status: ServiceStatus, now: float) -> Turn:
    """What there is to tell by `status`. No two turns of a service have the same moment.

    The end of a window brings an old verdict back; it is told anew, so its turn is now.
    """
    verdict, down = None if _hiding(status) else status.verdict, status.known_down
    if before is None:
        return Turn(verdict=verdict, at=_since(status), known_down=down)
    if (before.verdict, before.known_down) == (verdict, down):
        return before
    earliest = before.at + _APART_S
    is_new = status.since >= earliest
    at = status.since if is_new else max(now, earliest)
    return Turn(verdict=verdict, at=at, known_down=down)


def owed(listener: Listener, status: ServiceStatus, now: float) -> Message | None:
    """What it is to hear now that the verdict changed, or time passed; None for nothing."""
    channel, told = listener.channel, listener.told
    if premature(told, status, listener.started_at, now):
        return None
    if told is not None and told.maintenance:
        lasts = status.maintenance is not None and status.verdict is Verdict.HEALTHY
        return None if lasts else _message(listener, status, now)
    if told is None or not told.stands:
        wanted = channel.wants(status.service, status.verdict, status.known_down)
        return _message(listener, status, now) if wanted else None
    if (told.verdict, told.known_down) != (status.verdict, status.known_down):
        return _message(listener, status, now)
    if channel.repeat_every is None or now - told.at < channel.repeat_every:
        return None
    return _message(listener, status, now, Occasion.REMINDER)


def overdue(listener: Listener, status: ServiceStatus, now: float) -> Message | None:
    """What it is to hear though nothing changed: what it missed or did not take, and reminders.

    That nothing is known yet, as after every start, is no news: only that we looked in vain is.
    """
    told = listener.told
    known = told is not None and told.stands and told.verdict is Verdict.UNKNOWN
    news = known or in_vain(status, listener.started_at, now)
    if listener.is_left(now) or (status.verdict is Verdict.UNKNOWN and not news):
        return None
    return owed(listener, status, now)


def ended(
    listener: Listener, incident: Incident, status: ServiceStatus, now: float
) -> Message | None:
    """What it is to hear at the end of an incident: nothing where it heard of none.

    An incident that ends while its service is not healthy ends because nobody looks any more.
    """
    told = listener.told
    if told is None or told.incident != incident.id or told.occasion is Occasion.ENDED:
        return None
    return Message(
        channel=listener.channel.name,
        occasion=Occasion.ENDED,
        location=listener.settings.location,
        service=incident.service,
        verdict=Verdict.HEALTHY if status.verdict is Verdict.HEALTHY else Verdict.UNKNOWN,
        at=now,
        since=told.since,
        turned_at=told.turned_at,
        stands=False,
        old=told.told,
        old_known_down=tuple(sorted(told.known_down)),
        old_maintenance=told.maintenance,
        worst=incident.worst,
        planes={},
        incident=incident.id,
        began_at=incident.opened_at,
        length_s=incident.end(now) - incident.opened_at,
        waves=len(incident.waves),
        page=_page(listener.settings, incident),
    )


def abandoned(listener: Listener, now: float) -> Message | None:
    """What it is to hear once a service is watched no more, where no end of an incident tells it.

    Only what a channel believes in needs an end.
    """
    told = listener.told
    if told is None or not told.stands or told.incident is not None:
        return None
    return Message(
        channel=listener.channel.name,
        occasion=Occasion.ENDED,
        location=listener.settings.location,
        service=told.service,
        verdict=Verdict.UNKNOWN,
        at=now,
        since=told.since,
        turned_at=told.turned_at,
        stands=False,
        old=told.verdict,
        old_known_down=tuple(sorted(told.known_down)),
        planes={},
        page=_page(listener.settings, None),
    )


def trial(settings: Settings, channel: Channel, now: float) -> Message:
    """A message that says nothing but that the channel works."""
    return Message(
        channel=channel.name,
        occasion=Occasion.TEST,
        location=settings.location,
        service=settings.services[0].name,
        verdict=Verdict.HEALTHY,
        at=now,
        since=now,
        stands=False,
        planes={},
        page=_page(settings, None),
    )


def _message(
    listener: Listener, status: ServiceStatus, now: float, occasion: Occasion = Occasion.CHANGED
) -> Message:
    channel, told = listener.channel, listener.told
    incident = status.incident
    began_at = None if incident is None else _began_at(incident, status, told)
    hiding = _hiding(status)
    reminded = told if occasion is Occasion.REMINDER else None
    up = [path for path in status.paths if path.state is State.UP]
    return Message(
        channel=channel.name,
        occasion=occasion if hiding is None else Occasion.MAINTENANCE,
        location=listener.settings.location,
        service=status.service,
        verdict=status.verdict,
        at=now,
        since=_since(status),
        turned_at=listener.turned_at if reminded is None else reminded.turned_at,
        stands=channel.wants(status.service, status.verdict, status.known_down),
        old=None if told is None else told.told,
        old_known_down=() if told is None else tuple(sorted(told.known_down)),
        old_maintenance="" if told is None else told.maintenance,
        planes=_seen(status),
        spared=_spared(status),
        ailing=tuple(_ailing(status, spared=hiding is not None)),
        working=tuple(path.path for path in up if not _wavers(path)),
        wavering=tuple(path.path for path in up if _wavers(path)),
        incident=None if incident is None else incident.id,
        began_at=began_at,
        length_s=None if hiding is not None else _length(told, began_at, status),
        maintenance="" if hiding is None else hiding.name,
        page=_page(listener.settings, incident),
    )


def _began_at(incident: Incident, status: ServiceStatus, told: Message | None) -> float | None:
    """When the wave began that `status` belongs to or ends; None for blindness after the last.

    The end of such blindness has no wave either: the last one's was told already.
    """
    if not incident.waves:
        return incident.opened_at
    wave = incident.waves[-1]
    was_in_it = told is not None and told.began_at is not None
    ends_it = status.verdict is Verdict.HEALTHY and was_in_it
    return wave.started_at if wave.ended_at is None or ends_it else None


def _hiding(status: ServiceStatus) -> Window | None:
    """The window for which nothing is told though not all is up; None for none."""
    if status.verdict is not Verdict.HEALTHY:
        return None
    hidden = any(path.maintenance and path.state is not State.UP for path in status.paths)
    return status.maintenance if hidden else None


def _since(status: ServiceStatus) -> float:
    """Since when what there is to tell of it is so."""
    down = (
        path.since
        for path in status.paths
        if path.plane in status.known_down and path.state is State.DOWN
    )
    return max(status.since, min(down, default=status.since))


def _seen(status: ServiceStatus) -> Mapping[Plane, State]:
    """The planes as their runs show them: one in maintenance is not up for that."""
    if status.maintenance is None:
        return status.planes
    return planes_of((path, path.state) for path in status.paths)


def _spared(status: ServiceStatus) -> tuple[Plane, ...]:
    """The planes that are in maintenance whole, or whose fault is."""
    return tuple(
        plane
        for plane, state in _seen(status).items()
        if plane in status.resting or status.planes.get(plane) is not state
    )


def _length(told: Message | None, began_at: float | None, status: ServiceStatus) -> float | None:
    """How long the trouble lasted that is over, None while there is one."""
    if status.verdict is not Verdict.HEALTHY or told is None:
        return None
    return max(0.0, status.since - (told.since if began_at is None else began_at))


def _ailing(status: ServiceStatus, *, spared: bool) -> Iterator[Ailing]:
    """What is not up; what a window spares only where the message is about that window."""
    for path in status.paths:
        if path.state is not State.UP and (spared or path.maintenance is None):
            yield _described(path)


def _wavers(path: PathStatus) -> bool:
    """Whether a path that is up showed a fault last: that is not confirmed, nor does it work."""
    return path.last_run is not None and WEIGHTS[path.last_run.outcome] is Weight.BAD


def _described(path: PathStatus) -> Ailing:
    """Why a path is not up; what is merely unknown has no failure to show."""
    failure = None if path.state is State.UNKNOWN else path.last_failure
    if failure is None:
        return Ailing(path=path.path, plane=path.plane, state=path.state)
    return Ailing(
        path=path.path,
        plane=path.plane,
        state=path.state,
        outcome=failure.outcome,
        step=failure.failed_step,
        phase=failure.failed_phase,
        run=failure.id,
        unmet=failure.unmet,
    )


def _page(settings: Settings, incident: Incident | None) -> str:
    if settings.page_url is None:
        return ""
    if incident is None:
        return f"{settings.page_url}/"
    return f"{settings.page_url}/incidents/{quote(incident.id, safe='')}"
