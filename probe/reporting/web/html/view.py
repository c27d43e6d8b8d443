"""What templates ask about the values that they show: a word, a tone, an address."""

from collections.abc import Iterable
from itertools import chain
from typing import Final
from urllib.parse import quote

from probe.model.claim import Account, ClaimState
from probe.model.incident import Incident
from probe.model.maintenance import Window, enclosing
from probe.model.report import Moment
from probe.model.run import Run
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus
from probe.reporting import chronology, times, words
from probe.reporting.picture import PathView, Picture, ServiceView

CHANGES_SHOWN: Final = 6
_DAY_S: Final = 86400


def tone(view: ServiceView) -> Verdict:
    """The verdict that colours a service; `unknown` before the first look."""
    return Verdict.UNKNOWN if view.status is None else view.status.verdict


def headline(view: ServiceView) -> str:
    """The large words on a service's card."""
    return words.standing(view.status)


def resting(view: ServiceView) -> bool:
    """Whether maintenance is all there is to say about a service: it is grey then."""
    return headline(view) == words.IN_MAINTENANCE


def state(view: PathView) -> State:
    """The state that colours a path; `unknown` before the first look."""
    return State.UNKNOWN if view.status is None else view.status.state


def plane_state(view: ServiceView, plane: Plane) -> State:
    """The state that colours a plane; nothing is claimed about one in maintenance."""
    if view.status is None or plane in view.status.resting:
        return State.UNKNOWN
    return view.status.planes.get(plane, State.UNKNOWN)


def worst(picture: Picture) -> ServiceView:
    """The service in the deepest trouble: the one that the window's title names."""
    return min(picture.services, key=lambda view: words.WORST_FIRST.index(tone(view)))


def summary(picture: Picture) -> str:
    """One sentence over all services."""
    total = len(picture.services)
    troubled = sum(tone(view).troubled for view in picture.services)
    unseen = sum(tone(view) is Verdict.UNKNOWN for view in picture.services)
    if troubled:
        return f"{troubled} of {_services(total)} in trouble"
    if unseen:
        return f"{unseen} of {_services(total)} cannot be judged"
    if rest := sum(map(resting, picture.services)):
        return f"{rest} of {_services(total)} in maintenance" if total > 1 else words.IN_MAINTENANCE
    return "All services healthy" if total > 1 else "Healthy"


def announcement(picture: Picture) -> str:
    """What a screen reader announces when it changes."""
    deepest = worst(picture)
    told = f"{deepest.name}: {headline(deepest)}."
    return told if len(picture.services) == 1 else f"{told} {summary(picture)}."


def failure(status: PathStatus | None) -> Run | None:
    """The failure that explains a path: the last one, while the path is not well."""
    if status is None or status.last_failure is None:
        return None
    well = status.last_run is None or status.last_run.outcome.succeeded
    return None if well and status.state is State.UP else status.last_failure


def contradicted(view: ServiceView) -> bool:
    """Whether a page that contradicts us calls everything operational."""
    readable = {claim.state for claim in view.claims} - {ClaimState.UNKNOWN}
    return bool(view.vendor.contradicting) and readable == {ClaimState.OPERATIONAL}


def lead(account: Account) -> str:
    """Who was first: `12 min after us`, `30 s before us`."""
    lead_s = account.lead_s or 0.0
    return f"{times.length(abs(lead_s))} {'after' if lead_s >= 0 else 'before'} us"


def days(at: float, now: float) -> str:
    """How far away `at` is: `62 days left`, `expired`."""
    left = int((at - now) // _DAY_S)
    if at <= now:
        return "expired"
    return f"{left} {'day' if left == 1 else 'days'} left"


def latest(incident: Incident) -> list[Moment]:
    """The last changes of the verdict and of paths, newest first."""
    verdicts = chronology.of_verdicts(incident.transitions, incident.moves)
    changes = chain(verdicts, chronology.of_moves(incident))
    return sorted(changes, key=lambda change: -change.at)[:CHANGES_SHOWN]


def waves(incident: Incident) -> str:
    """`1 wave`, `3 waves`."""
    count = max(1, len(incident.waves))
    return "1 wave" if count == 1 else f"{count} waves"


def planned(incident: Incident, windows: Iterable[Window], now: float) -> str:
    """The name of the planned work that all of `incident` lay in so far; empty for none."""
    work = enclosing(incident, windows, now)
    return work.name if work is not None else ""


def incident_url(incident: Incident) -> str:
    """The address of its page, from the root of all pages."""
    return f"incidents/{_quoted(incident.id)}"


def path_url(service: str, path: str) -> str:
    """The address of the path's page, from the root of all pages."""
    return f"services/{_quoted(service)}/{_quoted(path)}"


def span(incident: Incident, now: float) -> float:
    """Seconds from the first failing run to the last one, or until now while it is open."""
    return incident.end(now) - incident.opened_at


def _services(count: int) -> str:
    return "1 service" if count == 1 else f"{count} services"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")
