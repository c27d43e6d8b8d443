"""The vendor's words beside our verdict: lead and lag, contradiction, a "Resolved" too soon."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_incidents import an_incident
from made_statuses import a_path, a_status

from probe.judging.vendor import ONSET_BLUR_S, STILL_ABOUT_S, account_of, contradictions
from probe.model.claim import Account, Claim, ClaimState, Owner, Post, Stage
from probe.model.incident import Incident
from probe.model.maintenance import Window
from probe.model.state import State, Verdict
from probe.model.status import ServiceStatus

START = 1_000_000.0
INCIDENT = an_incident(
    id="i1",
    opened_at=START + 90.0,
    confirmed_at=START + 100.0,
    last_good_at=START + 60.0,
    last_bad_at=START + 100.0,
    worst=Verdict.CONTROL_PLANE_DOWN,
)
SIGN_IN = {"sign-in": ()}


def claim(
    state: ClaimState, seen_at: float, component: str = "page", bears_at: float | None = None
) -> Claim:
    return Claim(
        service="acme",
        component=component,
        state=state,
        seen_at=START + seen_at,
        bears_at=None if bears_at is None else START + bears_at,
    )


def post(stage: Stage, at: float, incident: str = "v1", *, ours: bool = True) -> Post:
    return Post(
        service="acme",
        incident=incident,
        id=f"{incident}-{at}",
        title=f"Errors of {incident}",
        stage=stage,
        seen_at=START + at + 30,
        bears_at=START + at,
        began_at=START + 70,
        ours=ours,
    )


def status(verdict: Verdict, **paths: State) -> ServiceStatus:
    return a_status(
        verdict=verdict,
        since=START,
        paths=tuple(a_path(path=name, state=state, since=START) for name, state in paths.items()),
    )


def account(*words: Claim | Post, incident: Incident = INCIDENT) -> Account:
    claims = [word for word in words if isinstance(word, Claim)]
    posts = [word for word in words if isinstance(word, Post)]
    return account_of(incident, claims, posts, SIGN_IN)


@pytest.mark.parametrize(
    ("verdict", "claim", "disagrees"),
    [
        (Verdict.HEALTHY, ClaimState.OPERATIONAL, 0),
        (Verdict.HEALTHY, ClaimState.PARTIAL_OUTAGE, 1),
        (Verdict.HEALTHY, ClaimState.UNDER_MAINTENANCE, 0),
        (Verdict.HEALTHY, ClaimState.UNKNOWN, 0),
        (Verdict.OUTAGE, ClaimState.OPERATIONAL, 1),
        (Verdict.DEGRADED, ClaimState.OPERATIONAL, 1),
        (Verdict.OUTAGE, ClaimState.MAJOR_OUTAGE, 0),
        (Verdict.OUTAGE, ClaimState.UNDER_MAINTENANCE, 0),
        (Verdict.OUTAGE, ClaimState.UNKNOWN, 0),
        (Verdict.UNKNOWN, ClaimState.OPERATIONAL, 0),
        (Verdict.UNKNOWN, ClaimState.MAJOR_OUTAGE, 0),
    ],
)
def test_the_vendor_disagrees_when_one_of_us_claims_trouble_and_the_other_none(
    verdict: Verdict, claim: ClaimState, disagrees: int
) -> None:
    assert bool(contradictions(status(verdict), {"page": claim}, SIGN_IN)) == disagrees
    said = {"page": ClaimState.UNKNOWN, "sign-in": claim}
    assert bool(contradictions(status(verdict), said, SIGN_IN)) == disagrees


def test_the_page_as_a_whole_speaks_only_where_no_watched_component_does() -> None:
    said = {"page": ClaimState.MAJOR_OUTAGE, "sign-in": ClaimState.OPERATIONAL}
    assert contradictions(status(Verdict.HEALTHY), said, SIGN_IN) == set()
    assert contradictions(status(Verdict.OUTAGE), said, SIGN_IN) == {"sign-in"}
    assert contradictions(status(Verdict.HEALTHY), said, {}) == {"page"}
    unsaid = {**said, "sign-in": ClaimState.UNKNOWN}
    assert contradictions(status(Verdict.HEALTHY), unsaid, SIGN_IN) == {"page"}
    assert contradictions(status(Verdict.OUTAGE), {}, SIGN_IN) == set()


def test_nothing_contradicts_a_service_that_is_in_maintenance() -> None:
    down = status(Verdict.OUTAGE, login=State.DOWN)
    work = Window(service="acme", name="move", whose=Owner.OURS, since=START, until=START + 60)
    resting = replace(down, paths=tuple(replace(path, maintenance=work) for path in down.paths))
    said = {"page": ClaimState.OPERATIONAL}
    assert contradictions(down, said, {}) == {"page"}
    assert contradictions(resting, said, {}) == set()


@pytest.mark.parametrize(
    ("state", "claim", "differs"),
    [
        (State.UP, ClaimState.OPERATIONAL, 0),
        (State.UP, ClaimState.DEGRADED_PERFORMANCE, 1),
        (State.UP, ClaimState.UNDER_MAINTENANCE, 0),
        (State.IMPAIRED, ClaimState.OPERATIONAL, 1),
        (State.DOWN, ClaimState.OPERATIONAL, 1),
        (State.DOWN, ClaimState.PARTIAL_OUTAGE, 0),
        (State.DOWN, ClaimState.UNDER_MAINTENANCE, 0),
        (State.UNKNOWN, ClaimState.OPERATIONAL, 0),
        (State.UNKNOWN, ClaimState.MAJOR_OUTAGE, 0),
    ],
)
def test_a_component_that_speaks_for_paths_is_held_against_them_alone(
    state: State, claim: ClaimState, differs: int
) -> None:
    speaks_for = {"web": ("login",), "api": ("api",)}
    said = {"web": claim, "api": ClaimState.OPERATIONAL}
    found = contradictions(status(Verdict.UNKNOWN, login=state, api=State.UP), said, speaks_for)
    assert found == ({"web"} if differs else set())


def test_who_speaks_for_paths_does_not_speak_for_the_service() -> None:
    speaks_for = {"web": ("login", "gone"), "api": ("api",)}
    said = {"web": ClaimState.OPERATIONAL, "api": ClaimState.OPERATIONAL}
    slow = status(Verdict.DEGRADED, login=State.UP, api=State.IMPAIRED)
    assert contradictions(slow, said, speaks_for) == {"api"}


def test_a_vendor_that_admits_the_one_outage_may_deny_the_other() -> None:
    speaks_for = {"web": ("login",), "api": ("api",)}
    said = {"web": ClaimState.MAJOR_OUTAGE, "api": ClaimState.OPERATIONAL}
    both = status(Verdict.OUTAGE, login=State.DOWN, api=State.DOWN)
    assert contradictions(both, said, speaks_for) == {"api"}


def test_the_lead_is_the_pages_first_word_of_trouble_after_our_confirmation() -> None:
    silent = account(claim(ClaimState.OPERATIONAL, 1.0))
    assert (silent.acknowledged_at, silent.lead_s) == (None, None)
    told = account(
        claim(ClaimState.OPERATIONAL, 1.0),
        claim(ClaimState.DEGRADED_PERFORMANCE, 760.0, bears_at=700.0),
        claim(ClaimState.MAJOR_OUTAGE, 900.0, "sign-in"),
    )
    assert told.lead_s == 600
    assert (told.acknowledged_at, told.acknowledged_seen_at) == (START + 700, START + 760)
    assert told.acknowledged_by == "page"
    later = replace(INCIDENT, id="i2", last_good_at=START + 5000.0)
    assert account(claim(ClaimState.MAJOR_OUTAGE, 900.0), incident=later).lead_s is None


def test_a_vendor_that_spoke_first_has_a_negative_lead() -> None:
    assert account(claim(ClaimState.MAJOR_OUTAGE, 70.0)).lead_s == -30


def test_a_vendor_that_spoke_just_before_our_last_good_run_was_first() -> None:
    just, before = 60 - ONSET_BLUR_S, 59 - ONSET_BLUR_S
    assert account(post(Stage.INVESTIGATING, just)).lead_s == just - 100
    assert account(claim(ClaimState.MAJOR_OUTAGE, just)).lead_s == just - 100
    assert account(post(Stage.INVESTIGATING, before)).lead_s is None
    never_good = replace(INCIDENT, last_good_at=None)
    assert account(post(Stage.INVESTIGATING, just), incident=never_good).lead_s is None
    assert account(post(Stage.INVESTIGATING, just + 30), incident=never_good).lead_s == just - 70


def test_old_trouble_on_the_page_is_no_word_about_a_new_incident() -> None:
    old = claim(ClaimState.DEGRADED_PERFORMANCE, 10.0)
    assert account(old).lead_s is None
    well, again = claim(ClaimState.OPERATIONAL, 200.0), claim(ClaimState.PARTIAL_OUTAGE, 300.0)
    assert account(old, well, again).lead_s == 200


def test_old_trouble_that_grows_worse_is_a_word_and_one_that_eases_is_none() -> None:
    old = claim(ClaimState.PARTIAL_OUTAGE, 10.0, "sign-in")
    assert account(old, claim(ClaimState.MAJOR_OUTAGE, 200.0, "sign-in")).lead_s == 100
    assert account(old, claim(ClaimState.DEGRADED_PERFORMANCE, 200.0, "sign-in")).lead_s is None


def test_old_trouble_that_could_not_be_read_in_between_is_no_word() -> None:
    old = claim(ClaimState.DEGRADED_PERFORMANCE, 10.0)
    unreadable = claim(ClaimState.UNKNOWN, 150.0)
    again = claim(ClaimState.DEGRADED_PERFORMANCE, 200.0, bears_at=190.0)
    assert account(old, unreadable, again).lead_s is None
    worse = claim(ClaimState.MAJOR_OUTAGE, 200.0)
    assert account(old, unreadable, worse).lead_s == 100


def test_a_post_may_be_the_first_word_and_names_the_start_that_the_vendor_gives() -> None:
    told = account(post(Stage.INVESTIGATING, 400.0), claim(ClaimState.MAJOR_OUTAGE, 900.0))
    assert (told.acknowledged_by, told.lead_s) == ("Errors of v1", 300)
    assert told.acknowledged_seen_at == START + 430
    assert told.declared_at == START + 70
    earlier = replace(post(Stage.INVESTIGATING, 450.0, "v2"), began_at=START + 65)
    others = replace(post(Stage.INVESTIGATING, 450.0, "v3", ours=False), began_at=START + 1)
    unsaid = replace(post(Stage.INVESTIGATING, 450.0, "v4"), began_at=None)
    all_told = account(post(Stage.INVESTIGATING, 400.0), earlier, others, unsaid)
    assert all_told.declared_at == START + 65


def test_posts_about_others_and_about_older_incidents_are_no_word_about_ours() -> None:
    others = post(Stage.INVESTIGATING, 400.0, "v2", ours=False)
    old = post(Stage.INVESTIGATING, 10.0, "v0")
    update = post(Stage.MONITORING, 400.0, "v0")
    assert account(others, old, update).acknowledged_at is None


def test_a_word_long_after_the_end_is_about_something_else() -> None:
    ended = replace(INCIDENT, last_bad_at=START + 500, closed_at=START + 500)
    late = post(Stage.INVESTIGATING, 500 + STILL_ABOUT_S)
    too_late = post(Stage.INVESTIGATING, 501 + STILL_ABOUT_S)
    assert account(late, incident=ended).lead_s == 400 + STILL_ABOUT_S
    assert account(too_late, incident=ended).lead_s is None


def test_resolved_is_premature_by_as_long_as_our_runs_go_on_failing() -> None:
    words = (post(Stage.INVESTIGATING, 200.0), post(Stage.RESOLVED, 1000.0))
    failing = replace(INCIDENT, last_bad_at=START + 1600)
    assert account(*words, incident=failing).premature_s == 600
    rightly = account(*words, incident=replace(INCIDENT, last_bad_at=START + 1000))
    assert (rightly.premature_s, rightly.resolved_at) == (None, START + 1000)


def test_a_reopened_incident_was_resolved_at_first_and_settled_at_last() -> None:
    stages = (Stage.INVESTIGATING, Stage.RESOLVED, Stage.INVESTIGATING, Stage.RESOLVED)
    words = [post(stage, 200.0 * n) for n, stage in enumerate(stages, 1)]
    told = account(*words, post(Stage.POSTMORTEM, 5000.0))
    assert (told.resolved_at, told.settled_at) == (START + 400, START + 800)


def test_nothing_is_resolved_while_another_incident_of_theirs_goes_on() -> None:
    one, two = post(Stage.INVESTIGATING, 200.0), post(Stage.INVESTIGATING, 300.0, "v2")
    first_end, last_end = post(Stage.RESOLVED, 400.0), post(Stage.GONE, 900.0, "v2")
    assert account(one, two, first_end).resolved_at is None
    assert account(one, two, first_end, last_end).resolved_at == START + 900


def test_only_those_who_speak_for_us_have_a_word_about_ours() -> None:
    page = claim(ClaimState.MAJOR_OUTAGE, 200.0)
    assert account(claim(ClaimState.OPERATIONAL, 1.0, "sign-in"), page).lead_s is None


def test_trouble_that_eases_is_not_resolved() -> None:
    told = account(
        claim(ClaimState.MAJOR_OUTAGE, 200.0, "sign-in"),
        claim(ClaimState.DEGRADED_PERFORMANCE, 300.0, "sign-in"),
    )
    assert (told.lead_s, told.resolved_at) == (100, None)


def test_where_there_are_posts_they_say_when_it_was_resolved() -> None:
    told = account(
        post(Stage.INVESTIGATING, 200.0),
        claim(ClaimState.MAJOR_OUTAGE, 250.0, "sign-in"),
        post(Stage.RESOLVED, 400.0),
        claim(ClaimState.OPERATIONAL, 900.0, "sign-in"),
    )
    assert (told.resolved_at, told.settled_at) == (START + 400, START + 400)


def test_without_posts_the_components_say_when_all_was_well_again() -> None:
    told = account(
        claim(ClaimState.MAJOR_OUTAGE, 200.0, "sign-in"),
        claim(ClaimState.UNKNOWN, 300.0, "sign-in"),
        claim(ClaimState.OPERATIONAL, 700.0, "sign-in"),
    )
    assert told.resolved_at == START + 700


claims = st.builds(
    claim,
    st.sampled_from(ClaimState),
    st.floats(0, 3000),
    st.sampled_from(["page", "sign-in"]),
    st.none() | st.floats(-3000, 6000),
)
posts = st.builds(
    post,
    st.sampled_from(Stage),
    st.floats(0, 3000),
    st.sampled_from(["v1", "v2"]),
    ours=st.booleans(),
)


@given(st.lists(claims, max_size=12), st.lists(posts, max_size=12))
def test_whatever_is_said_an_account_holds_together(said: list[Claim], told: list[Post]) -> None:
    found = account(*said, *told)
    assert (found.acknowledged_at is None) == (found.lead_s is None)
    if found.acknowledged_at is not None:
        assert found.acknowledged_at >= START + 60 - ONSET_BLUR_S
        assert found.acknowledged_seen_at is not None
        assert found.acknowledged_at <= found.acknowledged_seen_at
    if found.resolved_at is not None:
        assert found.settled_at is not None
        assert found.acknowledged_at is not None
        assert found.acknowledged_at <= found.resolved_at <= found.settled_at
    assert found.premature_s is None or found.premature_s > 0
