"""One account behind several paths: whichever is refused, the account is left alone."""

import contextlib
import gc
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.outcome import Outcome
from probe.model.run import Evidence, Run, StepResult
from probe.model.secret import Secret
from probe.model.state import Plane, SkipReason
from probe.running.restraint.accounts import Account
from probe.running.restraint.budgets import HourlyBudget
from probe.running.restraint.patience import Patience
from probe.running.restraint.politeness import Politeness

HOUR = 3600.0
PASSWORD = Secret("correct-horse")


def login(name: str, host: str = "a.invalid", **step: object) -> dict[str, Any]:
    form = {} if step else {"form": {"user": "me", "word": PASSWORD}}
    return {
        "name": name,
        "plane": "control",
        "interval": "30s",
        "timeout": "20s",
        "steps": [{"name": "submit", "request": f"POST http://{host}/in", **form, **step}],
    }


@dataclass
class Watch:
    """Paths of services, and what they were answered."""

    services: dict[str, list[dict[str, Any]]]
    inside: bool = False
    refused_at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        services = [{"name": name, "paths": paths} for name, paths in self.services.items()]
        self.settings = Settings.model_validate({"services": services})
        self.politeness = Politeness(self.settings, 0.0, lambda _service, _path: self.inside)

    def of(self, name: str) -> tuple[Service, ProbePath]:
        return next((s, p) for s in self.settings.services for p in s.paths if p.name == name)

    def ask(self, name: str, now: float) -> SkipReason | None:
        return self.politeness.spend(*self.of(name), now, confirmation=False)

    def answer(
        self,
        name: str,
        outcome: Outcome,
        began: float,
        ended: float = 0.0,
        *,
        refused_at: str = "",
        inside: bool = False,
        perhaps_refused: bool = False,
    ) -> float | None:
        """Until when the path rests."""
        _, path = self.of(name)
        step = "submit" if path.session is None else "session/submit"
        names = [refused_at] if inside else [step, refused_at] if refused_at else [step]
        if outcome is Outcome.UNAUTHORIZED:
            self.refused_at.append(began)
        steps = (
            StepResult(
                name=each,
                outcome=outcome if each == names[-1] else Outcome.OK,
                duration_s=0.0,
                perhaps_refused=perhaps_refused and each == names[-1],
            )
            for each in names
        )
        return self.learn(name, began, *steps, ended=ended)

    def learn(
        self, name: str, began: float, *steps: StepResult, ended: float = 0.0
    ) -> float | None:
        """Until when the path rests after a run of these steps, which the first failure decides."""
        service, path = self.of(name)
        failed = next((step for step in steps if step.outcome is not Outcome.OK), None)
        run = Run(
            id="1",
            service=service.name,
            path=name,
            plane=Plane.CONTROL,
            started_at=began,
            duration_s=max(0.0, ended - began),
            outcome=Outcome.OK if failed is None else failed.outcome,
            failed_step=None if failed is None else failed.name,
            steps=steps,
        )
        return self.politeness.learn(service, path, run)

    def refuse(self, name: str, times: int) -> None:
        for at in range(times):
            self.answer(name, Outcome.UNAUTHORIZED, float(at))


TWO = {"acme": [login("web"), login("app")]}


def after_a_page(path: dict[str, Any]) -> dict[str, Any]:
    """`path`, which opens the page of its form first."""
    page = {"name": "open", "request": "GET http://a.invalid/in"}
    return {**path, "steps": [page, *path["steps"]]}


def test_two_logins_of_one_account_share_the_cap_on_refusals() -> None:
    watch = Watch(TWO)
    for at in range(0, 4 * 3600, 10):
        for name in ("web", "app"):
            if watch.ask(name, at) is None:
                watch.answer(name, Outcome.UNAUTHORIZED, at)
    first, *others = watch.refused_at
    gaps = [later - earlier for earlier, later in zip([first, *others], others, strict=False)]
    assert sum(at < HOUR for at in watch.refused_at) <= 9
    assert min(gaps[5:]) >= 890


def test_a_login_of_every_five_minutes_is_refused_four_times_within_a_quarter_of_an_hour() -> None:
    watch = Watch({"acme": [{**login("web"), "interval": "5m"}]})
    for at in range(0, 2 * 3600, 300):
        if watch.ask("web", at) is None:
            watch.answer("web", Outcome.UNAUTHORIZED, at)
    assert watch.refused_at[:6] == [0, 300, 600, 900, 1800, 2700]


def test_a_refused_account_lets_one_sign_in_begin_every_fifteen_minutes() -> None:
    watch = Watch(TWO)
    watch.refuse("web", 5)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("app", 905) is None
    with watch.politeness.flight(*watch.of("app")):
        assert watch.ask("web", 906) is SkipReason.CREDENTIAL_BACKOFF


def test_runs_under_way_count_as_refused_while_the_account_is() -> None:
    watch = Watch({"acme": [login("web"), login("app"), login("old")]})
    watch.refuse("web", 4)
    assert watch.ask("app", 500) is None
    with watch.politeness.flight(*watch.of("app")):
        assert watch.ask("old", 500) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("old", 500) is None


def test_no_more_sign_ins_are_under_way_than_refusals_are_left() -> None:
    watch = Watch({"acme": [login(f"login{number}") for number in range(5)]})
    watch.refuse("login0", 2)
    for _ in range(2):
        with contextlib.ExitStack() as flights:
            for name in ("login1", "login2", "login3"):
                assert watch.ask(name, 100) is None
                flights.enter_context(watch.politeness.flight(*watch.of(name)))
            assert watch.ask("login4", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_an_account_that_had_to_rest_is_asked_by_one_at_once_until_it_lets_one_in() -> None:
    watch = Watch(TWO)
    watch.refuse("web", 5)
    with watch.politeness.flight(*watch.of("web")):
        assert watch.ask("app", 4000) is SkipReason.CREDENTIAL_BACKOFF
    watch.answer("web", Outcome.UNAUTHORIZED, 4000)
    assert watch.ask("app", 4100) is SkipReason.CREDENTIAL_BACKOFF


def test_an_account_that_had_to_rest_rests_after_each_further_refusal_however_late() -> None:
    watch = Watch(TWO)
    watch.answer("app", Outcome.OK, -1.0)
    watch.refuse("web", 5)
    watch.answer("web", Outcome.UNAUTHORIZED, 2 * HOUR)
    assert watch.ask("app", 2 * HOUR + 890) is SkipReason.CREDENTIAL_BACKOFF


def test_a_refusal_that_was_long_under_way_shortens_no_rest() -> None:
    watch = Watch({"acme": [login("web"), login("app"), login("old")]})
    watch.refuse("web", 5)
    watch.answer("web", Outcome.UNAUTHORIZED, 920)
    watch.answer("app", Outcome.UNAUTHORIZED, 3, 921)
    assert watch.ask("old", 1800) is SkipReason.CREDENTIAL_BACKOFF


def test_logins_that_are_let_in_never_wait_for_each_other() -> None:
    names = [f"login{number}" for number in range(20)]
    watch = Watch({"acme": [login(name) for name in names]})
    flights = [watch.politeness.flight(*watch.of(name)) for name in names]
    for name, flight in zip(names, flights, strict=True):
        assert watch.ask(name, 1.0) is None
        flight.__enter__()
    for flight in flights:
        flight.__exit__(None, None, None)


def test_an_account_that_lets_us_in_again_is_asked_by_all_its_paths() -> None:
    watch = Watch(TWO)
    watch.refuse("web", 5)
    watch.answer("web", Outcome.OK, 905)
    assert watch.ask("app", 906) is None


def test_an_account_that_let_one_in_again_is_known_for_no_earlier_refusal() -> None:
    watch = Watch({"acme": [login("web"), login("app"), login("old")]})
    watch.refuse("web", 4)
    watch.answer("app", Outcome.UNAUTHORIZED, 10)
    watch.answer("web", Outcome.OK, 905)
    with watch.politeness.flight(*watch.of("old")):
        assert watch.ask("app", 906) is None
    watch.answer("app", Outcome.UNAUTHORIZED, 4000)
    assert watch.ask("old", 4030) is None


def test_a_login_that_was_let_in_since_the_first_refusal_goes_on() -> None:
    watch = Watch(TWO)
    watch.answer("web", Outcome.UNAUTHORIZED, 0)
    watch.answer("app", Outcome.OK, 10)
    for at in range(30, 150, 30):
        watch.answer("web", Outcome.UNAUTHORIZED, at)
    assert watch.ask("web", 160) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("app", 160) is None


def test_a_path_that_is_let_in_while_another_is_refused_goes_on() -> None:
    watch = Watch(
        {"acme": [login("web"), login("api", basic={"user": "me", "password": PASSWORD})]}
    )
    for at in range(0, 150, 30):
        watch.answer("web", Outcome.UNAUTHORIZED, at)
        if at < 120:
            watch.answer("api", Outcome.OK, at + 10)
    assert watch.ask("web", 160) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("api", 160) is None
    watch.answer("api", Outcome.UNAUTHORIZED, 160)
    assert watch.ask("api", 400) is SkipReason.CREDENTIAL_BACKOFF


def test_an_api_that_took_the_password_last_goes_on_until_it_is_refused_itself() -> None:
    api = login("api", basic={"user": "me", "password": PASSWORD})
    watch = Watch({"acme": [login("web"), api]})
    watch.answer("api", Outcome.OK, 1)
    for at in range(30, 180, 30):
        watch.answer("web", Outcome.UNAUTHORIZED, at)
    assert watch.ask("web", 600) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("api", 600) is None
    watch.answer("api", Outcome.UNAUTHORIZED, 600)
    assert watch.ask("api", 700) is SkipReason.CREDENTIAL_BACKOFF


def test_a_success_before_all_refusals_lets_no_path_go_on() -> None:
    watch = Watch({"acme": [login("web"), after_a_page(login("app"))]})
    watch.answer("app", Outcome.OK, 1)
    for at in range(30, 180, 30):
        watch.answer("web", Outcome.UNAUTHORIZED, at)
    assert watch.ask("app", 200) is SkipReason.CREDENTIAL_BACKOFF


@pytest.mark.parametrize(
    "other",
    [
        login("app", form={"user": "me", "word": Secret("another")}),
        login("app", headers={"x-api-key": PASSWORD}),
        login("app", bearer=PASSWORD),
        login("app", form={"q": "nothing secret"}),
        login("app", json={"user": PASSWORD}),
        login("app", form={"password": PASSWORD}, expect={"status": 401}),
    ],
    ids=[
        "another password",
        "a key in a header",
        "a bearer token",
        "no credential",
        "a secret name",
        "shown to be refused",
    ],
)
def test_what_is_no_sign_in_to_the_account_goes_on(other: dict[str, Any]) -> None:
    watch = Watch({"acme": [login("web"), other]})
    watch.refuse("web", 5)
    assert watch.ask("app", 100) is None


@pytest.mark.parametrize(
    "other",
    [
        login("app", json={"login": {"word": PASSWORD}}),
        login("app", body=PASSWORD),
        login("app", basic={"user": "me", "password": PASSWORD}),
        login("app", digest={"user": "me", "password": "correct-horse"}),
        login("app", form={"user": "me", "password": "correct-horse"}),
        login("app", json=[{"new_passwd": "correct-horse"}]),
        login("app", form={"user": "me", "login_code": PASSWORD}),
        login("app", query={"user": "me", "passwd": "correct-horse"}),
        login("app", host="other.invalid"),
    ],
    ids=[
        *("json", "body", "basic", "digest", "plain form", "plain json", "code", "query"),
        "another host",
    ],
)
def test_a_password_is_known_however_it_is_told(other: dict[str, Any]) -> None:
    watch = Watch({"acme": [login("web"), other]})
    watch.refuse("web", 5)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_two_services_that_sign_in_at_one_host_share_the_account() -> None:
    watch = Watch({"acme": [login("web")], "twin": [login("app")]})
    watch.refuse("web", 5)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_the_host_of_a_form_that_is_filled_in_is_that_of_the_page_before_it() -> None:
    page = {"name": "open", "request": "GET http://a.invalid/in"}
    form = {"name": "submit", "request": "SUBMIT form", "form": {"password": PASSWORD}}
    web = {**login("web"), "steps": [page, form]}
    watch = Watch({"acme": [web], "twin": [login("app")]})
    watch.refuse("web", 5)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF


@pytest.mark.parametrize(
    ("services", "waits"),
    [(("acme", "acme"), SkipReason.CREDENTIAL_BACKOFF), (("acme", "twin"), None)],
    ids=["one service", "two services"],
)
def test_a_password_told_at_a_host_that_an_answer_names_is_that_of_the_service(
    services: tuple[str, str], waits: SkipReason | None
) -> None:
    one, other = services
    paths: dict[str, list[dict[str, Any]]] = {"acme": [], "twin": []}
    for service, name in ((one, "web"), (other, "app")):
        way_in = login(f"way-to-{name}", bearer="key-one", extract={"host": {"json": "host"}})
        paths[service] += [way_in, {**login(name, "{{ host }}"), "session": way_in["name"]}]
    watch = Watch({name: of_it for name, of_it in paths.items() if of_it}, inside=True)
    for at in range(5):
        watch.answer("web", Outcome.UNAUTHORIZED, at, refused_at="submit")
    assert watch.ask("app", 100) is waits


def test_a_path_rests_as_long_as_the_account_that_rests_longest() -> None:
    watch = Watch({"acme": [login("web")], "twin": [login("app")]})
    watch.refuse("web", 5)
    assert watch.answer("app", Outcome.UNAUTHORIZED, 10) == pytest.approx(10 + 900, abs=3)


def test_paths_without_a_password_are_no_account_because_their_names_are_the_same() -> None:
    key: dict[str, Any] = {"headers": {"x-api-key": "key-one"}}
    watch = Watch({"acme": [login("api", **key)], "other": [login("api", "b.invalid", **key)]})
    watch.refuse("api", 5)
    (other,) = (service for service in watch.settings.services if service.name == "other")
    asked = watch.politeness.spend(other, other.paths[0], 100, confirmation=False)
    assert asked is None


def test_one_password_at_two_providers_is_two_accounts() -> None:
    watch = Watch({"acme": [login("web")], "other": [login("app", host="b.invalid")]})
    watch.refuse("web", 5)
    assert watch.ask("app", 100) is None


def test_a_path_in_its_session_goes_on_and_without_one_it_waits() -> None:
    kept = {"name": "kept", "plane": "control", "session": "web", "interval": "30s"}
    steps = [{"request": "GET http://a.invalid/home"}]
    watch = Watch({"acme": [login("web"), {**kept, "steps": steps}, login("app")]})
    watch.refuse("app", 5)
    watch.inside = True
    assert watch.ask("kept", 100) is None
    watch.inside = False
    assert watch.ask("kept", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_sign_ins_of_a_path_for_its_session_count_for_the_account() -> None:
    kept = {"name": "kept", "plane": "control", "session": "web", "interval": "30s"}
    steps = [{"request": "GET http://a.invalid/home"}]
    watch = Watch({"acme": [login("web"), {**kept, "steps": steps}, login("app")]})
    watch.refuse("kept", 5)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_a_session_that_is_refused_after_its_login_went_well_is_no_refused_login() -> None:
    kept = {"name": "kept", "plane": "control", "session": "web", "interval": "30s"}
    steps = [{"name": "home", "request": "GET http://a.invalid/home"}]
    watch = Watch({"acme": [login("web"), {**kept, "steps": steps}]})
    for at in range(0, 300, 60):
        watch.answer("kept", Outcome.UNAUTHORIZED, at, refused_at="home")
    assert watch.ask("kept", 301) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("web", 301) is None
    assert watch.politeness.confirmable(*watch.of("web"), 301, sparing=False)


def test_a_kept_session_that_ends_time_and_again_rests_no_path() -> None:
    kept = {"name": "kept", "plane": "control", "session": "web", "interval": "30s"}
    steps = [{"name": "home", "request": "GET http://a.invalid/home"}]
    watch = Watch({"acme": [login("web"), {**kept, "steps": steps}]})
    for at in range(0, 3000, 300):
        watch.answer("kept", Outcome.UNAUTHORIZED, at, refused_at="home", inside=True)
        assert watch.ask("kept", at + 30) is None
        assert watch.politeness.confirmable(*watch.of("kept"), at + 2, sparing=False)
        watch.answer("kept", Outcome.OK, at + 30)


KEPT = {
    "name": "kept",
    "plane": "control",
    "session": "web",
    "interval": "30s",
    "steps": [{"name": "home", "request": "GET http://a.invalid/home"}],
}


def test_a_login_for_a_session_that_was_let_in_ends_the_rest_of_its_account() -> None:
    watch = Watch({"acme": [login("web"), KEPT, login("app")]})
    watch.refuse("app", 5)
    watch.answer("kept", Outcome.SERVER_ERROR, 100, refused_at="home")
    assert watch.ask("web", 110) is None


def test_a_session_that_lives_on_says_nothing_of_the_login_that_it_came_from() -> None:
    watch = Watch({"acme": [login("web"), KEPT, login("app")]})
    watch.refuse("app", 5)
    watch.answer("kept", Outcome.SERVER_ERROR, 10, refused_at="home", inside=True)
    assert watch.ask("web", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_a_path_refused_at_its_login_is_not_confirmed() -> None:
    watch = Watch({"acme": [login("web"), KEPT]})
    watch.refuse("kept", 1)
    assert not watch.politeness.confirmable(*watch.of("kept"), 100, sparing=False)


def test_a_password_told_inside_a_session_may_lock_its_account_too() -> None:
    inside = {**login("kept"), "session": "web"}
    web = login("web", form={"word": Secret("another")})
    watch = Watch({"acme": [web, inside, login("app")]})
    for at in range(5):
        watch.answer("kept", Outcome.UNAUTHORIZED, at, refused_at="submit", inside=True)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF
    watch = Watch({"acme": [web, inside, login("app")]})
    watch.refuse("app", 5)
    assert watch.ask("kept", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_one_refusal_for_a_session_counts_once_for_its_account() -> None:
    watch = Watch({"acme": [login("web"), KEPT, login("app")]})
    watch.refuse("kept", 4)
    assert watch.ask("app", 100) is None


def test_a_refused_sign_in_that_other_paths_waited_for_counts_once() -> None:
    watch = Watch({"acme": [login("web"), KEPT, login("app")]})
    refused = StepResult(name="session/submit", outcome=Outcome.UNAUTHORIZED, duration_s=0.0)
    watch.refuse("kept", 4)
    for at in range(4):
        watch.learn("kept", float(at), replace(refused, shared=True))
    assert watch.ask("app", 100) is None


def test_a_password_refused_behind_a_sign_in_that_others_waited_for_too_counts_each_time() -> None:
    inside = {**login("kept"), "session": "web"}
    web = login("web", form={"word": Secret("another")})
    watch = Watch({"acme": [web, inside, login("app")]})
    let_in = StepResult(name="session/submit", outcome=Outcome.OK, duration_s=0.0, shared=True)
    refused = StepResult(name="submit", outcome=Outcome.UNAUTHORIZED, duration_s=0.0)
    for at in range(5):
        watch.learn("kept", float(at), let_in, refused)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_a_path_refused_at_its_login_rests_as_long_as_the_account_behind_it() -> None:
    watch = Watch({"acme": [login("web"), KEPT, login("app")]})
    watch.refuse("app", 5)
    assert watch.answer("kept", Outcome.UNAUTHORIZED, 10) == pytest.approx(910, abs=3)


@pytest.mark.parametrize(
    "how",
    [{"outcome": Outcome.UNAUTHORIZED}, {"outcome": Outcome.BAD_CONTENT, "perhaps_refused": True}],
    ids=["refused", "perhaps refused"],
)
def test_a_session_that_is_doubted_and_not_renewed_was_refused_by_its_account(
    how: dict[str, Any],
) -> None:
    watch = Watch({"acme": [login("web"), KEPT, login("app")]})
    home = StepResult(name="home", outcome=Outcome.BAD_CONTENT, duration_s=0.0)
    opened = StepResult(name="session/open", outcome=Outcome.OK, duration_s=0.0)
    submitted = StepResult(name="session/submit", duration_s=0.0, **how)
    for at in range(5):
        watch.learn("kept", float(at), home, opened, submitted)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF


def test_a_session_that_is_doubted_and_fails_to_be_renewed_tells_nothing_of_its_account() -> None:
    watch = Watch({"acme": [login("web"), KEPT, login("app")]})
    watch.refuse("app", 4)
    home = StepResult(name="home", outcome=Outcome.BAD_CONTENT, duration_s=0.0)
    opened = StepResult(name="session/open", outcome=Outcome.OK, duration_s=0.0)
    hung = StepResult(name="session/submit", outcome=Outcome.TIMED_OUT, duration_s=0.0)
    for at in range(5):
        watch.learn("kept", 10.0 + at, home, opened, hung)
    assert watch.ask("web", 100) is None
    watch.answer("app", Outcome.UNAUTHORIZED, 200)
    assert watch.ask("web", 300) is SkipReason.CREDENTIAL_BACKOFF


def test_a_path_signs_in_again_once_its_refused_login_has_waited() -> None:
    watch = Watch({"acme": [login("web"), KEPT]})
    watch.refuse("web", 4)
    assert watch.ask("kept", 200) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("kept", 300) is None


def test_of_paths_that_were_refused_the_first_asks_again() -> None:
    watch = Watch(TWO)
    watch.answer("web", Outcome.OK, -30)
    watch.answer("web", Outcome.UNAUTHORIZED, 0)
    assert watch.ask("app", 10) is None
    watch.answer("app", Outcome.UNAUTHORIZED, 10)
    assert watch.ask("app", 40) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("web", 40) is None
    assert watch.ask("app", 10 + 1800) is None


def test_a_password_that_never_worked_is_tried_by_one_path_until_it_was_refused_twice() -> None:
    watch = Watch(TWO)
    watch.answer("web", Outcome.UNAUTHORIZED, 0)
    assert watch.ask("app", 1) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("app", 1800) is None  # a reload may have taken the first away
    watch.answer("web", Outcome.UNAUTHORIZED, 300)
    assert watch.ask("app", 301) is None


def test_who_waits_for_the_first_counts_from_its_last_refusal_and_not_for_ever() -> None:
    watch = Watch(TWO)
    watch.answer("web", Outcome.UNAUTHORIZED, 0)
    watch.answer("app", Outcome.UNAUTHORIZED, 10)
    watch.answer("web", Outcome.UNAUTHORIZED, 500)
    assert watch.ask("app", 2000) is SkipReason.CREDENTIAL_BACKOFF
    for at in (2 * HOUR, 2 * HOUR + 1):
        assert watch.ask("app", at) is None


def test_a_login_that_may_have_been_refused_counts_as_refused() -> None:
    watch = Watch(TWO)
    for at in range(5):
        watch.answer("web", Outcome.BAD_CONTENT, at, perhaps_refused=True)
    assert watch.ask("web", 100) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF
    assert watch.ask("web", 905) is None


def test_other_content_behind_a_login_counts_where_it_never_let_in() -> None:
    seen: dict[str, Any] = {"refused_at": "home", "perhaps_refused": True}
    watch = Watch(TWO)
    for at in range(5):
        watch.answer("web", Outcome.BAD_CONTENT, at, **seen)
    assert watch.ask("web", 100) is SkipReason.CREDENTIAL_BACKOFF
    watch = Watch(TWO)
    watch.answer("web", Outcome.OK, 1)
    for at in range(2, 30):
        watch.answer("web", Outcome.BAD_CONTENT, at, **seen)
    assert watch.ask("web", 100) is None


@pytest.mark.parametrize(
    ("path", "step", "status"),
    [("web", "submit", 200), ("web", "home", 302), ("kept", "session/submit", 200)],
    ids=["told a password", "led on", "told a password for a session"],
)
def test_what_tells_a_password_or_is_led_on_counts_though_the_login_let_in_before(
    path: str, step: str, status: int
) -> None:
    web = after_a_page(login("web"))
    watch = Watch({"acme": [web, KEPT, login("app")]})
    for name in ("web", "kept"):
        watch.answer(name, Outcome.OK, 1)
    answered = StepResult(
        name=step,
        outcome=Outcome.BAD_CONTENT,
        duration_s=0.0,
        perhaps_refused=True,
        evidence=Evidence(status=status),
    )
    for at in range(2, 7):
        watch.learn(path, float(at), answered)
    assert watch.ask("app", 100) is SkipReason.CREDENTIAL_BACKOFF


@pytest.mark.parametrize("status", [200, 404])
def test_other_content_behind_a_login_that_let_in_before_is_no_refusal(status: int) -> None:
    watch = Watch({"acme": [after_a_page(login("web")), login("app")]})
    watch.answer("web", Outcome.OK, 1)
    for at in range(2, 7):
        for name in ("open", "home"):
            step = StepResult(
                name=name,
                outcome=Outcome.BAD_CONTENT,
                duration_s=0.0,
                perhaps_refused=True,
                evidence=Evidence(status=status),
            )
            watch.learn("web", float(at), step)
    assert watch.ask("app", 100) is None


def test_a_login_that_fails_in_another_way_goes_on_at_its_pace() -> None:
    watch = Watch(TWO)
    for at in range(20):
        watch.answer("web", Outcome.BAD_CONTENT, at)
    assert watch.ask("web", 30) is None


@pytest.mark.parametrize("way", [{}, {"headers": {"x-api-key": "key-one"}}], ids=["form", "key"])
def test_a_reload_with_another_credential_asks_again_at_once(way: dict[str, Any]) -> None:
    watch = Watch({"acme": [login("web", **way)]})
    watch.refuse("web", 5)
    assert watch.ask("web", 300) is SkipReason.CREDENTIAL_BACKOFF
    watch.politeness.adopt(watch.settings, 300)
    assert watch.ask("web", 300) is SkipReason.CREDENTIAL_BACKOFF
    another = {"form": {"word": Secret("mended")}} if not way else {"headers": {"x-api-key": "new"}}
    mended = Watch({"acme": [login("web", **another)]})
    watch.settings = mended.settings
    watch.politeness.adopt(mended.settings, 300)
    assert watch.politeness.confirmable(*watch.of("web"), 300, sparing=False)
    assert watch.ask("web", 300) is None


def kept() -> int:
    """How much is remembered of accounts and paths."""
    gc.collect()
    return sum(isinstance(each, Account | HourlyBudget | Patience) for each in gc.get_objects())


def test_services_and_passwords_that_come_and_go_leave_nothing_behind() -> None:
    watch, sizes = Watch({"s0": [login("web")]}), []
    for number in range(1, 20):
        word: dict[str, Any] = {"form": {"word": Secret(f"password-{number}")}}
        watch.settings = Watch({f"s{number}": [login("web", **word)]}).settings
        watch.politeness.adopt(watch.settings, number)
        assert watch.ask("web", number) is None
        watch.answer("web", Outcome.OK, number)
        sizes.append(kept())
    assert len(set(sizes)) == 1


def test_what_was_refused_counts_for_the_service_that_a_reload_took_away_and_brought_back() -> None:
    here, gone = Watch({"acme": [login("web")]}), Watch({"other": [login("api", host="b.invalid")]})
    here.refuse("web", 5)
    for now, reason in ((300, SkipReason.CREDENTIAL_BACKOFF), (2 * HOUR, None)):
        here.politeness.adopt(gone.settings, now)
        here.politeness.adopt(here.settings, now)
        assert here.ask("web", now) is reason


def test_refusals_that_started_no_rest_count_for_a_service_that_is_brought_back_too() -> None:
    here, gone = Watch(TWO), Watch({"other": [login("api", host="b.invalid")]})
    here.answer("app", Outcome.OK, -1.0)
    here.refuse("web", 4)
    for loaded in (gone, here):
        here.politeness.adopt(loaded.settings, 10)
    assert here.answer("app", Outcome.UNAUTHORIZED, 20) == pytest.approx(920, abs=3)


def test_a_reload_with_another_credential_keeps_to_a_wait_that_was_asked_for() -> None:
    watch = Watch({"acme": [login("web")]})
    asked = StepResult(
        name="submit", outcome=Outcome.OVERLOADED, duration_s=0.0, retry_after_s=600.0
    )
    watch.learn("web", 0.0, asked)
    mended = Watch({"acme": [login("web", form={"word": Secret("mended")})]})
    watch.settings = mended.settings
    watch.politeness.adopt(mended.settings, 10)
    assert watch.ask("web", 20) is SkipReason.RETRY_AFTER


@given(
    st.lists(
        st.tuples(st.integers(10, 600), st.integers(0, 599), st.integers(0, 9)),
        min_size=1,
        max_size=5,
    )
)
def test_however_many_paths_share_it_an_account_is_refused_nine_times_in_any_hour_at_most(
    paths: list[tuple[int, int, int]],
) -> None:
    names = [f"login{number}" for number in range(len(paths))]
    watch = Watch({"acme": [login(name) for name in names]})
    moments = sorted(
        (at, moment, name)
        for name, (interval, begins, lasts) in zip(names, paths, strict=True)
        for began in range(begins, int(3 * HOUR), interval)
        for at, moment in ((began, "begin"), (began + lasts + 0.5, f"end {began}"))
    )
    flights: dict[tuple[str, int], Any] = {}
    for at, moment, name in moments:
        if moment == "begin":
            if watch.ask(name, at) is None:
                flights[name, int(at)] = flight = watch.politeness.flight(*watch.of(name))
                flight.__enter__()
        elif flight := flights.pop((name, int(moment.split()[1])), None):
            flight.__exit__(None, None, None)
            watch.answer(name, Outcome.UNAUTHORIZED, float(moment.split()[1]), at)
    begun = watch.refused_at
    assert max(sum(start <= at < start + HOUR for at in begun) for start in begun) <= 9
