"""What a channel is to hear, from what it was last told and how things stand.

It goes by the difference between the two, not by single events: so a message that a crash
swallowed is made after it, a channel that is new hears of a trouble that stands, and one that
heard of a trouble hears its end, whatever it filters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.model.incident import Incident
from probe.model.notification import Ailing, Message, Occasion
from probe.model.state import State, Verdict
from probe.model.status import PathStatus, ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A channel, and what it was last told of one service; None for nothing yet."""

    settings: Settings
    channel: Channel
    told: Message | None = None


def owed(listener: Listener, status: ServiceStatus, now: float) -> Message | None:
    """What it is to hear now that the verdict changed, or time passed; None for nothing."""
    channel, told = listener.channel, listener.told
    if told is None or not told.stands:
        wanted = channel.wants(status.service, status.verdict)
        return _message(listener, status, now) if wanted else None
    if told.verdict is not status.verdict:
        return _message(listener, status, now)
    if channel.repeat_every is None or now - told.at < channel.repeat_every:
        return None
    return _message(listener, status, now, Occasion.REMINDER)


def overdue(listener: Listener, status: ServiceStatus, now: float) -> Message | None:
    """What it is to hear though nothing changed: what it missed, and reminders.

    That nothing is known yet, as after every start, is no news: only a change to it is.
    """
    told = listener.told
    known = told is not None and told.stands and told.verdict is Verdict.UNKNOWN
    if status.verdict is Verdict.UNKNOWN and not known:
        return None
    return owed(listener, status, now)


def ended(listener: Listener, incident: Incident, now: float) -> Message | None:
    """What it is to hear at the end of an incident: nothing where it heard of none."""
    told = listener.told
    if told is None or told.incident != incident.id or told.occasion is Occasion.ENDED:
        return None
    closed_at = now if incident.closed_at is None else incident.closed_at
    return Message(
        channel=listener.channel.name,
        occasion=Occasion.ENDED,
        location=listener.settings.location,
        service=incident.service,
        verdict=Verdict.HEALTHY,
        at=now,
        since=told.since,
        stands=False,
        old=incident.worst,
        planes={},
        incident=incident.id,
        began_at=incident.opened_at,
        length_s=closed_at - incident.opened_at,
        waves=len(incident.waves),
        page=_page(listener.settings, incident),
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
    began_at = incident.opened_at if incident is not None else None
    hidden = status.maintenance if status.spared else None
    return Message(
        channel=channel.name,
        occasion=occasion,
        location=listener.settings.location,
        service=status.service,
        verdict=status.verdict,
        at=now,
        since=status.since,
        stands=channel.wants(status.service, status.verdict),
        old=None if told is None else told.verdict,
        planes=status.planes,
        ailing=tuple(_ailing(status)),
        working=tuple(path.path for path in status.paths if path.state is State.UP),
        incident=None if incident is None else incident.id,
        began_at=began_at,
        length_s=_length(told, began_at, status),
        maintenance="" if hidden is None else hidden.name,
        page=_page(listener.settings, incident),
    )


def _length(told: Message | None, began_at: float | None, status: ServiceStatus) -> float | None:
    """How long the trouble lasted that is over, None while there is one."""
    if status.verdict is not Verdict.HEALTHY or told is None:
        return None
    return max(0.0, status.since - (told.since if began_at is None else began_at))


def _ailing(status: ServiceStatus) -> Iterator[Ailing]:
    for path in status.paths:
        if path.state is not State.UP:
            yield _described(path)


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
    )


def _page(settings: Settings, incident: Incident | None) -> str:
    if settings.page_url is None:
        return ""
    if incident is None:
        return f"{settings.page_url}/"
    return f"{settings.page_url}/incidents/{quote(incident.id, safe='')}"
