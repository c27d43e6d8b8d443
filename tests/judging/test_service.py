from dataclasses import replace

from fed_paths import judged, run_of, service
from hypothesis import given
from hypothesis import strategies as st

from probe.judging.freshness import fresh_until, stands_s
from probe.judging.incident import shown
from probe.judging.service import ServiceMemory, begin, judge, resumed, review
from probe.judging.weight import Weight
from probe.model.incident import Incident, Transition
from probe.model.outcome import Outcome
from probe.model.run import StepResult
from probe.model.state import Finding, Plane, State, Verdict

ACME = service(
    {"name": "login", "plane": "control"},
    {"name": "usage", "plane": "control", "critical": False, "session": "login"},
    {"name": "api", "plane": "data"},
    {"name": "count", "plane": "data", "critical": False},
)
PATHS = [path.name for path in ACME.paths]
Step = tuple[str, Outcome]


class Story:
    """A service told run by run, 7.5 seconds apart."""

    def __init__(self) -> None:
        self.memory: ServiceMemory = begin(ACME, 0.0)
        self.at = 0.0
        self.credential = "old"
        self.transitions: list[Transition] = []
        self.incidents: list[Incident] = []

    def tell(self, path: str, outcome: Outcome) -> "Story":
        self.at += 7.5
        judgement = judged(self.memory, path, outcome, self.at, self.credential)
        self.memory = judgement.memory
        self._note(judgement.transition, judgement.incident)
        return self

    def rounds(self, times: int, /, **failing: Outcome) -> "Story":
        for _ in range(times):
            for path in PATHS:
                self.tell(path, failing.get(path, Outcome.OK))
        return self

    def wait(self, seconds: float) -> "Story":
        self.at += seconds
        judgement = review(self.memory, self.at)
        self.memory = judgement.memory
        self._note(judgement.transition, judgement.incident)
        return self

    def _note(self, transition: Transition | None, incident: Incident | None) -> None:
        self.transitions += [transition] if transition else []
        self.incidents += [incident] if incident else []

    @property
    def verdict(self) -> Verdict:
        return self.memory.status.verdict


def test_a_login_outage_is_told_from_an_outage() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR)
    assert story.verdict is Verdict.CONTROL_PLANE_DOWN
    assert story.memory.status.planes == {Plane.CONTROL: State.DOWN, Plane.DATA: State.UP}
    assert Finding.NEW_SESSIONS_ONLY in story.memory.status.findings


def test_an_incident_keeps_each_finding_with_the_time_at_which_it_was_first_seen() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR)
    began = story.memory.status.incident
    assert began is not None
    assert [sighting.finding for sighting in began.findings] == [Finding.NEW_SESSIONS_ONLY]
    assert began.findings[0].at == began.confirmed_at
    story.rounds(4, login=Outcome.THROTTLED).rounds(4, login=Outcome.SERVER_ERROR)
    later = story.memory.status.incident
    assert later is not None
    assert [sighting.finding for sighting in later.findings] == [
        Finding.NEW_SESSIONS_ONLY,
        Finding.THROTTLED,
    ]
    assert later.findings[0] == began.findings[0]
    assert later.findings[1].at > later.findings[0].at


def test_a_transition_says_why_and_how_fast() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR)
    change = story.transitions[-1]
    assert (change.old, change.new) == (Verdict.HEALTHY, Verdict.CONTROL_PLANE_DOWN)
    assert change.reason == "login is down: server_error at submit"
    assert change.first_bad_at == 97.5
    assert change.detection_s == 90.0
    assert change.causes[-1] == "login@187.5"


def test_an_incident_keeps_both_bounds_of_its_onset() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.TIMED_OUT)
    incident = story.incidents[-1]
    assert (incident.last_good_at, incident.opened_at) == (67.5, 97.5)
    assert incident.confirmed_at == 187.5


def test_a_healthy_stretch_shorter_than_quiet_after_separates_waves() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR).rounds(9)
    story.rounds(5, login=Outcome.SERVER_ERROR).rounds(5)
    incident = story.memory.status.incident
    assert incident is not None
    assert len(incident.waves) == 2
    assert all(wave.ended_at is not None for wave in incident.waves)


def test_a_wave_of_no_more_than_the_runs_that_confirm_it_ends_after_it_began() -> None:
    story = Story().rounds(4).rounds(6, api=Outcome.SERVER_ERROR).rounds(4)
    story.rounds(4, api=Outcome.SERVER_ERROR)
    assert story.verdict is Verdict.DATA_PLANE_DOWN
    assert story.rounds(4).verdict is Verdict.HEALTHY
    incident = story.memory.status.incident
    assert incident is not None
    _, second = incident.waves
    assert second.ended_at == incident.last_bad_at == second.started_at + 3 * 4 * 7.5


def test_a_longer_quiet_ends_the_incident_at_its_last_bad_run() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR).rounds(30)
    assert story.memory.status.incident is None
    closed = story.incidents[-1]
    assert closed.closed_at == closed.last_bad_at
    assert closed.settled_at is not None
    assert 600 <= closed.settled_at - closed.transitions[-1].at <= 600 + 30
    assert closed.signature == "control_plane_down: login"
    assert 60 <= closed.down_s["login"] <= 120


def test_an_incident_keeps_the_paths_that_move_in_it_though_the_verdict_stands() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR)
    told = len(story.incidents)
    story.rounds(4, login=Outcome.SERVER_ERROR, usage=Outcome.TIMED_OUT)
    story.rounds(6, login=Outcome.SERVER_ERROR)
    assert len(story.transitions) == 2
    incident = story.memory.status.incident
    assert incident is not None
    assert [(move.path, move.state, move.reason) for move in incident.moves] == [
        ("login", State.DOWN, "server_error at submit"),
        ("usage", State.DOWN, "timed_out at submit"),
        ("usage", State.UP, ""),
    ]
    assert [move.path for move in incident.silent_moves] == ["usage", "usage"]
    assert [each.moves[-1].state for each in story.incidents[told:]] == [State.DOWN, State.UP]


def test_a_path_that_becomes_unknown_is_told_once_with_the_verdict_that_names_it() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR)
    story.rounds(9, login=Outcome.SERVER_ERROR, api=Outcome.UNOBSERVED)
    incident = story.memory.status.incident
    assert incident is not None
    assert incident.transitions[-1].new is Verdict.UNKNOWN
    assert [(move.path, move.state) for move in incident.moves] == [
        ("login", State.DOWN),
        ("api", State.UNKNOWN),
    ]
    assert incident.moves[-1].at < incident.transitions[-1].at
    assert incident.silent_moves == ()


def test_an_incident_begins_with_the_paths_that_were_not_well_before_it() -> None:
    blind = Outcome.UNOBSERVED
    story = Story().rounds(3).rounds(5, api=blind)
    story.rounds(5, api=blind, login=Outcome.SERVER_ERROR)
    assert story.incidents == []
    story.rounds(4, login=Outcome.SERVER_ERROR)
    moves = {move.path: move for move in story.incidents[0].moves}
    assert moves["login"].state is State.DOWN
    assert moves["login"].at < story.incidents[0].confirmed_at


def test_an_authentication_cascade_is_seen_by_its_order() -> None:
    story = Story().rounds(3).rounds(5, login=Outcome.SERVER_ERROR)
    story.rounds(5, login=Outcome.SERVER_ERROR, api=Outcome.UNAUTHORIZED)
    assert story.verdict is Verdict.OUTAGE
    assert Finding.AUTH_CASCADE in story.memory.status.findings


def test_both_planes_failing_together_are_no_cascade() -> None:
    story = Story().rounds(3).rounds(5, login=Outcome.TIMED_OUT, api=Outcome.TIMED_OUT)
    assert story.verdict is Verdict.OUTAGE
    assert Finding.AUTH_CASCADE not in story.memory.status.findings


def lost(canary: bool, login: Outcome = Outcome.OK) -> Story:  # noqa: FBT001 - what is told apart
    """Usage answers with the wrong content inside a session, time and again."""
    story = Story().rounds(3)
    step = StepResult(name="submit", outcome=Outcome.BAD_CONTENT, duration_s=0.0, canary=canary)
    for _ in range(5):
        story.rounds(1, login=login, usage=Outcome.BAD_CONTENT)
        run = replace(run_of("usage", Outcome.BAD_CONTENT, story.at), steps=(step,))
        story.memory = judge(story.memory, run, fresh_until=story.at + 90).memory
    return story


def test_a_session_without_its_canary_is_lost_while_new_logins_work() -> None:
    assert Finding.SESSION_LOST in lost(canary=True).memory.status.findings


def test_a_session_is_not_called_lost_for_other_content_or_while_logins_fail() -> None:
    assert Finding.SESSION_LOST not in lost(canary=False).memory.status.findings
    failing = lost(canary=True, login=Outcome.SERVER_ERROR)
    assert Finding.SESSION_LOST not in failing.memory.status.findings


def test_one_failing_method_leaves_the_data_plane_impaired() -> None:
    story = Story().rounds(3).rounds(5, count=Outcome.SERVER_ERROR)
    assert story.verdict is Verdict.DEGRADED
    assert Finding.PARTIAL_DATA_PLANE in story.memory.status.findings


def test_usage_is_not_called_the_only_failure_while_nobody_knows_whether_logins_work() -> None:
    failing = {"usage": Outcome.SERVER_ERROR}
    known = Story().rounds(3).rounds(5, **failing)
    unseen = (
        Story().rounds(1, login=Outcome.UNOBSERVED).rounds(5, login=Outcome.UNOBSERVED, **failing)
    )
    assert Finding.USAGE_ONLY in known.memory.status.findings
    assert Finding.USAGE_ONLY not in unseen.memory.status.findings


def test_throttled_usage_alone_is_named() -> None:
    story = Story().rounds(3).rounds(5, usage=Outcome.THROTTLED)
    assert story.verdict is Verdict.DEGRADED
    assert story.memory.status.findings == {Finding.USAGE_ONLY, Finding.THROTTLED}


def test_a_credential_that_never_worked_is_our_own_fault() -> None:
    story = Story().rounds(30, login=Outcome.UNAUTHORIZED)
    assert story.verdict is Verdict.UNKNOWN
    assert Finding.CREDENTIAL_REFUSED in story.memory.status.findings


def test_a_credential_that_worked_and_is_refused_now_is_their_failure() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.UNAUTHORIZED)
    assert story.verdict is Verdict.CONTROL_PLANE_DOWN


def test_a_credential_that_worked_a_day_ago_and_no_later_is_our_own_affair() -> None:
    worked = judged(begin(ACME, 0.0), "login", Outcome.OK, 100.0, "key").memory
    for at, weight in ((100.0 + 86_400, Weight.BAD), (100.0 + 86_401, Weight.NONE)):
        refused = judged(worked, "login", Outcome.UNAUTHORIZED, at, "key").memory
        assert (refused.paths["login"].streak_of is Weight.BAD) is (weight is Weight.BAD)


def test_a_path_is_judged_by_the_numbers_of_its_own_configuration() -> None:
    quick = {"plane": "control", "fail_after": 2, "recover_after": 1}
    memory = begin(service({"name": "slow", "plane": "control"}, {"name": "quick", **quick}), 0.0)
    seen = []
    for at, outcome in enumerate((Outcome.OK, *[Outcome.SERVER_ERROR] * 2, Outcome.OK), 1):
        memory = judged(memory, "quick", outcome, at * 10.0).memory
        seen.append(memory.status.path("quick").state)
    assert seen == [State.UP, State.UP, State.DOWN, State.UP]


def test_one_path_whose_evidence_goes_stale_first_is_unknown_at_once() -> None:
    story = Story().rounds(3).wait(69)
    assert [path.state for path in story.memory.status.paths] == [State.UNKNOWN, *[State.UP] * 3]
    assert story.verdict is Verdict.UNKNOWN


def test_what_we_ran_into_explains_a_path_that_is_unknown() -> None:
    story = Story().tell("login", Outcome.CHALLENGED)
    failure = story.memory.status.path("login").last_failure
    assert failure is not None
    assert failure.outcome is Outcome.CHALLENGED


def test_a_good_run_is_nobodys_last_failure() -> None:
    story = Story().rounds(1).rounds(1, api=Outcome.SERVER_ERROR).rounds(1)
    failure = story.memory.status.path("api").last_failure
    assert failure is not None
    assert failure.outcome is Outcome.SERVER_ERROR
    assert story.memory.status.path("login").last_failure is None


def test_an_incident_begins_with_the_first_trouble_that_was_seen_while_all_was_unknown() -> None:
    story = Story()
    for path in ("api", "count"):
        for _ in range(5):
            story.tell(path, Outcome.SLOW)
    assert story.incidents == []
    opened = story.tell("login", Outcome.OK).incidents[-1]
    assert (opened.opened_at, opened.last_good_at) == (7.5, None)


def test_a_blip_of_a_path_that_stays_up_is_not_the_beginning_of_another_ones_outage() -> None:
    story = Story().rounds(3).rounds(1, count=Outcome.SERVER_ERROR)
    story.rounds(4, login=Outcome.SERVER_ERROR)
    assert story.incidents[0].opened_at == 4 * 30 + 7.5
    assert story.transitions[-1].first_bad_at == 4 * 30 + 7.5


def test_a_path_that_goes_down_as_the_other_plane_goes_stale_opens_no_incident() -> None:
    story = Story().rounds(3)
    for wait in (0, 0, 0, 60):
        story.at += wait
        story.tell("api", Outcome.SERVER_ERROR)
    assert story.memory.status.planes == {Plane.CONTROL: State.UNKNOWN, Plane.DATA: State.DOWN}
    assert story.transitions[-1].new is Verdict.UNKNOWN
    assert story.transitions[-1].first_bad_at is None
    assert story.incidents == []


def test_a_blip_in_the_quiet_after_an_outage_is_no_part_of_it() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR).rounds(4)
    incident = story.memory.status.incident
    assert incident is not None
    assert story.verdict is Verdict.HEALTHY
    after = story.tell("api", Outcome.SERVER_ERROR).memory.status.incident
    assert after is not None
    assert after.last_bad_at == incident.last_bad_at


def test_time_that_passes_without_a_run_prolongs_no_wave() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR)
    incident = story.memory.status.incident
    grown = story.wait(60).memory.status.incident
    assert incident is not None
    assert grown is not None
    assert grown.last_bad_at == incident.last_bad_at


def test_no_second_of_an_outage_counts_twice_though_the_clock_is_set_back() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR).wait(30)
    incident, at = story.memory.status.incident, story.at
    back = judged(story.memory, "login", Outcome.SERVER_ERROR, at - 60).memory
    grown = review(review(back, at - 50).memory, at).memory.status.incident
    assert incident is not None
    assert grown is not None
    assert grown.down_s == incident.down_s


def test_a_change_for_the_better_names_what_is_up() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR).rounds(4)
    assert story.transitions[-1].reason == "login is up"


def test_a_verdict_that_only_another_configuration_changed_says_so_and_prolongs_nothing() -> None:
    known = Story().rounds(3).rounds(4, count=Outcome.SERVER_ERROR).memory
    weightier = tuple(replace(path, critical=True) for path in known.status.paths)
    judgement = resumed(replace(known, status=replace(known.status, paths=weightier)), 250.0)
    change, incident, before = judgement.transition, judgement.incident, known.status.incident
    assert change is not None
    assert (change.new, change.at) == (Verdict.DATA_PLANE_DOWN, 250.0)
    assert change.reason == "the configuration changed"
    assert incident is not None
    assert before is not None
    assert incident.last_bad_at == before.last_bad_at


def test_a_change_of_several_paths_names_each() -> None:
    story = Story().rounds(3).wait(91)
    reasons = [f"{path} is unknown" for path in PATHS]
    assert story.transitions[-1].reason == "; ".join(reasons)


def test_a_change_of_verdict_names_the_last_four_runs_that_caused_it() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.SERVER_ERROR)
    changed = story.transitions[-1]
    assert changed.new is Verdict.CONTROL_PLANE_DOWN
    assert changed.causes == tuple(
        f"login@{(12 + 4 * number + 1) * 7.5:.1f}" for number in range(4)
    )


def test_a_credential_that_answered_slowly_has_worked() -> None:
    story = Story().rounds(3, login=Outcome.SLOW).rounds(8, login=Outcome.UNAUTHORIZED)
    assert story.verdict is not Verdict.UNKNOWN
    assert Finding.CREDENTIAL_REFUSED not in story.memory.status.findings


def test_a_session_that_ended_in_an_outage_of_its_login_is_no_fault_of_our_credential() -> None:
    story = Story().rounds(3).rounds(4, login=Outcome.UNAUTHORIZED)
    story.tell("usage", Outcome.UNAUTHORIZED)
    for _ in range(20):  # nobody can sign in, so that nobody asks for the usage
        story.tell("login", Outcome.UNAUTHORIZED).tell("api", Outcome.OK)
    states = {path.path: path.state for path in story.memory.status.paths}
    assert (states["login"], states["usage"]) == (State.DOWN, State.UNKNOWN)
    assert Finding.CREDENTIAL_REFUSED not in story.memory.status.findings


def test_a_credential_that_took_the_place_of_one_that_worked_has_yet_to_work() -> None:
    story = Story().rounds(3)
    story.credential = "new, with a typing error"
    story.rounds(30, login=Outcome.UNAUTHORIZED)
    assert story.verdict is Verdict.UNKNOWN
    assert Finding.CREDENTIAL_REFUSED in story.memory.status.findings


def perhaps_refused(memory: ServiceMemory, at: float, credential: str) -> ServiceMemory:
    run = run_of("login", Outcome.BAD_CONTENT, at, credential=credential)
    step = StepResult(
        name="submit", outcome=Outcome.BAD_CONTENT, duration_s=0.0, perhaps_refused=True
    )
    return judge(memory, replace(run, steps=(step,)), fresh_until=at + 90).memory


def test_what_may_be_a_wrong_password_that_never_worked_is_our_own_fault() -> None:
    story = Story().rounds(3)
    for login in range(30):
        story.memory = perhaps_refused(story.memory, story.at + login, "mistyped")
    assert story.memory.status.verdict is Verdict.HEALTHY
    story = Story()
    for login in range(30):
        story.memory = perhaps_refused(story.memory, story.at + login, "mistyped")
    assert story.memory.status.verdict is Verdict.UNKNOWN
    assert Finding.CREDENTIAL_REFUSED in story.memory.status.findings


def test_a_run_that_is_excused_is_no_wrong_password() -> None:
    story = Story()
    for login in range(3):
        run = run_of("login", Outcome.UNOBSERVED, story.at + login)
        step = StepResult(
            name="submit", outcome=Outcome.BAD_CONTENT, duration_s=0.0, perhaps_refused=True
        )
        doubted = replace(run, steps=(step,))
        story.memory = judge(story.memory, doubted, fresh_until=story.at + 90).memory
    assert Finding.CREDENTIAL_REFUSED not in story.memory.status.findings


def test_what_may_be_a_wrong_password_is_their_failure_where_it_ever_worked() -> None:
    story = Story().rounds(3).wait(3 * 86400)
    for login in range(4):
        story.memory = perhaps_refused(story.memory, story.at + login, story.credential)
    (path,) = (path for path in story.memory.status.paths if path.path == "login")
    assert path.state is State.DOWN


def test_a_prober_that_cannot_look_says_unknown_and_blind() -> None:
    blind = dict.fromkeys(PATHS, Outcome.UNOBSERVED)
    story = Story().rounds(3).rounds(6, **blind)
    assert story.verdict is Verdict.UNKNOWN
    assert Finding.BLIND in story.memory.status.findings
    assert story.incidents == []


def test_silence_turns_every_verdict_into_unknown() -> None:
    story = Story().rounds(3).wait(121)
    assert story.verdict is Verdict.UNKNOWN
    assert story.transitions[-1].reason.count("is unknown") == 4


steps = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(Outcome)), max_size=120)
OURS = [Outcome.UNOBSERVED, Outcome.CHALLENGED, Outcome.QUOTA_EXHAUSTED]


def _told(story: list[Step]) -> Story:
    told = Story()
    for path, outcome in story:
        told.tell(path, outcome)
    return told


@given(steps)
def test_every_transition_has_a_cause(story: list[Step]) -> None:
    for change in _told(story).transitions:
        assert change.old is not change.new
        assert change.reason
        assert change.causes or change.new is Verdict.UNKNOWN


@given(steps)
def test_no_verdict_stands_without_fresh_evidence(story: list[Step]) -> None:
    told = _told(story).wait(10_000)
    assert told.verdict is Verdict.UNKNOWN


@given(steps)
def test_the_moves_of_an_open_incident_leave_each_path_where_it_stands(story: list[Step]) -> None:
    told = Story()
    for path, outcome in story:
        incident = told.tell(path, outcome).memory.status.incident
        if incident is not None:
            left = {move.path: move.state for move in incident.moves}
            for status in told.memory.status.paths:
                assert left.get(status.path, State.UP) is status.state


@given(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(OURS)), max_size=120))
def test_what_was_not_seen_never_moves_a_path_to_down(story: list[Step]) -> None:
    told = Story().rounds(3)
    for path, outcome in story:
        told.tell(path, outcome)
        assert all(path.state is not State.DOWN for path in told.memory.status.paths)
    assert told.incidents == []


@given(steps)
def test_an_incident_never_ends_before_it_begins(story: list[Step]) -> None:
    told = _told(story).rounds(45)
    for incident in told.incidents:
        assert incident.last_good_at is None or incident.last_good_at < incident.opened_at
        assert incident.opened_at <= incident.confirmed_at
        for wave in incident.waves:
            assert wave.ended_at is None or wave.started_at <= wave.ended_at
    assert told.memory.status.incident is None


def test_a_path_is_unknown_since_its_evidence_went_stale_not_since_we_noticed() -> None:
    memory = begin(service({"name": "api", "plane": "data"}), 0.0)
    for at in (30.0, 60.0):
        memory = judged(memory, "api", Outcome.OK, at).memory
    (path,) = review(memory, 7260.0).memory.status.paths
    assert (path.state, path.since) == (State.UNKNOWN, 150.0)


def test_a_path_that_is_up_again_after_a_gap_that_nobody_reviewed_is_up_since_then() -> None:
    memory = begin(service({"name": "api", "plane": "data"}), 0.0)
    for at in (30.0, 60.0, 7260.0):
        memory = judged(memory, "api", Outcome.OK, at).memory
    (path,) = memory.status.paths
    assert (path.state, path.since) == (State.UP, 7260.0)


def test_a_path_that_is_seen_again_after_a_silence_is_up_since_then() -> None:
    story = Story().rounds(3).wait(1000).rounds(1)
    assert story.memory.status.path("login").since == story.at - 3 * 7.5


def test_evidence_stands_for_three_intervals_or_a_run_that_hangs_and_a_rest_before() -> None:
    acme = service(
        {"name": "login", "plane": "control", "timeout": 10.0},
        {"name": "slow", "plane": "control", "timeout": 70.0},
    )
    for path, stands in zip(acme.paths, (90, 60 + 70), strict=True):
        run = run_of(path.name, Outcome.THROTTLED, 100.0)
        assert fresh_until(run, path) == 100 + stands
        assert fresh_until(run, path, 50.0) == 100 + stands
        assert fresh_until(run, path, 900.0) == 900 + stands


def test_a_path_that_hangs_for_longer_than_three_intervals_goes_down_and_stays_so() -> None:
    hasty = service(
        {"name": "login", "plane": "control", "interval": 2.0, "timeout": 10.0},
        {"name": "api", "plane": "data", "interval": 2.0, "timeout": 10.0},
    )
    memory, verdicts = begin(hasty, 0.0), []
    for second in range(1, 100):
        outcomes = {"api": Outcome.OK} if second % 2 else {}
        if second == 1:
            outcomes["login"] = Outcome.OK
        if second % 12 == 0:  # begun two seconds after the last one ended, and hung for ten
            outcomes["login"] = Outcome.TIMED_OUT
        for path, outcome in outcomes.items():
            run = run_of(path, outcome, second)
            memory = judge(memory, run, fresh_until=second + stands_s(2.0, 10.0)).memory
        memory = review(memory, second).memory
        verdicts.append(memory.status.verdict)
    assert Verdict.UNKNOWN not in verdicts
    assert verdicts[-1] is Verdict.CONTROL_PLANE_DOWN
    incident = memory.status.incident
    assert incident is not None
    assert len(incident.transitions) == 1


def test_what_was_not_seen_explains_no_trouble() -> None:
    story = Story().rounds(4).rounds(8, usage=Outcome.THROTTLED)
    assert Finding.THROTTLED in story.memory.status.findings
    for outcome in (Outcome.UNOBSERVED, Outcome.CHALLENGED, Outcome.QUOTA_EXHAUSTED):
        status = story.tell("usage", outcome).memory.status
        assert Finding.THROTTLED in status.findings
        usage = next(path for path in status.paths if path.path == "usage")
        assert usage.last_failure is not None
        assert usage.last_failure.outcome is Outcome.THROTTLED
        assert usage.last_run is not None
        assert usage.last_run.outcome is outcome


def test_a_change_of_verdict_names_what_was_seen_though_a_run_since_saw_nothing() -> None:
    story = Story().rounds(4).rounds(5, login=Outcome.SERVER_ERROR)
    story.tell("login", Outcome.UNOBSERVED).tell("api", Outcome.OK)
    login = story.memory.status.paths[0]
    assert shown(login) == "server_error at submit"
