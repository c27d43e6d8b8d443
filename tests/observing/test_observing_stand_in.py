"""The paths of a provider through every fault that the simulator knows."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from lookout import StandIn, failed, settings

from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome, Phase
from probe.model.run import Run
from probe.observing.observer import Observer
from probe.simulator.routes import Route

pytestmark = pytest.mark.unwatched  # each fault goes the way of one of tests/observing
PATHS = """
- name: login
  plane: control
  timeout: 300ms
  steps:
    - name: open
      request: GET {url}/login
      expect: {{status: 200, body: {{contains: Sign in}}}}
      extract: {{csrf: {{css: "input[name=csrf]", attribute: value}}}}
    - name: submit
      request: POST {url}/login
      form:
        user: probe@example.com
        password: "${{env:PROBE_TEST_PASSWORD}}"
        csrf: "{{{{ csrf }}}}"
      expect: {{status: 303, headers: {{Set-Cookie: {{contains: "session="}}}}}}
    - name: logout
      request: POST {url}/logout
      expect: {{status: 303}}
      always: true
- name: usage
  plane: control
  session: login
  timeout: 300ms
  steps:
    - request: GET {url}/api/usage
      expect: {{status: 200, json: {{"usage.tokens": {{is: number}}}}}}
- name: account
  plane: control
  session: login
  steps:
    - request: GET {url}/api/account
      expect: {{json: {{"history[0].title": canary-conversation}}}}
- name: api
  plane: data
  timeout: 300ms
  steps:
    - request: GET {url}/v1/models
      headers: {{x-api-key: "${{env:PROBE_TEST_KEY}}"}}
      expect: {{json: {{"data[0].id": {{exists: true}}}}}}
- name: stream
  plane: data
  timeout: 300ms
  steps:
    - request: POST {url}/v1/messages
      headers: {{x-api-key: "${{env:PROBE_TEST_KEY}}"}}
      json:
        model: standin-small-1
        max_tokens: 8
        stream: true
        messages: [{{role: user, content: "?"}}]
      stream: sse
"""
Visit = Callable[[str], Awaitable[Run]]


@pytest.fixture
async def visit(stand_in: StandIn) -> AsyncIterator[Visit]:
    configured = settings(PATHS.format(url=stand_in.url))
    service = configured.services[0]
    observer = Observer(configured, SYSTEM)

    async def visited(name: str) -> Run:
        path = next(path for path in service.paths if path.name == name)
        return await observer.observe(service, path)

    yield visited
    await observer.close()


@pytest.mark.parametrize("path", ["login", "usage", "account", "api", "stream"])
async def test_a_healthy_provider_is_ok_on_every_path(visit: Visit, path: str) -> None:
    run = await visit(path)
    assert (run.outcome, run.failed_step, run.note) == (Outcome.OK, None, ""), failed(run)


@pytest.mark.parametrize(
    ("path", "fault", "shown"),
    [
        ("login", {"on": "login_page", "kind": "status", "status": 500}, ("server_error", "open")),
        (
            "login",
            {"on": "login_page", "kind": "status", "status": 302},
            ("unexpected_status", "open"),
        ),
        ("login", {"on": "login_page", "kind": "empty_shell"}, ("bad_content", "open")),
        ("login", {"on": "login_page", "kind": "error_page"}, ("bad_content", "open")),
        ("login", {"on": "login_page", "kind": "challenge"}, ("challenged", "open")),
        ("login", {"on": "login_page", "kind": "hang"}, ("timed_out", "open")),
        ("login", {"on": "login_page", "kind": "reset"}, ("connection_reset", "open")),
        ("login", {"on": "login_page", "kind": "close"}, ("connection_reset", "open")),
        ("login", {"on": "login_page", "kind": "garbage"}, ("protocol_error", "open")),
        ("login", {"on": "login_page", "kind": "reset_body"}, ("connection_reset", "open")),
        ("login", {"on": "login_page", "kind": "truncate"}, ("incomplete", "open")),
        ("login", {"on": "login_page", "kind": "cut_packed"}, ("incomplete", "open")),
        ("login", {"on": "login_page", "kind": "stall"}, ("timed_out", "open")),
        (
            "login",
            {"on": "login_submit", "kind": "status", "status": 500},
            ("server_error", "submit"),
        ),
        ("login", {"on": "login_submit", "kind": "refuse_credentials"}, ("unauthorized", "submit")),
        ("login", {"on": "login_submit", "kind": "throttle"}, ("throttled", "submit")),
        ("login", {"on": "logout", "kind": "status", "status": 500}, ("server_error", "logout")),
        ("usage", {"on": "login_page", "kind": "hang"}, ("timed_out", "session/open")),
        (
            "usage",
            {"on": "login_submit", "kind": "status", "status": 503},
            ("server_error", "session/submit"),
        ),
        ("usage", {"on": "usage", "kind": "empty_shell"}, ("bad_content", "step1")),
        ("usage", {"on": "usage", "kind": "throttle"}, ("throttled", "step1")),
        ("account", {"on": "account", "kind": "lose_history"}, ("bad_content", "step1")),
        ("api", {"on": "models", "kind": "overload"}, ("overloaded", "step1")),
        ("api", {"on": "models", "kind": "refuse_credentials"}, ("unauthorized", "step1")),
        ("stream", {"on": "stream", "kind": "overloaded_event"}, ("overloaded", "step1")),
        ("stream", {"on": "stream", "kind": "cut_stream"}, ("incomplete", "step1")),
        ("stream", {"on": "stream", "kind": "truncate"}, ("incomplete", "step1")),
        ("stream", {"on": "stream", "kind": "cut_packed"}, ("incomplete", "step1")),
        ("stream", {"on": "stream", "kind": "empty_shell"}, ("incomplete", "step1")),
        ("stream", {"on": "stream", "kind": "error_page"}, ("bad_content", "step1")),
        ("stream", {"on": "stream", "kind": "stall"}, ("timed_out", "step1")),
    ],
)
async def test_every_fault_has_its_outcome_and_its_step(
    visit: Visit, stand_in: StandIn, path: str, fault: dict[str, object], shown: tuple[str, str]
) -> None:
    stand_in.fail(**fault)
    run = await visit(path)
    assert (run.outcome, run.failed_step) == shown


async def test_the_first_token_comes_no_later_than_the_end_of_the_stream(visit: Visit) -> None:
    (step,) = (await visit("stream")).steps
    assert step.stream is not None
    assert step.stream.first_token_s is not None
    assert 0 < step.stream.first_token_s <= step.duration_s + 1e-9


async def test_an_error_inside_a_stream_is_quoted(visit: Visit, stand_in: StandIn) -> None:
    stand_in.fail(on="stream", kind="overloaded_event")
    run = await visit("stream")
    assert run.failed_phase is Phase.TRANSFER
    assert "overloaded_error" in run.steps[0].evidence.error


async def test_a_throttled_answer_says_how_long_to_stay_away(
    visit: Visit, stand_in: StandIn
) -> None:
    stand_in.fail(on="usage", kind="throttle", retry_after="45s")
    assert (await visit("usage")).retry_after_s == 45


async def test_a_session_is_established_once_and_then_kept(visit: Visit, stand_in: StandIn) -> None:
    first, second = await visit("usage"), await visit("account")
    assert [step.name for step in first.steps] == ["session/open", "session/submit", "step1"]
    assert [step.name for step in second.steps] == ["step1"]
    assert stand_in.provider.requests[Route.LOGIN_SUBMIT] == 1
    assert stand_in.provider.requests[Route.LOGOUT] == 0


async def test_a_kept_session_is_used_while_the_login_fails(
    visit: Visit, stand_in: StandIn
) -> None:
    await visit("usage")
    stand_in.fail(on=["login_page", "login_submit"], kind="status", status=500)
    assert (await visit("login")).outcome is Outcome.SERVER_ERROR
    assert (await visit("usage")).outcome is Outcome.OK


async def test_a_session_that_is_refused_is_given_up_for_a_new_one(
    visit: Visit, stand_in: StandIn
) -> None:
    await visit("usage")
    stand_in.fail(on="usage", kind="expire_sessions")
    assert (await visit("usage")).outcome is Outcome.UNAUTHORIZED
    stand_in.recover()
    renewed = await visit("usage")
    assert (renewed.outcome, len(renewed.steps)) == (Outcome.OK, 3)


async def test_a_challenge_is_no_reason_to_give_up_a_session(
    visit: Visit, stand_in: StandIn
) -> None:
    await visit("usage")
    stand_in.fail(on="usage", kind="challenge")
    assert (await visit("usage")).outcome is Outcome.CHALLENGED
    stand_in.recover()
    assert len((await visit("usage")).steps) == 1


async def test_a_time_out_names_the_phase_and_logs_out_all_the_same(
    visit: Visit, stand_in: StandIn
) -> None:
    stand_in.fail(on="login_submit", kind="hang")
    run = await visit("login")
    assert (run.outcome, run.failed_phase) == (Outcome.TIMED_OUT, Phase.PROCESSING)
    assert [step.name for step in run.steps] == ["open", "submit", "logout"]


async def test_no_secret_is_anywhere_in_a_run(visit: Visit, stand_in: StandIn) -> None:
    stand_in.fail(
        on="login_submit", kind="status", status=500, body="correct-horse sk-standin-0001"
    )
    shown = repr([await visit(path) for path in ("login", "usage", "api")])
    assert "correct-horse" not in shown
    assert "sk-standin-0001" not in shown
    assert "***" in shown
