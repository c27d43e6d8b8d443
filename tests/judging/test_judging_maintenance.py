"""Maintenance as announced, and laid over what was judged."""

from dataclasses import replace
from typing import Any

import pytest
from fed_paths import judged, service
from hypothesis import given
from hypothesis import strategies as st

from probe.judging.maintenance import overlaid
from probe.judging.plane import planes_of
from probe.judging.service import ServiceMemory, begin
from probe.judging.vendor import contradictions
from probe.judging.verdict import judge_service
from probe.model.claim import ClaimState, Maintenance, Owner, Stage
from probe.model.maintenance import VENDORS_LONGEST_S, Window, planned, windows
from probe.model.outcome import Outcome
from probe.model.state import Finding, Plane, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

WORK = Maintenance(
    service="acme",
    id="m1",
    title="Move",
    stage=Stage.SCHEDULED,
    seen_at=0.0,
    starts_at=100.0,
    ends_at=200.0,
)
WINDOW = Window(service="acme", name="Move", whose=Owner.VENDOR, since=100.0, until=200.0)
LOGIN_ONLY = replace(WINDOW, paths=("login",))


def spans(*told: Maintenance) -> list[tuple[float, float]]:
    return [(window.since, window.until) for window in windows(told)]


def told_at(seen_at: float, **changes: object) -> Maintenance:
    return replace(WORK, seen_at=seen_at, **changes)  # type: ignore[arg-type]


def failing(*paths: str, rounds: int = 6) -> ServiceStatus:
    """A service of which `paths` fail and the others work."""
    acme = service(
        {"name": "login", "plane": "control"},
        {"name": "usage", "plane": "control", "critical": False},
        {"name": "api", "plane": "data"},
    )
    memory: ServiceMemory = begin(acme, 0.0)
    for number in range(1, rounds + 1):
        for path in acme.paths:
            outcome = Outcome.SERVER_ERROR if path.name in paths else Outcome.OK
            memory = judged(memory, path.name, outcome, number * 30.0).memory
    return memory.status


def test_a_plan_that_is_known_before_holds_as_planned() -> None:
    assert windows([WORK]) == [WINDOW]


def test_work_that_is_announced_while_it_goes_on_spares_nothing_before() -> None:
    assert spans(told_at(150.0)) == [(150.0, 200.0)]


def test_work_that_is_announced_afterwards_spares_nothing() -> None:
    assert spans(told_at(200.0)) == []


def test_completed_work_ends_when_we_saw_it_said() -> None:
    assert spans(WORK, told_at(130.0, stage=Stage.COMPLETED)) == [(100.0, 130.0)]


def test_a_plan_that_is_prolonged_in_time_goes_on_as_one() -> None:
    assert spans(WORK, told_at(190.0, ends_at=300.0)) == [(100.0, 300.0)]


def test_a_plan_that_is_prolonged_too_late_spares_nothing_between() -> None:
    assert spans(WORK, told_at(250.0, ends_at=300.0)) == [(100.0, 200.0), (250.0, 300.0)]


def test_a_plan_that_is_moved_while_it_held_keeps_what_it_was() -> None:
    moved = told_at(150.0, starts_at=500.0, ends_at=600.0)
    assert spans(WORK, moved) == [(100.0, 150.0), (500.0, 600.0)]


def test_a_vendor_spares_itself_a_day_at_most() -> None:
    endless = replace(WORK, ends_at=1e12)
    assert spans(endless) == [(100.0, 100.0 + VENDORS_LONGEST_S)]
    assert spans(replace(endless, whose=Owner.OURS)) == [(100.0, 1e12)]


@pytest.mark.parametrize(
    "changes",
    [
        {"ours": False},
        {"spares": False},
        {"starts_at": None},
        {"ends_at": None},
        {"ends_at": 100.0},
        {"ends_at": 50.0},
        {"stage": Stage.GONE},
    ],
    ids=str,
)
def test_what_is_not_ours_not_wanted_not_timed_or_over_is_no_window(
    changes: dict[str, Any],
) -> None:
    assert planned(replace(WORK, **changes)) is None


def test_an_own_work_and_a_vendors_of_the_same_id_are_two() -> None:
    own = told_at(120.0, whose=Owner.OURS, stage=Stage.GONE)
    assert spans(WORK, own) == [(100.0, 200.0)]


instants = st.integers(0, 50).map(float)
words = st.builds(
    told_at,
    instants,
    starts_at=instants,
    ends_at=instants,
    stage=st.sampled_from([Stage.SCHEDULED, Stage.IN_PROGRESS, Stage.COMPLETED]),
    paths=st.sampled_from([(), ("login",)]),
)


@given(st.lists(words, max_size=6).map(lambda told: sorted(told, key=lambda word: word.seen_at)))
def test_a_moment_is_spared_when_the_last_word_seen_by_then_says_so(
    told: list[Maintenance],
) -> None:
    found = windows(told)
    for at in (number + 0.5 for number in range(51)):
        heard = [word for word in told if word.seen_at <= at]
        now = planned(heard[-1]) if heard else None
        holding = [window for window in found if window.holds(at)]
        assert bool(holding) == (now is not None and now.holds(at))
        assert [window.paths for window in holding] == ([now.paths] if holding and now else [])


@given(st.lists(words, max_size=6), words)
def test_a_later_word_changes_nothing_of_the_past(
    told: list[Maintenance], last: Maintenance
) -> None:
    told = sorted(told, key=lambda word: word.seen_at)
    last = replace(last, seen_at=60.0)
    before, after = windows(told), windows([*told, last])
    for at in (number + 0.5 for number in range(51)):
        held = [window.holds(at) for window in before]
        assert any(window.holds(at) for window in after) == any(held)


def test_without_maintenance_a_status_is_told_as_it_is() -> None:
    status = failing("login")
    assert overlaid(status, []) is status
    assert overlaid(status, [replace(WINDOW, paths=("other",))]) is status


def test_a_path_in_maintenance_keeps_its_state_and_harms_no_verdict() -> None:
    status = failing("login")
    assert status.verdict is Verdict.CONTROL_PLANE_DOWN
    told = overlaid(status, [LOGIN_ONLY])
    assert told.verdict is Verdict.HEALTHY
    assert told.planes == {Plane.CONTROL: State.UP, Plane.DATA: State.UP}
    assert [(path.path, path.state, path.maintenance) for path in told.paths] == [
        ("login", State.DOWN, LOGIN_ONLY),
        ("usage", State.UP, None),
        ("api", State.UP, None),
    ]
    assert (told.spared, told.since, told.incident) == (True, 100.0, status.incident)


def test_what_fails_outside_of_maintenance_is_told_by_its_own_rank() -> None:
    told = overlaid(failing("login", "usage"), [LOGIN_ONLY])
    assert told.verdict is Verdict.DEGRADED
    assert told.spared is False


def test_the_other_plane_going_down_during_maintenance_is_no_outage_but_its_own() -> None:
    status = failing("login", "usage", "api")
    told = overlaid(status, [replace(WINDOW, paths=("login", "usage"))])
    assert told.verdict is Verdict.DATA_PLANE_DOWN
    assert told.resting == {Plane.CONTROL}
    assert told.spared is False


def test_a_service_that_is_in_maintenance_whole_is_told_healthy_and_resting() -> None:
    told = overlaid(failing("login", "usage", "api"), [WINDOW])
    assert told.verdict is Verdict.HEALTHY
    assert told.resting == {Plane.CONTROL, Plane.DATA}
    assert (told.spared, told.findings) == (True, frozenset())


def standing(**states: tuple[State, float]) -> ServiceStatus:
    """A service whose paths are in these states since these times, judged."""
    status = failing()
    found = [(path, *states[path.path]) for path in status.paths]
    paths = tuple(replace(path, state=state, since=since) for path, state, since in found)
    planes = planes_of((path, path.state) for path in paths)
    since = max(path.since for path in paths)
    return replace(status, paths=paths, planes=planes, verdict=judge_service(planes), since=since)


@pytest.mark.parametrize(
    ("login_down", "api_down", "since"),
    [(120.0, 150.0, 150.0), (120.0, 50.0, 50.0), (60.0, 50.0, 100.0)],
)
def test_what_fails_beside_a_window_is_told_since_it_alone_is_told(
    login_down: float, api_down: float, since: float
) -> None:
    status = standing(
        login=(State.DOWN, login_down), usage=(State.UP, 0.0), api=(State.DOWN, api_down)
    )
    told = overlaid(status, [replace(WINDOW, paths=("login", "usage"))])
    assert (told.verdict, told.since) == (Verdict.DATA_PLANE_DOWN, since)


troubles = st.tuples(st.sampled_from([State.DOWN, State.IMPAIRED]), st.integers(1, 199).map(float))
spells = st.just((State.UP, 0.0)) | troubles


@given(spells, spells, troubles, st.sampled_from([("login",), ("usage",), ("login", "usage")]))
def test_a_verdict_beside_a_window_stands_since_the_moment_it_was_first_told(
    login: tuple[State, float],
    usage: tuple[State, float],
    api: tuple[State, float],
    spared: tuple[str, ...],
) -> None:
    window = replace(WINDOW, paths=spared)
    status = standing(login=login, usage=usage, api=api)
    told = overlaid(status, [window])

    def told_at(at: int) -> Verdict:
        def counts(path: PathStatus) -> bool:
            return path.since <= at and not (window.holds(at) and window.covers(path.path))

        return judge_service(
            planes_of((path, path.state if counts(path) else State.UP) for path in status.paths)
        )

    if told.verdict is not status.verdict:
        others = [at for at in range(200) if told_at(at) is not told.verdict]
        assert told.since == max(others) + 1


def test_a_window_over_what_works_leaves_a_fault_beside_it_as_old_as_it_is() -> None:
    known = failing("api")
    paths = tuple(replace(path, since=90.0) for path in known.paths)
    fault = replace(known, since=30.0, paths=paths)
    assert overlaid(fault, [LOGIN_ONLY]).since == 30.0


def test_a_service_that_works_through_its_maintenance_is_not_spared_anything() -> None:
    status = failing()
    told = overlaid(status, [WINDOW])
    assert (told.spared, told.verdict, told.since) == (False, Verdict.HEALTHY, status.since)


def test_a_finding_that_only_maintenance_explains_is_not_told() -> None:
    status = failing("usage")
    assert status.findings == {Finding.USAGE_ONLY}
    assert overlaid(status, [replace(WINDOW, paths=("usage",))]).findings == frozenset()


def test_of_two_windows_over_a_path_the_longer_one_is_named() -> None:
    longer = replace(LOGIN_ONLY, name="weekly", until=900.0)
    told = overlaid(failing(), [WINDOW, longer])
    assert [path.maintenance for path in told.paths] == [longer, WINDOW, WINDOW]
    assert told.maintenance == longer


@pytest.mark.parametrize("claim", [ClaimState.OPERATIONAL, ClaimState.MAJOR_OUTAGE])
def test_nobody_contradicts_what_is_in_maintenance(claim: ClaimState) -> None:
    speaks_for = {"front": ("login",)}
    told = overlaid(failing("login"), [LOGIN_ONLY])
    assert contradictions(failing("login"), {"front": ClaimState.OPERATIONAL}, speaks_for)
    assert contradictions(told, {"front": claim}, speaks_for) == frozenset()
    assert contradictions(told, {"page": claim}, {}) == frozenset()
