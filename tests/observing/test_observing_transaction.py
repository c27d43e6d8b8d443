"""Steps in order, what ends them, and what runs all the same."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

import aiohappyeyeballs
import pytest
import uvloop
from aiohttp import ClientRequest, web
from aiohttp.client_proto import ResponseHandler
from lookout import Handler, always, anything, failed, look, raw, settings, web_server

from probe.config.settings import Settings
from probe.model.clock import SYSTEM, Clock
from probe.model.outcome import Outcome, Phase
from probe.model.run import Run
from probe.observing.answers.extraction import extract
from probe.observing.asking.request import compose
from probe.observing.assessment import assess
from probe.observing.connecting.connections import Pool
from probe.observing.observer import Observer

T = TypeVar("T")


async def test_steps_without_a_name_are_numbered_and_run_in_order() -> None:
    async with web_server(anything(always())) as url:
        run = await look(f"""
            - request: GET {url}/one
            - {{name: two, request: GET {url}/two}}
            - request: GET {url}/three
            """)
    assert [step.name for step in run.steps] == ["step1", "two", "step3"]
    assert run.outcome is Outcome.OK


async def test_the_first_failing_step_ends_the_run() -> None:
    async with web_server(web.get("/good", always())) as url:
        run = await look(f"""
            - {{name: bad, request: GET {url}/bad}}
            - request: GET {url}/good
            """)
    assert (run.outcome, run.failed_step) == (Outcome.UNEXPECTED_STATUS, "bad")
    assert len(run.steps) == 1


async def test_a_step_that_always_runs_decides_nothing_after_a_failure() -> None:
    async with web_server(web.get("/", always(status=500))) as url:
        run = await look(f"""
            - {{name: bad, request: GET {url}/}}
            - {{name: logout, request: POST {url}/logout, always: true}}
            """)
    assert (run.outcome, run.failed_step) == (Outcome.SERVER_ERROR, "bad")
    assert [step.name for step in run.steps] == ["bad", "logout"]


@pytest.mark.parametrize(
    ("home", "outcome"), [(200, Outcome.UNEXPECTED_STATUS), (401, Outcome.UNAUTHORIZED)]
)
async def test_a_refused_logout_after_a_login_that_let_in_refuses_no_credential(
    home: int, outcome: Outcome
) -> None:
    out = web.post("/logout", always(status=403))
    async with web_server(web.get("/", always(status=home)), out) as url:
        run = await look(f"""
            - {{name: home, bearer: secret-token, request: GET {url}/}}
            - {{name: logout, bearer: secret-token, request: POST {url}/logout, always: true}}
            """)
    assert run.outcome is outcome


async def test_a_step_that_always_runs_decides_where_nothing_else_failed() -> None:
    async with web_server(web.get("/", always())) as url:
        run = await look(f"""
            - request: GET {url}/
            - {{name: logout, request: POST {url}/logout, always: true}}
            """)
    assert (run.outcome, run.failed_step) == (Outcome.UNEXPECTED_STATUS, "logout")


async def test_nothing_is_cleaned_up_where_nothing_was_sent() -> None:
    run = await look(
        """
        - request: GET http://no-such-name.invalid/
        - {request: POST "http://no-such-name.invalid/logout", always: true}
        """.replace('"', "")
    )
    assert len(run.steps) == 1


async def test_a_clean_up_that_lacks_its_variable_is_left_out() -> None:
    async with web_server(web.get("/", always(status=500))) as url:
        run = await look(f"""
            - request: GET {url}/
              extract: {{token: {{header: X-Token}}}}
            - request: POST {url}/logout
              form: {{token: "{{{{ token }}}}"}}
              always: true
            """)
    assert len(run.steps) == 1


async def test_a_session_is_left_although_its_sign_in_had_another_status_than_expected() -> None:
    left: list[str] = []

    async def leave(request: web.Request) -> web.Response:
        left.append(request.headers["Authorization"])
        return web.Response()

    into = web.post("/login", always(status=201, headers={"X-Token": "AT-1"}))
    async with web_server(into, web.post("/logout", leave)) as url:
        run = await look(f"""
            - request: POST {url}/login
              expect: {{status: 200}}
              extract: {{token: {{header: X-Token}}}}
            - request: POST {url}/logout
              bearer: "{{{{ token }}}}"
              always: true
            """)
    assert [step.outcome for step in run.steps] == [Outcome.UNEXPECTED_STATUS, Outcome.OK]
    assert left == ["Bearer AT-1"]


async def test_the_run_has_one_deadline_for_all_its_steps() -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.12)
        return web.Response()

    async with web_server(anything(slow)) as url:
        run = await look(f"- request: GET {url}/\n" * 5, keys="timeout: 300ms")
    assert (run.outcome, run.failed_step) == (Outcome.TIMED_OUT, "step3")
    assert 0.25 < run.duration_s < 0.5


async def test_a_step_has_its_own_deadline() -> None:
    async with raw(ending="hold") as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/\n  timeout: 50ms")
    assert (run.outcome, run.failed_phase) == (Outcome.TIMED_OUT, Phase.PROCESSING)
    assert run.duration_s < 1


async def test_a_good_run_over_its_objective_is_slow() -> None:
    async with web_server(anything(always())) as url:
        run = await look(f"- request: GET {url}/", keys="slow_after: 0.01ms")
    assert (run.outcome, run.failed_step, run.failed_phase) == (Outcome.SLOW, None, None)


async def test_a_variable_stays_the_text_that_it_was() -> None:
    bodies: list[str] = []

    async def echo(request: web.Request) -> web.Response:
        bodies.append(await request.text())
        return web.json_response({"number": "00123"})

    async with web_server(anything(echo)) as url:
        await look(f"""
            - request: GET {url}/
              extract: {{n: {{json: number}}}}
            - request: POST {url}/
              json: {{deep: [{{n: "{{{{ n }}}}"}}], other: 5, none: null}}
            - request: POST {url}/
              form: {{n: "{{{{ n }}}}", odd: "a b&c"}}
            - request: POST {url}/
              body: "<{{{{ n }}}}>"
            """)
    assert bodies[1:] == [
        '{"deep": [{"n": "00123"}], "other": 5, "none": null}',
        "n=00123&odd=a+b%26c",
        "<00123>",
    ]


async def test_requests_carry_what_the_step_says_and_an_honest_user_agent() -> None:
    seen: list[web.Request] = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response()

    async with web_server(anything(note)) as url:
        await look(f"""
            - request: GET {url}/?a=1
              query: {{b: "x&y=+ #é"}}
              basic: {{user: me, password: "p:w"}}
            - request: DELETE {url}/
              bearer: abc
              headers: {{User-Agent: mine, X-Own: "1"}}
            - request: POST {url}/
              json: null
            """)
    first, second, third = seen
    assert dict(first.query) == {"a": "1", "b": "x&y=+ #é"}
    assert first.headers["Authorization"] == "Basic bWU6cDp3"
    assert first.headers["User-Agent"].startswith("splitprobe/")
    assert "Content-Type" not in first.headers
    assert second.method == "DELETE"
    assert second.headers["Authorization"] == "Bearer abc"
    assert (second.headers["User-Agent"], second.headers["X-Own"]) == ("mine", "1")
    assert third.headers["Content-Type"] == "application/json"


async def test_a_fresh_run_brings_no_cookie_and_no_connection_from_the_last() -> None:
    seen: list[tuple[str, object]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.headers.get("Cookie", ""), request.transport))
        return web.Response(headers={"Set-Cookie": "who=2|1:a=b==; Path=/"})

    async with web_server(anything(note)) as url:
        configured = settings(f"""
            - name: path
              plane: data
              steps: [{{request: GET {url}/}}, {{request: GET {url}/}}]
            """)
        observer = Observer(configured, SYSTEM)
        service = configured.services[0]
        for _ in range(2):
            await observer.observe(service, service.paths[0])
        await observer.close()
    assert [cookie for cookie, _ in seen] == ["", "who=2|1:a=b==", "", "who=2|1:a=b=="]
    assert seen[0][1] is seen[1][1] is not seen[2][1]


async def test_a_reused_connection_lives_on_without_its_cookies_and_confirms_nothing() -> None:
    seen: list[tuple[str, object]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.headers.get("Cookie", ""), request.transport))
        return web.Response(headers={"Set-Cookie": "who=me; Path=/"})

    async with web_server(anything(note)) as url:
        configured = settings(f"""
            - name: path
              plane: data
              connection: reuse
              steps: [{{request: GET {url}/}}]
            """)
        observer = Observer(configured, SYSTEM)
        service = configured.services[0]
        runs = [
            await observer.observe(service, service.paths[0], confirmation=confirmation)
            for confirmation in (False, True, False)
        ]
        await observer.close()
    assert [cookie for cookie, _ in seen] == ["", "", ""]
    assert seen[0][1] is seen[2][1] is not seen[1][1]
    assert [Phase.CONNECT in run.steps[0].phases for run in runs] == [True, True, False]


async def test_a_confirmation_signs_in_over_a_connection_of_its_own() -> None:
    seen: list[tuple[str, object]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.path, request.transport))
        return web.Response(headers={"Set-Cookie": "who=me; Path=/"})

    async with web_server(anything(note)) as url:
        configured = settings(f"""
            - {{name: login, plane: control, connection: reuse, steps: [{{request: GET {url}/in}}]}}
            - name: usage
              plane: control
              connection: reuse
              session: login
              steps: [{{request: GET {url}/usage}}]
            """)
        observer = Observer(configured, SYSTEM)
        service = configured.services[0]
        await observer.observe(service, service.paths[0])
        await observer.observe(service, service.paths[1], confirmation=True)
        await observer.close()
    assert [path for path, _ in seen] == ["/in", "/in", "/usage"]
    assert seen[0][1] is not seen[1][1]


async def _asked_twice() -> Run:
    """A run against a server that closes after its answer without having said so."""
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as server:
        return await look(f"""
            - request: GET http://127.0.0.1:{server.port}/
            - request: POST http://127.0.0.1:{server.port}/
              form: {{a: b}}
            """)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_nothing_is_written_to_a_connection_whose_end_has_come_already(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        for _ in range(10):
            run = runner.run(_asked_twice())
            assert run.outcome is Outcome.OK
            waits = {Phase.PROCESSING, Phase.TRANSFER, Phase.CONNECT}
            assert set(run.steps[1].phases) == waits


@asynccontextmanager
async def reused(interval: str) -> AsyncIterator[tuple[Settings, list[asyncio.Transport | None]]]:
    """A path that reuses its connection, and the connections over which its server was asked."""
    seen: list[asyncio.Transport | None] = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request.transport)
        return web.Response()

    async with web_server(anything(note)) as url:
        path = f"""
            - name: path
              plane: data
              interval: {interval}
              connection: reuse
              steps: [{{request: GET {url}/}}]
            """
        yield settings(path), seen


async def test_a_reused_connection_outlasts_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    async with reused("1m") as (configured, seen):
        observer, service = Observer(configured, SYSTEM), configured.services[0]
        for elapsed_s in (0.0, 60.0, 200.0):
            later = partial(lambda by: time.monotonic() + by, elapsed_s)
            monkeypatch.setattr("aiohttp.connector.monotonic", later)
            await observer.observe(service, service.paths[0])
        await observer.close()
    assert seen[0] is seen[1] is not seen[2]


async def test_a_reused_connection_is_replaced_after_ten_minutes() -> None:
    passed_s = 0.0
    clock = replace(SYSTEM, monotonic=lambda: time.perf_counter() + passed_s)
    async with reused("5m") as (configured, seen):
        observer, service = Observer(configured, clock), configured.services[0]
        for moment in (0.0, 300.0, 590.0, 610.0, 900.0):
            passed_s = moment
            await observer.observe(service, service.paths[0])
        assert [each.is_closing() for each in seen if each is not None] == 3 * [True] + 2 * [False]
        await observer.close()
    assert seen[0] is seen[1] is seen[2] is not seen[3]
    assert seen[3] is seen[4]


async def test_a_reload_that_names_a_proxy_leaves_the_reused_connection() -> None:
    fine = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with raw(fine, ending="hold") as target, raw(fine, ending="hold") as proxy:
        path = f"""
            - name: path
              plane: data
              connection: reuse
              timeout: 1s
              steps: [{{request: "GET http://127.0.0.1:{target.port}/"}}]
            """
        first = settings(path)
        second = settings(f"{path}  proxy: http://127.0.0.1:{proxy.port}")
        observer = Observer(first, SYSTEM)
        for configured in (first, second):
            observer.adopt(configured)
            service = configured.services[0]
            run = await observer.observe(service, service.paths[0])
            assert run.outcome is Outcome.OK
        await observer.close()
    assert (len(target.requests), len(proxy.requests)) == (1, 1)


async def test_a_reload_leaves_no_connections_of_paths_that_are_gone_but_those_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    close, closed = Pool.close, 0
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def counted(pool: Pool) -> None:
        nonlocal closed
        closed += 1
        await close(pool)

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/slow":
            arrived.set()
            await go_on.wait()
        return web.Response()

    monkeypatch.setattr(Pool, "close", counted)
    async with web_server(anything(answer)) as url:

        def named(name: str) -> Settings:
            return settings(f"""
                - name: {name}
                  plane: data
                  connection: reuse
                  steps: [{{request: GET {url}/{name}}}]
                """)

        observer = Observer(named("slow"), SYSTEM)

        async def observe(configured: Settings) -> Run:
            (it,) = configured.services
            return await observer.observe(it, it.paths[0])

        slow = asyncio.create_task(observe(named("slow")))
        await arrived.wait()
        for name in ("a", "b", "c"):
            observer.adopt(named(name))
            assert (await observe(named(name))).outcome is Outcome.OK
        assert closed == 2  # those of a and b: the slow run still has its own
        go_on.set()
        assert (await slow).outcome is Outcome.OK
        await observe(named("c"))
        assert closed == 3
        await observer.close()


async def test_what_is_tidied_up_after_the_last_step_is_no_part_of_the_duration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    close, tidying = Pool.close, []

    async def close_for_a_minute(pool: Pool) -> None:
        await close(pool)
        tidying.append(60.0)

    monkeypatch.setattr(Pool, "close", close_for_a_minute)
    clock = Clock(now=time.time, monotonic=lambda: time.perf_counter() + sum(tidying))
    async with web_server(anything(always())) as url:
        run = await look(f"- request: GET {url}/", clock=clock)
    assert tidying
    assert sum(step.duration_s for step in run.steps) <= run.duration_s < 60


async def test_what_we_do_before_we_ask_and_with_the_answer_is_no_part_of_the_duration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work: list[float] = []

    def slowly(do: Callable[..., T]) -> Callable[..., T]:
        def done(*given: object) -> T:
            work.append(60.0)
            return do(*given)

        return done

    for ours in (compose, extract, assess):
        monkeypatch.setattr(f"probe.observing.step.{ours.__name__}", slowly(ours))
    clock = Clock(now=time.time, monotonic=lambda: time.perf_counter() + sum(work))
    async with web_server(anything(always(text="it is seven"))) as url:
        asked = f"{{request: GET {url}/, extract: {{word: {{regex: 'is (.+)'}}}}}}"
        run = await look(f"- {asked}\n- {asked}", clock=clock, keys="timeout: 10m")
    assert run.outcome is Outcome.OK
    assert len(work) == 6
    assert sum(step.duration_s for step in run.steps) == run.duration_s < 60


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param(aiohappyeyeballs, "start_connection", id="before a socket is made"),
        pytest.param(ResponseHandler, "connection_made", id="with a connection that stands"),
        pytest.param(ClientRequest, "send", id="to write the request"),
        pytest.param(ResponseHandler, "data_received", id="to read what has come"),
    ],
)
async def test_what_is_done_around_the_phases_is_no_part_of_the_duration(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    do, work = getattr(owner, name), []

    def do_after_a_minute(*given: object, **named: object) -> object:
        work.append(60.0)
        return do(*given, **named)

    monkeypatch.setattr(owner, name, do_after_a_minute)
    clock = Clock(now=time.time, monotonic=lambda: time.perf_counter() + sum(work))
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nseven") as target:
        run = await look(f"- request: GET http://127.0.0.1:{target.port}/", clock=clock)
    assert run.outcome is Outcome.OK
    assert work
    assert sum(run.steps[0].phases.values()) == run.duration_s < 60


async def test_a_body_that_comes_after_its_headers_takes_time_to_transfer() -> None:
    headers, body = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"seven"
    async with raw(headers, 0.02, body) as target:
        run = await look(f"- request: GET http://127.0.0.1:{target.port}/")
    assert run.steps[0].phases[Phase.TRANSFER] > 0.01
    assert sum(run.steps[0].phases.values()) == run.duration_s


async def test_runs_have_their_own_ids_and_tell_the_time_by_the_given_clock() -> None:
    ticks = iter(range(1000))
    clock = Clock(now=lambda: 1_772_449_200.0, monotonic=lambda: float(next(ticks)))
    async with web_server(anything(always())) as url:
        first = await look(f"- request: GET {url}/", clock=clock)
        second = await look(f"- request: GET {url}/", clock=clock)
    assert first.started_at == 1_772_449_200.0
    assert first.duration_s >= 2  # connecting and processing take a tick each, at least
    assert first.duration_s == int(first.duration_s)
    assert len({first.id, second.id}) == 2
    assert len(first.id) == 16


async def test_a_session_that_nobody_configured_is_our_own_fault() -> None:
    target = settings(SESSION.format(url="http://localhost", timeout="1s")).services[0]
    lost = target.model_copy(update={"paths": target.paths[1:]})
    run = await Observer(Settings(services=(lost,)), SYSTEM).observe(lost, lost.paths[0])
    assert (run.outcome, run.steps) == (Outcome.UNOBSERVED, ())
    assert "login" in run.note


async def test_a_confirmation_is_marked_as_one() -> None:
    configured = settings("""
        - name: path
          plane: control
          steps: [{request: GET http://no-such-name.invalid/}]
        """)
    service = configured.services[0]
    observer = Observer(configured, SYSTEM)
    run = await observer.observe(service, service.paths[0], confirmation=True)
    assert (run.confirmation, run.plane, run.path) == (True, "control", "path")


SESSION = """
- name: login
  plane: control
  steps:
    - request: POST {url}/login
      form: {{user: me}}
      extract: {{token: {{header: X-Token}}}}
- name: one
  plane: control
  timeout: {timeout}
  session: login
  steps: [{{request: GET {url}/one, bearer: "{{{{ token }}}}"}}]
- name: two
  plane: control
  timeout: {timeout}
  session: login
  steps: [{{request: GET {url}/two, bearer: "{{{{ token }}}}"}}]
"""


async def test_paths_that_start_together_share_one_login_even_a_failing_one() -> None:
    logins: list[float] = []

    async def refuse(_: web.Request) -> web.Response:
        logins.append(time.monotonic())
        await asyncio.sleep(0.02)
        return web.Response(status=503)

    async with web_server(web.post("/login", refuse)) as url:
        configured = settings(SESSION.format(url=url, timeout="1s"))
        service = configured.services[0]
        observer = Observer(configured, SYSTEM)
        runs = await asyncio.gather(
            *[observer.observe(service, path) for path in service.paths[1:]]
        )
    assert len(logins) == 1
    assert {run.failed_step for run in runs} == {"session/step1"}
    assert sorted(run.steps[0].shared for run in runs) == [False, True]


async def test_variables_of_a_login_serve_its_session_until_the_login_changes() -> None:
    tokens = iter(["first-token", "second-token"])
    seen: list[str] = []

    async def login(_: web.Request) -> web.Response:
        return web.Response(headers={"X-Token": next(tokens)})

    async def note(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.Response()

    async with web_server(web.post("/login", login), web.get("/{any}", note)) as url:
        configured = settings(SESSION.format(url=url, timeout="1s"))
        service = configured.services[0]
        observer = Observer(configured, SYSTEM)
        for path in service.paths[1:]:
            await observer.observe(service, path)
        observer.adopt(settings(SESSION.format(url=url, timeout="2s")))
        await observer.observe(service, service.paths[1])
        observer.adopt(settings(SESSION.format(url=url, timeout="2s").replace("/login", "/login?")))
        await observer.observe(service, service.paths[1])
    assert seen == ["Bearer first-token"] * 3 + ["Bearer second-token"]


async def test_what_a_login_gives_in_public_is_shown_in_its_session_too() -> None:
    given = {"X-Token": "s3cret-token", "X-Region": "region-seven"}
    session = SESSION.replace(
        "extract: {{token: {{header: X-Token}}}}",
        "extract: {{token: {{header: X-Token}}, region: {{header: X-Region, public: true}}}}",
    ).replace("GET {url}/one", "'GET {url}/one/{{{{ region }}}}/{{{{ token }}}}'")
    async with web_server(
        web.post("/login", always(headers=given)), web.get("/{any:.*}", always(status=500))
    ) as url:
        configured = settings(session.format(url=url, timeout="1s"))
        service = configured.services[0]
        run = await Observer(configured, SYSTEM).observe(service, service.paths[1])
    assert run.outcome is Outcome.SERVER_ERROR
    assert run.steps[-1].hops[-1].url == f"{url}/one/region-seven/***"


async def test_a_run_that_waits_too_long_for_anothers_login_times_out() -> None:
    arrived, held = asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        arrived.set()
        await held.wait()
        return web.Response(headers={"X-Token": "t"})

    async with web_server(web.post("/login", hang), anything(always())) as url:
        patient = settings(SESSION.format(url=url, timeout="5s")).services[0]
        hasty = settings(SESSION.format(url=url, timeout="50ms")).services[0]
        observer = Observer(settings(SESSION.format(url=url, timeout="5s")), SYSTEM)
        first = asyncio.create_task(observer.observe(patient, patient.paths[1]))
        await arrived.wait()
        second = await observer.observe(hasty, hasty.paths[2])
        held.set()
        assert (await first).outcome is Outcome.OK
    assert (second.outcome, second.failed_step) == (Outcome.TIMED_OUT, "session")
    assert not failed(second)


LOGIN = """
- {{name: open, request: GET {url}/open}}
- {{name: submit, request: POST {url}/submit, expect: {submit},
    form: {{user: me, password: correct-horse}}}}
- {{name: home, request: GET {url}/home, expect: {{body: {{not_contains: stranger}}}}}}
- {{name: usage, request: GET {url}/usage, expect: {{body: {{not_contains: stranger}}}}}}
- {{name: logout, always: true, request: POST {url}/logout}}
"""
FORM = '<form method="post"><input name="u"><input type="password"></form>'
SENTENCE = always(text="Wrong user or password.")
STRANGER = always(text="Hello, stranger")
LED = always(status=302, headers={"Location": "/open?error"})
GREETS = "{status: [200, 302], headers: {Set-Cookie: {contains: session}}}"
ANY = "{status: [200, 302]}"


@pytest.mark.parametrize(
    ("broken", "answer", "submit", "perhaps"),
    [
        ("submit", SENTENCE, GREETS, True),
        ("submit", LED, GREETS, True),
        ("submit", always(status=404), ANY, True),
        ("home", LED, ANY, True),
        ("home", STRANGER, ANY, True),
        ("usage", STRANGER, ANY, False),
        ("open", LED, ANY, False),
        ("open", always(status=404), ANY, False),
        ("submit", always(status=500), ANY, False),
        ("submit", always(status=401), ANY, False),
        ("home", always(status=404), ANY, False),
        ("logout", LED, ANY, False),
    ],
)
async def test_what_a_wrong_password_may_look_like_is_marked(
    broken: str, answer: Handler, submit: str, *, perhaps: bool
) -> None:
    names = ("open", "submit", "home", "usage", "logout")
    routes = [web.route("*", f"/{each}", answer if each == broken else always()) for each in names]
    async with web_server(*routes) as url:
        run = await look(LOGIN.format(url=url, submit=submit))
    assert run.failed_step == broken
    assert run.perhaps_refused is perhaps


async def test_an_answer_that_never_came_refuses_nothing() -> None:
    async with raw(ending="close") as server:
        steps = (
            f"- request: POST http://127.0.0.1:{server.port}/\n  form: {{password: correct-horse}}"
        )
        run = await look(steps)
    assert run.outcome is Outcome.CONNECTION_RESET
    assert not run.perhaps_refused


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (200, FORM, Outcome.BAD_CONTENT),
        (400, "<html>Bad Request</html>", Outcome.UNEXPECTED_STATUS),
        (400, '{"error": "invalid_grant"}', Outcome.UNAUTHORIZED),
    ],
)
async def test_a_token_endpoint_refuses_by_the_name_of_its_error_alone(
    status: int, text: str, outcome: Outcome
) -> None:
    async with web_server(anything(always(status=status, text=text))) as url:
        run = await look(f"""
            - request: POST {url}/token
              form: {{grant_type: refresh_token, refresh_token: rt-standin-0001}}
              expect: {{json: {{access_token: {{is: string}}}}}}
            """)
    assert (run.outcome, run.perhaps_refused) == (outcome, False)
