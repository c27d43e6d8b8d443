"""How an incident grows."""

from probe.judging.incident import moved
from probe.model.incident import Incident
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus

INCIDENT = Incident(
    id="acme-1",
    service="acme",
    opened_at=100.0,
    confirmed_at=110.0,
    worst=Verdict.OUTAGE,
    down_s={},
)


def test_what_was_unknown_before_an_incident_is_so_from_its_beginning_on() -> None:
    usage = PathStatus(
        service="acme",
        path="usage",
        plane=Plane.CONTROL,
        critical=False,
        state=State.UNKNOWN,
        since=20.0,
    )
    (move,) = moved(INCIDENT, [usage]).moves
    assert (move.path, move.at) == ("usage", 100.0)
