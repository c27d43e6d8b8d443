"""What the vendor says beside what we see: told when it changes, and to those who begin anew."""

from dataclasses import replace

from made_incidents import an_incident
from made_statuses import a_path, a_status

from probe.config.settings import Settings
from probe.model.claim import Account, Claim, ClaimState, Owner, Post, Stage
from probe.model.event import (
    Claimed,
    Compared,
    Event,
    IncidentUpdated,
    MaintenanceTurned,
    Posted,
    Reviewed,
)
from probe.model.maintenance import Window
from probe.model.state import Plane, State, Verdict
from probe.running.remembering.recollection import Recollection
from probe.running.telling.comparing import Comparing

STEP = {"request": "GET https://acme.example/login"}
ACME = {
    "name": "acme",
    "status_page": "https://status.acme.example/",
    "components": {"c1": {"name": "web", "paths": ["login"]}},
    "paths": [{"name": "login", "plane": "control", "steps": [STEP]}],
}
SETTINGS = Settings.model_validate({"services": [ACME]})
LOGIN = a_path(state=State.DOWN)
DOWN = a_status(verdict=Verdict.OUTAGE, planes={Plane.CONTROL: State.DOWN}, paths=(LOGIN,))
FINE = Claim(service="acme", component="web", state=ClaimState.OPERATIONAL, seen_at=0.0)
INCIDENT = an_incident(opened_at=100.0, confirmed_at=110.0, last_bad_at=110.0)
ADMITTED = replace(FINE, state=ClaimState.MAJOR_OUTAGE, seen_at=170.0)
RESOLVED = Post(
    service="acme",
    incident="v1",
    id="u2",
    title="Login errors",
    stage=Stage.RESOLVED,
    seen_at=300.0,
    ours=True,
)
LOOKING = replace(RESOLVED, id="u1", stage=Stage.INVESTIGATING, seen_at=140.0)


def account(told: list[Event]) -> Account:
    """The account told last."""
    (last,) = [event for event in told[-1:] if isinstance(event, Compared)]
    assert last.comparison.account is not None
    return last.comparison.account


def contradicted(told: list[Event]) -> list[bool]:
    return [bool(each.comparison.contradicting) for each in told if isinstance(each, Compared)]


def test_a_comparison_is_told_once_and_again_after_a_reload() -> None:
    told: list[Event] = []
    comparing = Comparing(SETTINGS, told.append)
    comparing.handle(Claimed(claim=FINE))
    comparing.handle(Reviewed(status=DOWN))
    comparing.handle(Reviewed(status=DOWN))
    assert contradicted(told) == [False, True]
    comparing.adopt(SETTINGS)
    comparing.handle(Reviewed(status=DOWN))
    assert contradicted(told) == [False, True, True]


def test_maintenance_that_begins_and_ends_is_compared_anew() -> None:
    told: list[Event] = []
    comparing = Comparing(SETTINGS, told.append)
    comparing.handle(Claimed(claim=FINE))
    comparing.handle(Reviewed(status=DOWN))
    held = Window(service="acme", name="move", whose=Owner.OURS, since=0.0, until=60.0)
    resting = replace(DOWN, paths=(replace(LOGIN, maintenance=held),))
    comparing.handle(MaintenanceTurned(status=resting, held=(held,)))
    comparing.handle(MaintenanceTurned(status=DOWN, held=()))
    assert contradicted(told) == [False, True, False, True]


def test_when_the_vendor_admits_and_resolves_an_incident_is_told() -> None:
    told: list[Event] = []
    comparing = Comparing(SETTINGS, told.append)
    comparing.handle(IncidentUpdated(incident=INCIDENT, status=DOWN))
    comparing.handle(Claimed(claim=ADMITTED))
    assert (account(told).incident, account(told).lead_s) == ("acme-1", 60.0)
    for post in (LOOKING, RESOLVED):
        comparing.handle(Posted(post=post))
    assert (account(told).lead_s, account(told).resolved_at) == (30.0, 300.0)


def test_an_incident_that_ended_before_the_newest_began_is_not_compared_again() -> None:
    told: list[Event] = []
    comparing = Comparing(SETTINGS, told.append)
    newest = replace(INCIDENT, id="acme-2", opened_at=900.0, confirmed_at=910.0)
    for incident in (INCIDENT, newest, INCIDENT):
        comparing.handle(IncidentUpdated(incident=incident, status=DOWN))
    assert account(told).incident == "acme-2"


def test_after_a_restart_what_both_sides_said_before_is_compared() -> None:
    told: list[Event] = []
    comparing = Comparing(SETTINGS, told.append)
    past = Recollection(
        service="acme",
        runs=(),
        incidents=(INCIDENT, replace(INCIDENT, id="acme-0", opened_at=50.0)),
        standing=(),
        claims=(ADMITTED, replace(FINE, seen_at=300.0)),
        posts=(LOOKING,),
        maintenances=(),
        announced=(),
        accounts=(),
    )
    comparing.seed(past)
    comparing.seed(replace(past, incidents=(), claims=(), posts=(RESOLVED,)))  # as at a reload
    comparing.handle(Reviewed(status=DOWN))
    assert contradicted(told) == [True]
    assert (account(told).incident, account(told).lead_s) == ("acme-1", 30.0)
    assert account(told).resolved_at is None


def test_what_says_nothing_new_is_not_told_again() -> None:
    told: list[Event] = []
    comparing = Comparing(SETTINGS, told.append)
    comparing.handle(Claimed(claim=FINE))
    comparing.handle(Claimed(claim=replace(FINE, seen_at=60.0)))
    assert contradicted(told) == [False]
    impaired = replace(DOWN, verdict=Verdict.DEGRADED, paths=(replace(LOGIN, state=State.UP),))
    comparing.handle(Reviewed(status=impaired))
    comparing.handle(Reviewed(status=replace(impaired, paths=(LOGIN,))))
    assert contradicted(told) == [False, True]
