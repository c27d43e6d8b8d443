from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import a_run

from probe.config.path import ProbePath
from probe.config.plan import requests_by_host
from probe.config.settings import Settings
from probe.model.outcome import Outcome
from probe.model.run import Hop, StepResult
from probe.model.state import SkipReason
from probe.observing.answers.retry_after import SPENT_S
from probe.running.restraint.allowance import confirm_budget
from probe.running.restraint.budgets import TokenBucket
from probe.running.restraint.politeness import Politeness

HOUR = 3600.0


def settings(**politeness: object) -> Settings:
    step = {"request": "GET http://a.invalid/x"}
    paths = [
        {"name": "login", "plane": "control", "steps": [{"name": "one", **step}, step]},
        {"name": "api", "plane": "data", "steps": [step]},
    ]
    return Settings.model_validate(
        {"politeness": politeness, "services": [{"name": "acme", "paths": paths}]}
    )


class Polite:
    def __init__(self, **politeness: object) -> None:
        self.settings = settings(**politeness)
        self.inside = False
        self.politeness = Politeness(self.settings, 0.0, lambda _service, _path: self.inside)
        self.service = self.settings.services[0]

    def ask(self, path: int, now: float, *, confirmation: bool = False) -> SkipReason | None:
        return self.politeness.spend(
            self.service, self.service.paths[path], now, confirmation=confirmation
        )

    def learn(
        self,
        outcome: Outcome,
        at: float,
        retry_after: float | None = None,
        steps: tuple[StepResult, ...] = (),
    ) -> float | None:
        step = StepResult(name="one", outcome=outcome, duration_s=0, retry_after_s=retry_after)
        run = a_run(started_at=at, duration_s=0, outcome=outcome, steps=steps or (step,))
        return self.politeness.learn(self.service, self.service.paths[0], run)


def test_a_path_rests_as_long_as_it_was_asked_to() -> None:
    polite = Polite()
    assert polite.learn(Outcome.THROTTLED, 0, retry_after=100) == 100
    assert polite.ask(0, 99) is SkipReason.RETRY_AFTER
    assert polite.ask(1, 99) is None
    assert polite.ask(0, 100) is None


def test_an_endless_retry_after_is_capped() -> None:
    assert Polite().learn(Outcome.OVERLOADED, 0, retry_after=1e9) == 900


def test_refused_credentials_back_off_to_one_in_fifteen_minutes() -> None:
    polite, at, gaps = Polite(), 0.0, []
    for _ in range(9):
        rests_until = polite.learn(Outcome.UNAUTHORIZED, at) or at
        due = at + 30
        while polite.ask(0, due) is not None:
            due += 30
        gaps.append(due - at)
        assert rests_until <= due
        at = due
    assert gaps[0] == 30
    assert gaps[-1] >= 890
    assert gaps == sorted(gaps)


def test_the_wait_after_a_refusal_is_told_with_the_refusal_that_causes_it() -> None:
    polite = Polite()
    told = [polite.learn(Outcome.UNAUTHORIZED, at) for at in (0, 30, 90, 210)]
    waits = [(30, 60), (90, 120), (210, 240)]
    assert told == [None, *(pytest.approx(at + wait - 3) for at, wait in waits)]


def test_no_more_than_six_refused_logins_fall_into_ten_minutes() -> None:
    polite, at, tried = Polite(), 0.0, []
    while at < 7200:
        if polite.ask(0, at) is None:
            tried.append(at)
            polite.learn(Outcome.UNAUTHORIZED, at)
        at += 30
    assert max(sum(start <= t < start + 600 for t in tried) for start in tried) < 6


def test_an_account_refused_five_times_in_an_hour_rests_for_fifteen_minutes() -> None:
    polite = Polite()
    for at in range(0, 2400, 600):
        assert polite.learn(Outcome.UNAUTHORIZED, at) is None
        assert polite.learn(Outcome.OK, at + 300) is None
    assert polite.learn(Outcome.UNAUTHORIZED, 2400) == pytest.approx(2400 + 900, abs=3)
    assert polite.ask(0, 3200) is SkipReason.CREDENTIAL_BACKOFF
    assert polite.ask(1, 3200) is None


def test_refusals_of_an_earlier_hour_are_forgotten() -> None:
    polite = Polite()
    for at in range(0, 2400, 600):
        polite.learn(Outcome.UNAUTHORIZED, at)
        polite.learn(Outcome.OK, at + 300)
    assert polite.learn(Outcome.UNAUTHORIZED, 3601) is None


def test_no_hour_sees_more_than_nine_refused_logins_even_with_successes_between() -> None:
    polite, refused = Polite(), []
    for at in range(0, 4 * 3600, 30):
        if polite.ask(0, at) is None:
            polite.learn(Outcome.UNAUTHORIZED, at)
            refused.append(at)
            if len(refused) < 5:
                polite.learn(Outcome.OK, at + 1)
    assert max(sum(start <= t < start + 3600 for t in refused) for start in refused) <= 9


def test_a_refused_login_is_never_confirmed_at_once() -> None:
    polite = Polite()
    polite.learn(Outcome.UNAUTHORIZED, 0)
    assert polite.ask(0, 2, confirmation=True) is SkipReason.CREDENTIAL_BACKOFF


def test_no_failure_of_another_kind_shortens_a_wait() -> None:
    polite = Polite()
    polite.learn(Outcome.THROTTLED, 0, retry_after=600)
    polite.learn(Outcome.TIMED_OUT, 1)
    assert polite.ask(0, 500) is SkipReason.RETRY_AFTER


def test_a_time_out_between_refusals_does_not_start_the_back_off_anew() -> None:
    polite = Polite()
    for at in (0, 30, 90, 210):
        polite.learn(Outcome.UNAUTHORIZED, at)
    polite.learn(Outcome.UNOBSERVED, 450)
    assert (polite.learn(Outcome.UNAUTHORIZED, 480) or 0) > 900


def test_what_was_asked_of_us_outlives_a_reload() -> None:
    polite = Polite()
    polite.learn(Outcome.THROTTLED, 0, retry_after=600)
    polite.politeness.adopt(polite.settings, 10)
    assert polite.ask(0, 20) is SkipReason.RETRY_AFTER


def test_a_reload_between_two_refusals_does_not_start_the_back_off_anew() -> None:
    polite = Polite()
    for at in (0, 60, 180):
        polite.learn(Outcome.UNAUTHORIZED, at)
    polite.politeness.adopt(polite.settings, 600)
    polite.learn(Outcome.UNAUTHORIZED, 600)
    assert polite.ask(0, 800) is SkipReason.CREDENTIAL_BACKOFF


def test_a_service_that_is_taken_away_and_brought_back_has_nothing_more_to_spend() -> None:
    polite = Polite(host_requests_per_minute=10_000)
    polite.learn(Outcome.THROTTLED, 0, retry_after=600)
    while polite.ask(1, 1, confirmation=True) is None:
        pass
    (acme,) = polite.settings.services
    other = polite.settings.model_copy(
        update={"services": (acme.model_copy(update={"name": "b"}),)}
    )
    for loaded in (other, polite.settings):
        polite.politeness.adopt(loaded, 2)
    assert polite.ask(0, 3) is SkipReason.RETRY_AFTER
    assert polite.ask(1, 3, confirmation=True) is SkipReason.CONFIRM_BUDGET


def test_a_reload_ends_a_rest_for_an_exhausted_quota_and_no_other_of_the_same_path() -> None:
    polite = Polite()
    polite.learn(Outcome.QUOTA_EXHAUSTED, 0)
    assert polite.ask(0, 3500) is SkipReason.RETRY_AFTER
    polite.politeness.adopt(polite.settings, 3510)
    assert polite.ask(0, 3520) is None
    polite.learn(Outcome.QUOTA_EXHAUSTED, 3520)
    polite.learn(Outcome.THROTTLED, 7200, retry_after=600)
    polite.politeness.adopt(polite.settings, 7210)
    assert polite.ask(0, 7220) is SkipReason.RETRY_AFTER


def test_what_was_spent_at_a_host_stays_spent_over_a_reload() -> None:
    polite = Polite(host_requests_per_minute=3)
    assert polite.ask(0, 0) is None
    polite.politeness.adopt(polite.settings, 0)
    assert [polite.ask(1, 0) for _ in range(2)] == [None, SkipReason.HOST_BUDGET]


def test_a_reload_may_take_a_host_away_and_bring_it_back() -> None:
    polite = Polite()
    step = {"request": "GET http://b.invalid/x"}
    paths = [{"name": "login", "plane": "control", "steps": [step]}]
    elsewhere = Settings.model_validate({"services": [{"name": "acme", "paths": paths}]})
    for loaded in (elsewhere, polite.settings):
        polite.politeness.adopt(loaded, 1)
    assert polite.ask(0, 2) is None


def test_paths_of_the_same_name_rest_apart() -> None:
    polite = Polite()
    other = polite.service.model_copy(update={"name": "other"})
    both = polite.settings.model_copy(update={"services": (polite.service, other)})
    polite.politeness.adopt(both, 0)
    polite.learn(Outcome.THROTTLED, 0, retry_after=600)
    assert polite.politeness.spend(other, other.paths[0], 10, confirmation=False) is None


def test_what_rests_is_not_to_be_confirmed() -> None:
    polite = Polite()
    path = polite.service.paths[0]
    polite.learn(Outcome.OVERLOADED, 0, retry_after=600)
    assert not polite.politeness.confirmable(polite.service, path, 10, sparing=False)
    assert polite.politeness.confirmable(polite.service, path, 600, sparing=False)


@pytest.mark.parametrize(
    ("outcome", "longest"), [(Outcome.UNAUTHORIZED, 900), (Outcome.QUOTA_EXHAUSTED, 4 * HOUR)]
)
def test_what_lasts_for_months_is_waited_for_no_longer(outcome: Outcome, longest: float) -> None:
    polite = Polite()
    waits = [(polite.learn(outcome, at) or 0) - at for at in range(1100)]
    assert max(waits) == waits[-1] == pytest.approx(longest, abs=3)


class WithoutSession(Polite):
    """Two more paths, `kept` and `waits`, which have lost the session of the login."""

    def __init__(self) -> None:
        super().__init__()
        self.kept, self.waits = (
            self.service.paths[1].model_copy(update={"name": name, "session": "login"})
            for name in ("kept", "waits")
        )

    def enter(
        self, path: ProbePath, now: float, *, confirmation: bool = False
    ) -> SkipReason | None:
        return self.politeness.spend(self.service, path, now, confirmation=confirmation)

    def turn_away(
        self,
        path: ProbePath,
        outcome: Outcome,
        at: float,
        *,
        retry_after: float | None = None,
        shared: bool = False,
    ) -> float | None:
        """Until when `path` rests after a run that ended at its login."""
        step = StepResult(
            name="session/one",
            outcome=outcome,
            duration_s=0,
            retry_after_s=retry_after,
            shared=shared,
        )
        run = a_run(
            path=path.name,
            started_at=at,
            duration_s=0,
            outcome=outcome,
            failed_step=step.name,
            steps=(step,),
        )
        return self.politeness.learn(self.service, path, run)


def test_a_path_without_its_session_waits_as_long_as_its_login_was_asked_to() -> None:
    polite = WithoutSession()
    polite.learn(Outcome.THROTTLED, 0, retry_after=100)
    assert polite.enter(polite.kept, 99) is SkipReason.RETRY_AFTER
    polite.inside = True
    assert polite.enter(polite.kept, 99) is None
    polite.inside = False
    assert polite.enter(polite.kept, 100) is None


def test_a_login_that_asked_one_path_to_wait_is_asked_by_that_one_first() -> None:
    polite = WithoutSession()
    assert polite.turn_away(polite.kept, Outcome.THROTTLED, 0, retry_after=100) == 100
    polite.turn_away(polite.waits, Outcome.THROTTLED, 0, retry_after=100, shared=True)
    assert polite.enter(polite.waits, 99) is SkipReason.RETRY_AFTER
    assert polite.enter(polite.waits, 129) is SkipReason.RETRY_AFTER
    assert polite.enter(polite.kept, 100) is None
    assert polite.enter(polite.waits, 130) is None


def test_a_path_that_is_due_sooner_than_the_one_that_was_asked_to_wait_need_not_let_it_pass() -> (
    None
):
    polite = WithoutSession()
    polite.turn_away(polite.kept, Outcome.THROTTLED, 100, retry_after=100)
    sooner = polite.waits.model_copy(update={"interval": 20.0})
    assert polite.enter(sooner, 199) is SkipReason.RETRY_AFTER
    assert polite.enter(sooner, 200) is None


def test_a_login_that_asked_another_path_to_wait_keeps_its_own_turns_and_ends_the_wait() -> None:
    polite = WithoutSession()
    polite.turn_away(polite.kept, Outcome.THROTTLED, 100, retry_after=100)
    assert polite.ask(0, 130) is None
    assert polite.enter(polite.waits, 140) is SkipReason.RETRY_AFTER
    polite.learn(Outcome.OK, 140)
    assert polite.enter(polite.waits, 140) is None


def test_a_path_without_its_session_waits_for_the_refused_login() -> None:
    polite = WithoutSession()
    for at in (0, 30, 90):
        polite.learn(Outcome.UNAUTHORIZED, at)
    polite.inside = True
    assert polite.enter(polite.kept, 95) is None
    polite.inside = False
    polite.turn_away(polite.kept, Outcome.UNAUTHORIZED, 95)
    assert polite.enter(polite.kept, 125) is SkipReason.CREDENTIAL_BACKOFF
    for _ in range(3):  # it waited for the login of another run, which counts that
        polite.turn_away(polite.waits, Outcome.UNAUTHORIZED, 95, shared=True)
    assert polite.ask(0, 320) is SkipReason.CREDENTIAL_BACKOFF
    assert polite.ask(0, 340) is None
    asked = polite.enter(polite.waits, 2000, confirmation=True)
    assert asked is SkipReason.CREDENTIAL_BACKOFF


def test_a_success_ends_the_back_off() -> None:
    polite = Polite()
    for at in (0, 30, 90):
        polite.learn(Outcome.UNAUTHORIZED, at)
    polite.learn(Outcome.OK, 300)
    assert polite.ask(0, 330) is None


def test_confirmations_end_with_their_budget_and_planned_runs_go_on() -> None:
    polite = Polite(host_requests_per_minute=10_000)
    asked = [polite.ask(0, 1, confirmation=True) for _ in range(100)]
    granted = asked.count(None)
    assert asked[granted:] == [SkipReason.CONFIRM_BUDGET] * (100 - granted)
    assert granted == 48
    assert polite.ask(0, 3590, confirmation=True) is SkipReason.CONFIRM_BUDGET
    assert polite.ask(0, 1) is None


def test_a_path_that_runs_rarely_may_be_confirmed_once_in_an_hour() -> None:
    (acme,) = settings().services
    rare = [path.model_copy(update={"interval": HOUR}) for path in acme.paths]
    assert confirm_budget(acme.model_copy(update={"paths": tuple(rare)})) == 2 * 3


def test_confirmations_send_no_more_to_a_host_at_once_than_four_rounds_do() -> None:
    polite = Polite()
    path = polite.service.paths[0]
    spares = []
    for _ in range(6):
        spares.append(polite.politeness.confirmable(polite.service, path, 1, sparing=True))
        assert polite.ask(0, 1, confirmation=True) is None
    assert spares == [True] * 3 + [False] * 3
    assert polite.ask(0, 1, confirmation=True) is SkipReason.HOST_BUDGET


def test_planned_runs_never_meet_the_host_budget_that_follows_from_the_plan() -> None:
    polite = Polite()
    for number in range(1000):
        assert polite.ask(0, number * 30.0) is None
        assert polite.ask(1, number * 30.0 + 15) is None


def test_confirmations_that_spend_the_budget_do_not_stop_planned_runs() -> None:
    polite = Polite()
    while polite.ask(0, 1, confirmation=True) is None:
        pass
    assert [polite.ask(0, 1 + 30 * number) for number in range(100)] == [None] * 100


def test_a_host_budget_is_shared_by_all_paths() -> None:
    polite = Polite(host_requests_per_minute=3)
    assert polite.ask(0, 0) is None
    assert polite.ask(1, 0) is None
    assert polite.ask(1, 0) is SkipReason.HOST_BUDGET
    assert polite.ask(1, 21) is None


def test_under_a_host_budget_below_the_plan_every_path_has_its_turns() -> None:
    polite = Polite(host_requests_per_minute=3)
    turns: dict[int, list[SkipReason | None]] = {0: [], 1: []}
    for number in range(200):
        for path in (1, 0):
            turns[path].append(polite.ask(path, 30.0 * number))
    taken = {path: asked.count(None) for path, asked in turns.items()}
    assert min(taken.values()) >= 90
    assert 2 * taken[0] + taken[1] <= 3 + 3 * 100


def test_a_host_budget_is_charged_with_what_a_run_sent_beyond_its_plan() -> None:
    polite = Polite(host_requests_per_minute=6)
    assert polite.ask(1, 0) is None
    hops = tuple(Hop(url="http://a.invalid/", status=302, phases={}) for _ in range(9))
    step = StepResult(name="one", outcome=Outcome.OK, duration_s=0, hops=hops)
    polite.learn(Outcome.OK, 0, steps=(step,))
    assert polite.ask(1, 20) is SkipReason.HOST_BUDGET
    assert polite.ask(1, 31) is None


def redirected(host: str = "a.invalid") -> tuple[StepResult, ...]:
    hops = tuple(Hop(url=f"http://{host}/", status=302, phases={}) for _ in range(9))
    return (StepResult(name="one", outcome=Outcome.OK, duration_s=0, hops=hops),)


def test_a_run_may_be_led_to_a_host_that_no_plan_names() -> None:
    polite = Polite(host_requests_per_minute=6)
    polite.learn(Outcome.OK, 0, steps=redirected("elsewhere.invalid"))
    assert [polite.ask(0, 0) for _ in range(3)] == [None] * 3


def test_a_login_that_another_run_took_is_charged_to_that_alone() -> None:
    polite = Polite(host_requests_per_minute=6)
    polite.learn(Outcome.OK, 0, steps=tuple(replace(step, shared=True) for step in redirected()))
    assert [polite.ask(0, 0) for _ in range(3)] == [None] * 3


def test_redirects_take_no_confirmation_from_what_the_plan_allows() -> None:
    polite = Polite()
    polite.learn(Outcome.OK, 0, steps=redirected())
    assert [polite.ask(0, 0, confirmation=True) for _ in range(6)] == [None] * 6


def test_what_a_remembered_run_sent_was_charged_in_its_time() -> None:
    polite = Polite(host_requests_per_minute=6)
    polite.learn(Outcome.OK, -1, steps=redirected())
    assert [polite.ask(0, 0) for _ in range(3)] == [None] * 3


def test_a_path_that_sends_more_than_a_minute_allows_has_its_turn_all_the_same() -> None:
    polite = Polite(host_requests_per_minute=1)
    asked = [polite.ask(0, 30.0 * number) for number in range(5)]
    assert asked == [None, *[SkipReason.HOST_BUDGET] * 3, None]


def test_a_confirmation_that_finds_no_budget_left_keeps_none_from_the_plan() -> None:
    polite = Polite(host_requests_per_minute=3)
    assert [polite.ask(1, 0) for _ in range(3)] == [None] * 3
    assert polite.ask(0, 20, confirmation=True) is SkipReason.HOST_BUDGET
    assert polite.ask(1, 21) is None


def test_a_host_budget_is_shared_by_all_services() -> None:
    one = settings(host_requests_per_minute=3)
    (first,) = one.services
    second = first.model_copy(update={"name": "other"})
    polite = Politeness(one.model_copy(update={"services": (first, second)}), 0.0)
    asked = [
        polite.spend(service, service.paths[0], 0, confirmation=False)
        for service in (first, second)
    ]
    assert asked == [None, SkipReason.HOST_BUDGET]


def test_money_that_ran_out_is_looked_for_ever_more_rarely_up_to_every_four_hours() -> None:
    polite, at, waits = Polite(), 0.0, []
    for _ in range(5):
        rests_until = polite.learn(Outcome.QUOTA_EXHAUSTED, at, retry_after=SPENT_S) or at
        assert polite.ask(0, rests_until - 1) is SkipReason.RETRY_AFTER
        assert polite.ask(0, rests_until - 1, confirmation=True) is SkipReason.RETRY_AFTER
        assert polite.ask(0, rests_until) is None
        waits.append(rests_until - at)
        at = rests_until
    assert waits == [HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR, 4 * HOUR]
    assert polite.learn(Outcome.OK, at) is None
    assert polite.learn(Outcome.QUOTA_EXHAUSTED, at, retry_after=SPENT_S) == at + HOUR


@pytest.mark.parametrize(("told", "wait"), [(90.0, 90.0), (2400.0, 2400.0), (1e9, 4 * HOUR)])
def test_an_empty_budget_rests_until_it_is_refilled(told: float, wait: float) -> None:
    polite = Polite()
    for at in (0.0, 86_400.0):
        assert polite.learn(Outcome.QUOTA_EXHAUSTED, at, retry_after=told) == at + wait
        polite.learn(Outcome.THROTTLED, at + 1, retry_after=5)
        assert polite.ask(0, at + wait - 1) is SkipReason.RETRY_AFTER


def test_a_reload_looks_for_money_again_at_once() -> None:
    polite = Polite()
    polite.learn(Outcome.QUOTA_EXHAUSTED, 0, retry_after=SPENT_S)
    assert polite.ask(0, 10) is SkipReason.RETRY_AFTER
    polite.politeness.adopt(polite.settings, 20)
    assert polite.ask(0, 30) is None
    assert polite.learn(Outcome.QUOTA_EXHAUSTED, 30, retry_after=SPENT_S) == 30 + HOUR


def test_a_budget_is_waited_for_as_long_as_the_configuration_allows() -> None:
    polite = Polite(retry_after_cap=6 * HOUR)
    assert polite.learn(Outcome.QUOTA_EXHAUSTED, 0, retry_after=5 * HOUR) == 5 * HOUR


def test_other_paths_go_on_while_one_is_out_of_money() -> None:
    polite = Polite()
    polite.learn(Outcome.QUOTA_EXHAUSTED, 0, retry_after=SPENT_S)
    assert polite.ask(1, 10) is None


def test_requests_are_counted_by_host_and_templated_hosts_are_not_guessed() -> None:
    (login, api) = settings().services[0].paths
    assert requests_by_host(login) == {"a.invalid": 2}
    assert requests_by_host(api) == {"a.invalid": 1}


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5)), max_size=60))
def test_a_bucket_never_gives_more_than_its_rate_and_burst(asks: list[tuple[float, float]]) -> None:
    bucket, now, taken = TokenBucket(10, 0.5, 0.0), 0.0, 0.0
    for gap, amount in asks:
        now += gap
        if bucket.level(now) >= amount:
            bucket.take(amount, now)
            taken += amount
        assert taken <= 10 + now * 0.5 + 1e-6


@given(st.lists(st.floats(0, 100), max_size=60), st.floats(100, 1e6))
def test_a_bucket_holds_its_capacity_however_times_are_told(told: list[float], idle: float) -> None:
    bucket = TokenBucket(10, 0.5, 0.0)
    bucket.take(10, 0.0)
    for now in told:
        bucket.level(now)
    assert bucket.level(min(told, default=0.0)) == pytest.approx(
        min(10, 0.5 * max(told, default=0))
    )
    assert bucket.level(100 + idle) == 10


def test_who_waits_in_line_is_left_what_it_waits_for_until_it_took_it() -> None:
    bucket = TokenBucket(3, 1.0, 0.0)
    bucket.take(3, 0.0, "login")
    bucket.wait_in_line(2, "login")
    bucket.wait_in_line(1, "api")
    bucket.take(0.5, 2.0, "another")
    assert not bucket.affords(1, 2.5, "api")
    assert bucket.affords(2, 2.5, "login")
    bucket.take(2, 2.5, "login")
    assert bucket.affords(1, 3.5, "api")
