"""Each preset against its stand-in: well, silent, and taken for something else."""

import pytest
from aiohttp import web
from staged_presets import STAGES, judged, look, routes, seen, staged
from standins import says, serving

from probe.config.settings import Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome
from probe.model.state import Verdict
from probe.observing.observer import Observer

GRADES = ["public", "account"]


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", STAGES)
async def test_every_path_of_a_preset_is_ok_where_its_provider_is_well(
    name: str, grade: str
) -> None:
    runs = await seen(name, grade)
    assert {path: run.outcome for path, run in runs.items()} == dict.fromkeys(runs, Outcome.OK)
    assert judged(staged(name, grade), runs.values()).status.verdict is Verdict.HEALTHY


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", STAGES)
@pytest.mark.unwatched  # tests/observing/ goes this way for each phase
async def test_every_path_of_a_preset_fails_where_nobody_answers(name: str, grade: str) -> None:
    outcomes = {run.outcome for run in (await look(staged(name, grade))).values()}
    assert outcomes == {Outcome.CONNECT_FAILED}


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", STAGES)
@pytest.mark.unwatched  # all presets fail alike
async def test_no_path_of_a_preset_takes_any_page_for_its_providers(name: str, grade: str) -> None:
    parked = says("<title>This domain is for sale</title>")
    runs = await seen(name, grade, dict.fromkeys(STAGES[name].routes(), parked))
    assert not [path for path, run in runs.items() if run.outcome.succeeded]


async def test_a_form_login_signs_out_where_the_home_page_has_no_field_against_forgery() -> None:
    answers = routes("form-login")
    home, sent = answers["GET /home"], []

    async def bare(request: web.Request) -> web.StreamResponse:
        answer = await home(request)
        return web.Response(text="Welcome back") if answer.status == 200 else answer

    async def noted(request: web.Request) -> web.StreamResponse:
        sent.append((await request.post())["csrf"])
        return await answers["POST /logout"](request)

    played = {**answers, "GET /home": bare, "POST /logout": noted}
    runs = await seen("form-login", "account", played)
    assert [step.name for step in runs["login"].steps][-2:] == ["logout", "ended"]
    assert (runs["login"].outcome, sent) == (Outcome.OK, ["c5rf"])


async def test_a_kept_session_of_the_form_login_outlives_a_login_that_fails() -> None:
    answers = routes("form-login")
    async with serving(answers) as address:
        service = staged("form-login", "account", address)
        observer = Observer(Settings(services=(service,)), SYSTEM)
        login, session = (path for path in service.paths if path.name in {"login", "session"})
        before = await observer.observe(service, session)
        answers["POST /login"] = says("<h1>Internal Server Error</h1>", 500)
        after = [await observer.observe(service, path) for path in (login, session)]
        await observer.close()
    outcomes = [run.outcome for run in (before, *after)]
    assert outcomes == [Outcome.OK, Outcome.SERVER_ERROR, Outcome.OK]


@pytest.mark.parametrize(
    ("name", "path", "left"),
    [("anthropic", "api_models", 999), ("openai", "api_models", 45), ("github", "api", 59)],
)
async def test_what_a_provider_tells_of_our_budget_is_read(name: str, path: str, left: int) -> None:
    (step,) = (await seen(name, "account"))[path].steps
    assert [quota.remaining for quota in step.quotas] == [left]
