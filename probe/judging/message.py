"""A message about a service's present state, for one listener."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.judging.listener import Listener
from probe.judging.plane import planes_of
from probe.judging.weight import WEIGHTS, Weight
from probe.model.incident import Incident
from probe.model.maintenance import Window
from probe.model.notification import Ailing, Message, Occasion
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus, ServiceStatus


def message_of(
    listener: Listener, status: ServiceStatus, now: float, occasion: Occasion = Occasion.CHANGED
) -> Message:
    """What `listener` is told of a service with `status`, at `now`."""
    channel, told = listener.channel, listener.told
    incident = status.incident
    began_at = None if incident is None else _began_at(incident, status, told)
    hiding = hidden_by(status)
    reminded = told if occasion is Occasion.REMINDER else None
    up = [path for path in status.paths if path.state is State.UP]
    return Message(
        channel=channel.name,
        occasion=occasion if hiding is None else Occasion.MAINTENANCE,
        location=listener.settings.location,
        service=status.service,
        verdict=status.verdict,
        at=now,
        since=status.standing_since,
        turned_at=listener.turned_at if reminded is None else reminded.turned_at,
        stands=channel.wants(status.service, status.verdict, status.known_down),
        old=None if told is None else told.told,
        old_known_down=() if told is None else tuple(sorted(told.known_down)),
        old_maintenance="" if told is None else told.maintenance,
        planes=_seen(status),
        spared=_spared(status),
        ailing=tuple(_ailing(status, spared=hiding is not None)),
        working=tuple(path.path for path in up if not wavers(path)),
        wavering=tuple(path.path for path in up if wavers(path)),
        incident=None if incident is None else incident.id,
        began_at=began_at,
        length_s=None if hiding is not None else _length(told, began_at, status),
        maintenance="" if hiding is None else hiding.name,
        page=page_of(listener.settings, incident),
    )


def _began_at(incident: Incident, status: ServiceStatus, told: Message | None) -> float | None:
    """When the wave that `status` belongs to or ends began.

    None if the service became unknown after its last wave, and when that period ends: the end of
    the wave itself was reported before.
    """
    if not incident.waves:
        return incident.opened_at
    wave = incident.waves[-1]
    was_in_it = told is not None and told.began_at is not None
    ends_it = status.verdict is Verdict.HEALTHY and was_in_it
    return wave.started_at if wave.ended_at is None or ends_it else None


def trial(settings: Settings, channel: Channel, now: float) -> Message:
    """A message that says only that the channel works."""
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
        page=page_of(settings, None),
    )


def hidden_by(status: ServiceStatus) -> Window | None:
    """The window because of which nothing is told though not all is up; None for none."""
    if status.verdict is not Verdict.HEALTHY:
        return None
    hidden = any(path.maintenance and path.state is not State.UP for path in status.paths)
    return status.maintenance if hidden else None


def _seen(status: ServiceStatus) -> Mapping[Plane, State]:
    """The planes as their runs show them: maintenance does not make one count as up."""
    if status.maintenance is None:
        return status.planes
    return planes_of((path, path.state) for path in status.paths)


def _spared(status: ServiceStatus) -> tuple[Plane, ...]:
    """The planes that are wholly in maintenance, or whose fault is."""
    return tuple(
        plane
        for plane, state in _seen(status).items()
        if plane in status.resting or status.planes.get(plane) is not state
    )


def _length(told: Message | None, began_at: float | None, status: ServiceStatus) -> float | None:
    """How long the trouble that is over lasted; None while there is one."""
    if status.verdict is not Verdict.HEALTHY or told is None:
        return None
    return max(0.0, status.since - (told.since if began_at is None else began_at))


def _ailing(status: ServiceStatus, *, spared: bool) -> Iterator[Ailing]:
    """What is not up; paths in maintenance only if the message is about that window."""
    for path in status.paths:
        if path.state is not State.UP and (spared or path.maintenance is None):
            yield _described(path)


def wavers(path: PathStatus) -> bool:
    """Whether the last run of a path that is up failed: not confirmed, but not working either."""
    return path.last_run is not None and WEIGHTS[path.last_run.outcome] is Weight.BAD


def _described(path: PathStatus) -> Ailing:
    """Why a path is not up; one that is merely unknown has no failure to show."""
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


def page_of(settings: Settings, incident: Incident | None) -> str:
    """The address of an incident's page or of the front page; empty if none is configured."""
    if settings.page_url is None:
        return ""
    if incident is None:
        return f"{settings.page_url}/"
    return f"{settings.page_url}/incidents/{quote(incident.id, safe='')}"
