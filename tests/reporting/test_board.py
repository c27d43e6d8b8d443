"""The board shows what was last said, of configured names, and forgets the rest."""

from dataclasses import replace

import pytest
from made_incidents import a_transition, an_incident
from web_stage import CLOCK, NOW, board, path, run, settings, status

from probe.model.claim import Claim, ClaimState, Owner
from probe.model.event import (
    Changed,
    Claimed,
    IncidentUpdated,
    MaintenanceTurned,
    Observed,
    Reloaded,
    Reviewed,
    SelfObserved,
    Skipped,
    Started,
)
from probe.model.maintenance import Window
from probe.model.outcome import Outcome
from probe.model.state import SkipReason, Verdict
from probe.reporting.board import INCIDENTS_KEPT, Board
from probe.reporting.picture import STRIP_LENGTH

INCIDENT = an_incident(opened_at=NOW - 720, confirmed_at=NOW - 700, worst=Verdict.OUTAGE)
WINDOW = Window(service="acme", name="move", whose=Owner.OURS, since=NOW - 60, until=NOW + 60)
SKIPPED = Skipped(service="acme", path="login", reason=SkipReason.HOST_BUDGET, at=NOW - 10)
CLAIM = Claim(service="acme", component="web", state=ClaimState.MAJOR_OUTAGE, seen_at=NOW)


def ages(made: Board, name: str = "login") -> list[float]:
    views = {view.name: view for view in made.picture().services[0].paths}
    return [NOW - mark.started_at for mark in views[name].marks]


def test_services_and_paths_stand_in_the_order_of_the_configuration() -> None:
    made = board(
        status(Verdict.OUTAGE, path("api"), path("login"), service="zeta"),
        configured=settings("zeta", "acme"),
    )
    zeta, acme = made.picture().services
    assert (zeta.name, acme.name) == ("zeta", "acme")
    assert [view.name for view in zeta.paths] == ["login", "api"]
    assert zeta.paths[0].status == path("login")
    assert made.targets() == ("zeta/login", "zeta/api", "acme/login", "acme/api")


def test_before_the_first_look_a_service_has_no_status() -> None:
    (acme,) = board().picture().services
    assert acme.status is None
    assert [view.status for view in acme.paths] == [None, None]


def test_every_event_with_a_status_brings_the_newest_one() -> None:
    made = board()
    transition = a_transition(at=NOW, new=Verdict.OUTAGE)
    for verdict, event in (
        (Verdict.HEALTHY, Observed(run=run(), status=status())),
        (Verdict.OUTAGE, Changed(transition=transition, status=status(Verdict.OUTAGE))),
        (Verdict.DEGRADED, IncidentUpdated(incident=INCIDENT, status=status(Verdict.DEGRADED))),
        (Verdict.UNKNOWN, Reviewed(status=status(Verdict.UNKNOWN))),
    ):
        made.handle(event)
        held = made.picture().services[0].status
        assert held is not None
        assert held.verdict is verdict


def test_a_strip_holds_the_last_runs_in_the_order_of_time() -> None:
    made = board()
    made.seed(runs=[run(ago=ago) for ago in range(1, 200)])
    made.handle(Observed(run=run(ago=0.5), status=status()))
    assert ages(made) == [*reversed(range(1, STRIP_LENGTH)), 0.5]
    assert ages(made, "api") == []


def test_seeding_twice_shows_each_run_once() -> None:
    made = board()
    made.handle(Observed(run=run(ago=10), status=status()))
    for _ in range(2):
        made.seed(runs=[run(ago=10), run(ago=40)])
    assert ages(made) == [40, 10]


def test_what_is_not_configured_is_ignored() -> None:
    made = board()
    made.seed(runs=[run(service="other"), run("usage")], claims=[replace(CLAIM, service="other")])
    made.handle(Reviewed(status=status(service="other")))
    made.handle(replace(SKIPPED, path="usage"))
    (acme,) = made.picture().services
    assert (acme.status, acme.claims) == (None, ())
    assert all(view.skipped is None and not view.marks for view in acme.paths)


def test_a_path_is_found_by_name_and_an_unknown_one_is_an_error() -> None:
    made = board(status(Verdict.HEALTHY, path("login")))
    assert made.path("acme", "login") == path("login")
    assert made.path("acme", "api") is None
    with pytest.raises(KeyError, match="acme/usage"):
        made.path("acme", "usage")


def test_a_skipped_run_is_shown_until_the_path_runs_again() -> None:
    made = board()
    made.handle(SKIPPED)
    assert made.picture().services[0].paths[0].skipped == SKIPPED
    made.seed(runs=[run(ago=300)])
    assert made.picture().services[0].paths[0].skipped == SKIPPED
    made.handle(Observed(run=run(ago=5), status=status()))
    assert made.picture().services[0].paths[0].skipped is None


def test_incidents_are_newest_first_and_bounded_and_open_ones_are_kept() -> None:
    made = board()
    made.seed(incidents=[replace(INCIDENT, opened_at=NOW - 1e6)])
    made.seed(
        incidents=[
            replace(INCIDENT, id=str(n), opened_at=NOW - n, closed_at=NOW)
            for n in range(INCIDENTS_KEPT + 20)
        ]
    )
    shown = [incident.id for incident in made.picture().incidents]
    assert shown == [*map(str, range(INCIDENTS_KEPT - 1)), "acme-1"]


def test_an_update_replaces_an_incident_and_a_late_seed_does_not() -> None:
    made = board()
    closed = replace(INCIDENT, closed_at=NOW)
    made.handle(IncidentUpdated(incident=closed, status=status()))
    made.seed(incidents=[INCIDENT])
    assert made.picture().incidents == (closed,)


def test_the_open_incident_is_the_status_own_and_the_journals_before_it() -> None:
    made = board()
    made.seed(incidents=[replace(INCIDENT, id="old", closed_at=NOW), INCIDENT])
    assert made.picture().services[0].incident == INCIDENT
    made.handle(Reviewed(status=status()))
    assert made.picture().services[0].incident is None
    made.handle(Reviewed(status=replace(status(), incident=INCIDENT)))
    assert made.picture().services[0].incident == INCIDENT
    closed = replace(INCIDENT, closed_at=NOW)
    made.handle(Reviewed(status=replace(status(), incident=closed)))
    assert made.picture().services[0].incident is None


def test_an_open_incident_is_shown_as_far_as_it_has_grown() -> None:
    made = board()
    made.handle(IncidentUpdated(incident=INCIDENT, status=status()))
    grown = replace(INCIDENT, last_bad_at=NOW, down_s={"login": 60.0})
    made.handle(Reviewed(status=replace(status(), incident=grown)))
    assert made.picture().incidents == (grown,)


class Counted(str):
    """A name that counts how often it is compared with another."""

    __slots__ = ()
    comparisons = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return super().__eq__(other)


def test_a_picture_searches_no_services_claims_for_those_of_another() -> None:
    names = [f"s{number}" for number in range(20)]
    made = Board(settings(*names), CLOCK)
    said = [
        replace(CLAIM, service=Counted(name), component=f"c{number}")
        for name in names
        for number in range(20)
    ]
    made.seed(claims=said)
    Counted.comparisons = 0
    assert [len(view.claims) for view in made.picture().services] == [20] * 20
    assert Counted.comparisons <= len(names)


def test_a_component_shows_its_newest_claim() -> None:
    made = board()
    over = replace(CLAIM, state=ClaimState.OPERATIONAL, seen_at=NOW + 60)
    made.handle(Claimed(claim=over))
    made.seed(claims=[CLAIM, replace(CLAIM, component="api")])
    assert made.picture().services[0].claims == (over, replace(CLAIM, component="api"))


def test_a_new_configuration_keeps_what_is_known_of_names_that_stayed() -> None:
    made = board(status(), status(service="zeta"), configured=settings("acme", "zeta"))
    made.seed(runs=[run()], claims=[CLAIM])
    made.handle(SKIPPED)
    made.adopt(settings("acme", "nova", paths=("login", "usage")))
    acme, nova = made.picture().services
    assert acme.status == status()
    assert acme.claims == (CLAIM,)
    assert acme.paths[0].skipped == SKIPPED
    assert [len(view.marks) for view in acme.paths] == [1, 0]
    assert nova.status is None
    made.handle(Reviewed(status=status(service="zeta")))
    assert [view.name for view in made.picture().services] == ["acme", "nova"]


def test_a_name_that_was_gone_for_a_while_comes_back_without_its_maintenance() -> None:
    made = board(status(), status(service="zeta"), configured=settings("acme", "zeta"))
    made.handle(MaintenanceTurned(status=status(), held=(WINDOW,)))
    made.adopt(settings("zeta"))
    made.adopt(settings("acme", "zeta"))
    assert [view.held for view in made.picture().services] == [(), ()]


def test_the_version_grows_with_what_a_page_shows_and_watchers_are_called() -> None:
    made = board()
    versions: list[int] = []
    made.watch(lambda: versions.append(made.version))
    first = made.version
    made.handle(Started(service="acme", lag_s=0.1))
    made.handle(SelfObserved(at=NOW, connected=True, loop_lag_s=0.1))
    made.handle(SelfObserved(at=NOW, connected=True, loop_lag_s=0.2))
    made.handle(SelfObserved(at=NOW, connected=False, loop_lag_s=0.2))
    made.handle(Reloaded(at=NOW, successful=True))
    assert versions == [first + 1, first + 2, first + 3]
    picture = made.picture()
    assert picture.itself == SelfObserved(at=NOW, connected=False, loop_lag_s=0.2)
    assert picture.reloaded == Reloaded(at=NOW, successful=True)


def test_a_picture_does_not_change_afterwards() -> None:
    made = Board(settings(), CLOCK)
    before = made.picture()
    made.handle(Observed(run=run(outcome=Outcome.SERVER_ERROR), status=status(Verdict.OUTAGE)))
    assert before.services[0].status is None
    assert tuple(before.services[0].paths[0].marks) == ()
    assert (before.location, before.started_at) == ("fra1", NOW)
