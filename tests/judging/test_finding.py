"""Each signature, and what looks like it and is none."""

from dataclasses import replace

import pytest
from made_runs import a_run
from made_statuses import a_path

from probe.judging.finding import find
from probe.model.outcome import Outcome
from probe.model.run import StepResult
from probe.model.state import Finding, Plane, State
from probe.model.status import PathStatus

NOTHING: set[Finding] = set()
UP, IMPAIRED, DOWN, UNKNOWN = State.UP, State.IMPAIRED, State.DOWN, State.UNKNOWN


def path(
    name: str,
    state: State,
    *,
    plane: Plane = Plane.CONTROL,
    critical: bool = True,
    session: str | None = None,
    since: float = 0.0,
) -> PathStatus:
    return a_path(
        path=name, plane=plane, critical=critical, state=state, since=since, session=session
    )


def login(state: State, name: str = "login", since: float = 0.0) -> PathStatus:
    return path(name, state, since=since)


def kept(state: State, name: str = "kept") -> PathStatus:
    return path(name, state, critical=False, session="login")


def usage(state: State, *, critical: bool = False) -> PathStatus:
    return path("usage", state, critical=critical)


def data(state: State, name: str = "api", *, critical: bool = True, since: float = 0) -> PathStatus:
    return path(name, state, plane=Plane.DATA, critical=critical, since=since)


def ran(status: PathStatus, outcome: Outcome, *, canary: bool = False) -> PathStatus:
    """`status` after a run, which is its last failure too unless it went well."""
    step = StepResult(name="one", outcome=outcome, duration_s=0.0, canary=canary)
    run = a_run(
        path=status.path,
        plane=status.plane,
        outcome=outcome,
        failed_step=None if outcome.succeeded else "one",
        steps=(step,),
    )
    failure = status.last_failure if outcome is Outcome.OK else run
    return replace(status, last_run=run, last_failure=failure)


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([login(DOWN), kept(UP)], {Finding.NEW_SESSIONS_ONLY}),
        ([login(DOWN), kept(UP), kept(IMPAIRED, "other")], {Finding.NEW_SESSIONS_ONLY}),
        ([login(DOWN), kept(UP), kept(UNKNOWN, "other")], {Finding.NEW_SESSIONS_ONLY}),
        ([login(DOWN), kept(UP), kept(DOWN, "other")], NOTHING),
        ([login(DOWN), kept(UNKNOWN)], NOTHING),
        ([login(IMPAIRED), kept(UP)], NOTHING),
        ([login(DOWN), usage(UP)], NOTHING),
        ([login(UP), kept(UP), login(DOWN, "console")], NOTHING),
    ],
)
def test_only_new_sessions_fail_where_a_kept_one_works_and_none_is_down(
    paths: list[PathStatus], found: set[Finding]
) -> None:
    assert find(paths) == found


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([login(UP), usage(DOWN)], {Finding.USAGE_ONLY}),
        ([login(UP), usage(IMPAIRED, critical=True), kept(UNKNOWN)], {Finding.USAGE_ONLY}),
        ([login(UP), usage(DOWN), kept(DOWN)], NOTHING),
        ([login(UP), login(UNKNOWN, "console"), usage(DOWN)], NOTHING),
        ([login(UP), usage(UNKNOWN)], NOTHING),
    ],
)
def test_only_usage_fails_where_all_else_that_is_critical_is_known_to_work(
    paths: list[PathStatus], found: set[Finding]
) -> None:
    assert find(paths) == found


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([login(DOWN), data(DOWN, since=30)], {Finding.AUTH_CASCADE}),
        ([login(DOWN), data(DOWN, since=29)], NOTHING),
        ([data(DOWN), login(DOWN, since=60)], NOTHING),
        (
            [login(DOWN), login(DOWN, "console", since=60), data(DOWN, since=60)],
            {Finding.AUTH_CASCADE},
        ),
        ([login(DOWN), data(DOWN, since=10), data(DOWN, "stream", since=60)], NOTHING),
        ([kept(DOWN), login(DOWN, since=60), data(DOWN, since=60)], NOTHING),
        ([login(UP), login(DOWN, "console", since=60), data(DOWN, since=60)], NOTHING),
    ],
)
def test_a_cascade_is_half_a_minute_between_the_first_critical_path_of_each_plane(
    paths: list[PathStatus], found: set[Finding]
) -> None:
    assert find(paths) == found


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([data(UP), data(DOWN, "count", critical=False)], {Finding.PARTIAL_DATA_PLANE}),
        ([data(UP), data(IMPAIRED, "stream")], {Finding.PARTIAL_DATA_PLANE}),
        ([data(UP), data(DOWN, "stream"), data(UP, "count", critical=False)], NOTHING),
        ([data(IMPAIRED), data(UNKNOWN, "stream")], NOTHING),
        ([data(UP), data(UP, "stream"), login(IMPAIRED)], NOTHING),
    ],
)
def test_the_data_plane_fails_in_part_where_some_of_it_works_and_nothing_critical_is_down(
    paths: list[PathStatus], found: set[Finding]
) -> None:
    assert find(paths) == found


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("outcome", [Outcome.THROTTLED, Outcome.OVERLOADED, Outcome.SLOW])
def test_what_strains_a_path_is_named_while_it_is_in_trouble(
    outcome: Outcome, state: State
) -> None:
    shown = Finding(outcome.value) in find([ran(data(state), outcome)])
    assert shown is (state in {IMPAIRED, DOWN})


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("outcome", [Outcome.CHALLENGED, Outcome.QUOTA_EXHAUSTED])
def test_our_own_affair_is_named_whatever_the_state_until_the_next_run(
    outcome: Outcome, state: State
) -> None:
    status = ran(data(state), outcome)
    assert Finding(outcome.value) in find([status])
    assert Finding(outcome.value) not in find([ran(status, Outcome.OK)])


@pytest.mark.parametrize(
    ("state", "outcome", "canary", "found"),
    [
        (DOWN, Outcome.BAD_CONTENT, True, {Finding.SESSION_LOST}),
        (UP, Outcome.BAD_CONTENT, True, NOTHING),
        (DOWN, Outcome.SERVER_ERROR, True, NOTHING),
        (DOWN, Outcome.BAD_CONTENT, False, NOTHING),
    ],
)
def test_a_session_is_lost_whose_canary_is_missing_while_it_is_in_trouble(
    state: State,
    outcome: Outcome,
    canary: bool,  # noqa: FBT001 - a parameter of the test
    found: set[Finding],
) -> None:
    paths = [login(UP), ran(kept(state), outcome, canary=canary)]
    assert find(paths) == found


def test_a_session_that_is_refused_while_its_login_works_is_a_refused_credential() -> None:
    refused = ran(kept(UNKNOWN), Outcome.UNAUTHORIZED)
    assert Finding.CREDENTIAL_REFUSED in find([login(UP), refused])
    assert Finding.CREDENTIAL_REFUSED not in find([login(DOWN), refused])


def test_who_sees_a_single_path_is_not_blind() -> None:
    unseen = ran(login(UNKNOWN), Outcome.UNOBSERVED)
    assert Finding.BLIND in find([unseen, data(UNKNOWN)])
    assert Finding.BLIND not in find([unseen, ran(data(UP), Outcome.OK)])
    assert Finding.BLIND not in find([login(UNKNOWN)])
