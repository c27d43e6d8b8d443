"""The incidents as an Atom feed, for readers and chat rooms that follow one."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from probe.model.incident import Incident
from probe.model.maintenance import Window, by_service
from probe.reporting.web.html.environment import template
from probe.reporting.web.html.view import planned

MOST_ENTRIES: Final = 50
_OURS: Final = uuid5(NAMESPACE_URL, "splitprobe/incidents")


def feed(
    incidents: Sequence[Incident],
    location: str,
    started_at: float,
    windows: Sequence[Window] = (),
    root: str = "",
) -> str:
    """The newest of `incidents`, newest first. An entry's id stays the same for ever.

    Those that lay within one of the `windows` of maintenance say so once they are over. `root` is
    the address of the first page; without one, links start from the feed's own address.
    """
    shown = incidents[:MOST_ENTRIES]
    return template("feed.xml").render(
        incidents=shown,
        location=location,
        root=root,
        updated=max(map(changed, shown), default=started_at),
        changed=changed,
        work=partial(_work, by_service(windows)),
        identity=partial(_identity, uuid5(_OURS, _storable(location))),
    )


def changed(incident: Incident) -> float:
    """When something was last reported of it: its end, or its newest change of verdict."""
    transitions = [transition.at for transition in incident.transitions]
    ended = incident.settled_at or incident.closed_at or 0.0
    return max([incident.confirmed_at, ended, *transitions])


def _work(windows: Mapping[str, Sequence[Window]], incident: Incident) -> str:
    theirs = windows.get(incident.service, ())
    return "" if incident.open else planned(incident, theirs, changed(incident))


def _identity(location: UUID, name: str) -> str:
    return uuid5(location, _storable(name)).urn


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
