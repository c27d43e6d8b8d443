"""What the vendor says beside what we see: told when it changes, and to those who begin anew."""

from dataclasses import replace

from made_statuses import a_path, a_status

from probe.config.settings import Settings
from probe.model.claim import Claim, ClaimState, Owner
from probe.model.event import Claimed, Compared, Event, MaintenanceTurned, Reviewed
from probe.model.maintenance import Window
from probe.model.state import Plane, State, Verdict
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
