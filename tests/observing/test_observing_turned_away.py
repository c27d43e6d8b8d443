"""A kept session that its provider ended: known by where its requests are led."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from lookout import anything, settings, web_server
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import SYSTEM, Clock
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.observing.answers.answer import Answer
from probe.observing.asking.cookies import Jar
from probe.observing.asking.redirects import next_request
from probe.observing.asking.request import Outgoing
from probe.observing.deadline import Deadline
from probe.observing.failures import StepFailed
from probe.observing.observer import Observer
from probe.observing.signing_in.login_pages import LoginPages
from probe.observing.signing_in.session import Entry, Kept, KeptSessions

PATHS = """
- name: login
  plane: control
  steps:
    - {{request: GET {url}/sign-in?from=probe}}
    - {{request: POST {url}/sign-in, form: {{user: me}}, expect: {{status: 303}}}}
- name: home
  plane: control
  session: login
  steps: [{{request: GET {url}/home, follow: {follow}, expect: {{body: {{contains: Welcome}}}}}}]
"""


@dataclass(slots=True)
class Site:
    """A site whose sessions can be ended; who has none is led to `turns_to`."""

    session: str = "one"
    turns_to: str = "/sign-in?next=/home"
    logins: int = 0
    service: Service = field(init=False)
    observer: Observer = field(init=False)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/home":
            if request.cookies.get("session") == self.session:
                return web.Response(text="Welcome")
            raise web.HTTPFound(self.turns_to)
        if request.method == "POST":
            self.logins += 1
            answer = web.HTTPSeeOther("/home")
            answer.set_cookie("session", self.session)
            answer.headers["X-Lives-For"] = "600"
            raise answer
        return web.Response(text="<input type=password>", content_type="text/html")

    async def visit(self) -> Run:
        return await self.observer.observe(self.service, self.service.paths[1])


@pytest.fixture(params=["false", "true"])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    site = Site()
    async with web_server(anything(site.answer)) as url:
        site.service = settings(PATHS.format(url=url, follow=request.param)).services[0]
        site.observer = Observer(Settings(services=(site.service,)), SYSTEM)
        yield site


async def test_a_request_that_is_led_to_the_login_has_lost_its_session(site: Site) -> None:
    assert (await site.visit()).outcome is Outcome.OK
    site.session = "two"
    ended = await site.visit()
    assert ended.outcome is Outcome.UNAUTHORIZED
    assert "led to where one signs in" in ended.steps[0].evidence.error
    assert (await site.visit()).outcome is Outcome.OK
    assert site.logins == 2


@pytest.mark.parametrize("place", ["/maintenance", "file:///sign-in"])
async def test_a_request_that_is_led_to_a_notice_or_nowhere_keeps_its_session(
    site: Site, place: str
) -> None:
    await site.visit()
    site.session, site.turns_to = "none", place
    notice = await site.visit()
    assert notice.outcome in {Outcome.UNEXPECTED_STATUS, Outcome.BAD_CONTENT}
    site.session = "one"
    assert (await site.visit()).outcome is Outcome.OK
    assert site.logins == 1


class Mute(Site):
    """Answers whom it does not know as it answers a stranger, and while it is broken everybody."""

    broken: bool = False
    shut: bool = False
    reloads: bool = False
    status: int = 200
    greeting: str = "Hello, stranger"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/home":
            if self.reloads:
                self.observer._sessions.keep(())  # as a reload with another login does
            known = request.cookies.get("session") == self.session and not self.broken
            status = 200 if known else self.status
            return web.Response(status=status, text="Welcome" if known else self.greeting)
        if request.method == "POST" and self.shut:
            self.logins += 1
            return web.Response(status=500)
        return await Site.answer(self, request)


@dataclass(slots=True)
class Visited:
    """A mute site, and a clock that is set by hand."""

    site: Mute
    now: float = 0.0

    async def visit(self, after_s: float = 1000.0) -> Outcome:
        self.now += after_s
        return (await self.site.visit()).outcome


@asynccontextmanager
async def mute(canary: str = "false") -> AsyncIterator[Visited]:
    visited = Visited(Mute())
    site, clock = visited.site, Clock(now=lambda: visited.now, monotonic=SYSTEM.monotonic)
    async with web_server(anything(site.answer)) as url:
        text = PATHS.replace("follow: {follow}", f"canary: {canary}").format(url=url)
        site.service = settings(text).services[0]
        site.observer = Observer(Settings(services=(site.service,)), clock)
        assert await visited.visit() is Outcome.OK
        yield visited


@pytest.mark.parametrize(("canary", "renewed"), [("false", 1), ("true", 0)])
async def test_who_is_answered_as_a_stranger_signs_in_anew_but_for_a_canary(
    canary: str, renewed: int
) -> None:
    async with mute(canary) as visited:
        visited.site.session = "two"
        assert await visited.visit() is Outcome.BAD_CONTENT
        assert (await visited.visit() is Outcome.OK) == bool(renewed)
        assert visited.site.logins == 1 + renewed


@pytest.mark.parametrize("status", [400, 404, 410, 419, 440])
async def test_who_is_told_that_there_is_nothing_signs_in_anew(status: int) -> None:
    async with mute() as visited:
        visited.site.session, visited.site.status = "two", status
        assert await visited.visit() is Outcome.UNEXPECTED_STATUS
        assert await visited.visit() is Outcome.OK
        assert visited.site.logins == 2


async def test_a_server_error_makes_no_login() -> None:
    async with mute() as visited:
        visited.site.broken, visited.site.status = True, 500
        assert await visited.visit() is Outcome.SERVER_ERROR
        assert visited.site.logins == 1


async def test_a_login_for_a_stranger_is_told_beside_what_it_was_done_for() -> None:
    async with mute() as visited:
        visited.site.session = "two"
        visited.now += 1000
        run = await visited.site.visit()
        assert [step.name for step in run.steps] == ["step1", "session/step1", "session/step2"]
        assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "step1")


async def test_content_that_stays_away_is_a_reason_for_one_login() -> None:
    async with mute() as visited:
        visited.site.broken = True
        assert {await visited.visit() for _ in range(4)} == {Outcome.BAD_CONTENT}
        assert visited.site.logins == 2


async def test_a_reload_may_give_up_the_session_of_a_run_that_is_under_way() -> None:
    async with mute() as visited:
        visited.site.reloads = True
        assert await visited.visit() is Outcome.OK


@dataclass(slots=True)
class Doorman:
    """Lets everybody in, into a session of its own each time."""

    logins: int = 0

    async def establish(self, _: Kept | None) -> Entry:
        self.logins += 1
        await asyncio.sleep(0)
        ways = LoginPages()
        kept = Kept(jar=Jar(), variables={}, public=frozenset(), login_pages=ways, since=0.0)
        return Entry(kept=kept)


LOGIN = ("it", "login")


async def entered(sessions: KeptSessions, door: Doorman) -> Kept:
    entry = await sessions.enter(LOGIN, door.establish, Deadline.after(5), 0.0)
    assert entry.kept is not None
    return entry.kept


async def test_of_two_who_doubt_a_session_at_once_one_signs_in() -> None:
    sessions, door = KeptSessions(), Doorman()
    kept = await entered(sessions, door)
    sessions.note_service(LOGIN, kept, "home")
    doubts = (sessions.doubt(LOGIN, kept, "home", door.establish) for _ in range(2))
    await asyncio.gather(*doubts)
    assert door.logins == 2


async def test_who_is_refused_in_a_session_that_was_replaced_leaves_the_new_one() -> None:
    sessions, door = KeptSessions(), Doorman()
    old = await entered(sessions, door)
    sessions.drop(LOGIN, old)
    new = await entered(sessions, door)
    sessions.drop(LOGIN, old)
    assert await entered(sessions, door) is new


async def test_content_that_flickers_makes_no_login_in_a_young_session() -> None:
    async with mute() as visited:
        for broken in (True, False, True, False, True):
            visited.site.broken = broken
            await visited.visit(after_s=60.0)
        assert visited.site.logins == 1


async def test_whom_a_page_asks_for_a_password_signs_in_anew_in_a_young_session_too() -> None:
    async with mute() as visited:
        visited.site.session, visited.site.greeting = "two", "<input type=password>"
        assert await visited.visit(after_s=60.0) is Outcome.BAD_CONTENT
        assert await visited.visit(after_s=60.0) is Outcome.OK
        assert visited.site.logins == 2


async def test_a_page_that_goes_on_asking_for_a_password_is_a_reason_for_one_login() -> None:
    async with mute() as visited:
        visited.site.broken, visited.site.greeting = True, "<input type=password>"
        assert {await visited.visit(after_s=60.0) for _ in range(4)} == {Outcome.BAD_CONTENT}
        assert visited.site.logins == 2


async def test_a_session_stays_where_the_login_that_was_to_replace_it_fails() -> None:
    async with mute() as visited:
        site = visited.site
        site.broken = site.shut = True
        assert await visited.visit() is Outcome.BAD_CONTENT
        assert site.logins == 2
        site.broken = False
        assert await visited.visit() is Outcome.OK
        site.broken = True
        assert await visited.visit() is Outcome.BAD_CONTENT
        assert site.logins == 2, "a login that failed last is no way out"


async def test_a_login_that_failed_once_is_tried_again_once_it_lets_in() -> None:
    async with mute() as visited:
        site = visited.site
        site.session, site.shut = "two", True
        assert await visited.visit() is Outcome.BAD_CONTENT
        site.shut = False
        login = site.service.paths[0]
        assert (await site.observer.observe(site.service, login)).outcome.succeeded
        assert await visited.visit() is Outcome.BAD_CONTENT
        assert await visited.visit() is Outcome.OK


async def test_a_login_that_is_known_to_fail_is_not_tried_for_a_stranger() -> None:
    async with mute() as visited:
        site = visited.site
        site.broken = site.shut = True
        login = site.service.paths[0]
        assert not (await site.observer.observe(site.service, login)).outcome.succeeded
        await visited.visit()
        assert site.logins == 2
        site.shut = False
        assert (await site.observer.observe(site.service, login)).outcome.succeeded
        await visited.visit()
        assert site.logins == 4


async def test_a_renewal_that_is_led_to_the_login_is_followed_by_one() -> None:
    site, now = Site(), 0.0
    async with web_server(anything(site.answer)) as url:
        renewing = PATHS.replace("{{status: 303}}}}", "{{status: 303}}, extract: {life}}}")
        renewing = renewing.replace(
            "- name: home", "    - {{request: GET {url}/home, renew: true}}\n- name: home", 1
        )
        life = "{expires_in: {header: X-Lives-For}}"
        text = renewing.format(url=url, follow="false", life=life)
        site.service = settings(text).services[0]
        clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
        site.observer = Observer(Settings(services=(site.service,)), clock)
        for session, logins in (("one", 1), ("one", 1), ("two", 2)):
            now += 1000
            site.session = session
            assert (await site.visit()).outcome is Outcome.OK
            assert site.logins == logins


FAR = """
- name: login
  plane: control
  steps:
    - {{request: GET {app}/{start}, follow: true}}
    - {{request: SUBMIT form, form: {{user: me}}, follow: true}}
- name: home
  plane: control
  session: login
  steps: [{{request: GET {app}/{asked}, follow: {follow}, expect: {{body: {{contains: Welcome}}}}}}]
"""


@dataclass(slots=True)
class FarSite:
    """An application and its identity provider, who shows each visitor a page of his own.

    `sessions` are the application's, `known` the provider's.
    """

    provider: str = ""
    logins: int = 0
    pages: int = 0
    sessions: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    async def application(self, request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/signed-in":
                answer = web.HTTPFound("/home")
                self.sessions.add(request.query["as"])
                answer.set_cookie("session", request.query["as"])
                raise answer
            case "/auth/start":
                raise web.HTTPFound(f"{self.provider}/authorize?back={request.url.origin()}")
            case "/":
                raise web.HTTPFound("/home")
            case "/home" if request.cookies.get("session") in self.sessions:
                return web.Response(text="Welcome")
        raise web.HTTPFound("/auth/start?return=/home")

    async def identify(self, request: web.Request) -> web.StreamResponse:
        known = request.cookies.get("known", "")
        if request.method == "POST":
            self.logins += 1
            known = f"visitor{self.logins}"
            self.known.add(known)
        if known in self.known:
            answer = web.HTTPSeeOther(f"{request.query['back']}/signed-in?as={known}")
            answer.set_cookie("known", known)
            raise answer
        if request.path == "/authorize":
            self.pages += 1
            raise web.HTTPFound(f"/page/{self.pages}?{request.query_string}")
        return web.Response(text="<form method=post><input name=user>", content_type="text/html")


@asynccontextmanager
async def far_site(
    *, start: str = "login", asked: str = "home", follow: str = "true"
) -> AsyncIterator[tuple[FarSite, Callable[[], Awaitable[Run]]]]:
    site = FarSite()
    async with (
        web_server(anything(site.application)) as app,
        web_server(anything(site.identify)) as site.provider,
    ):
        text = FAR.format(app=app, start=start, asked=asked, follow=follow)
        service = settings(text).services[0]
        observer = Observer(Settings(services=(service,)), SYSTEM)
        yield site, partial(observer.observe, service, service.paths[1])


@pytest.mark.parametrize("follow", ["true", "false"])
@pytest.mark.parametrize("start", ["login", "auth/start"])
async def test_a_login_that_is_reached_by_redirects_alone_is_known_by_its_way(
    start: str, follow: str
) -> None:
    async with far_site(start=start, follow=follow) as (site, visit):
        assert (await visit()).outcome is Outcome.OK
        site.sessions.clear()
        site.known.clear()
        ended = await visit()
        assert ended.outcome is Outcome.UNAUTHORIZED
        assert "led to where one signs in" in ended.steps[0].evidence.error
        assert (await visit()).outcome is Outcome.OK
        assert site.logins == 2


@pytest.mark.parametrize("asked", ["home", ""])
async def test_a_session_that_the_provider_renews_on_the_way_has_not_ended(asked: str) -> None:
    async with far_site(asked=asked) as (site, visit):
        await visit()
        site.sessions.clear()
        renewed = await visit()
        assert [hop.url.rpartition("/")[2] for hop in renewed.steps[0].hops][-5:] == [
            *("home", "start", "authorize", "signed-in", "home")
        ]
        assert renewed.outcome is Outcome.OK
        assert site.logins == 1


async def test_a_page_that_led_strangers_on_and_lets_us_in_is_no_sign_of_an_end() -> None:
    async with far_site(start="home", asked="") as (site, visit):
        assert [(await visit()).outcome for _ in range(2)] == [Outcome.OK] * 2
        assert site.logins == 1


def test_a_page_that_leads_to_itself_does_not_lead_to_where_one_signs_in() -> None:
    pages, home = LoginPages(), asked("http://a.example/home")
    pages.note(home, redirect("http://a.example/home", "/login"))
    assert not pages.leads_to_login([home], redirect("http://a.example/home", "/home?welcome=1"))


async def test_where_a_login_is_posted_is_where_one_signs_in() -> None:
    site = Site()
    async with web_server(anything(site.answer)) as url:
        text = PATHS.format(url=url, follow="false")
        posted = "".join(line for line in text.splitlines(keepends=True) if "?from=" not in line)
        site.service = settings(posted).services[0]
        site.observer = Observer(Settings(services=(site.service,)), SYSTEM)
        await site.visit()
        site.session = "two"
        assert [(await site.visit()).outcome for _ in range(2)] == [
            Outcome.UNAUTHORIZED,
            Outcome.OK,
        ]


async def test_a_page_of_each_visitors_own_that_asks_for_a_password_is_where_one_signs_in() -> None:
    signed_in, pages = True, 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal pages
        if request.path == "/login":
            pages += 1
            raise web.HTTPFound(f"/page/{pages}" if request.query else "/page/0")
        if request.path == "/home" and not signed_in:
            raise web.HTTPFound("/login?back=home")
        form = "" if request.path == "/home" else "<form method=post><input type=password></form>"
        return web.Response(text=f"Welcome{form}", content_type="text/html")

    async with web_server(anything(answer)) as url:
        text = FAR.format(app=url, start="login", asked="home", follow="true")
        service = settings(text).services[0]
        observer = Observer(Settings(services=(service,)), SYSTEM)
        outcomes = []
        for signed_in in (True, False, True):  # noqa: B007 - the server reads it
            run = await observer.observe(service, service.paths[1])
            outcomes.append((run.outcome, len(run.steps)))
    assert outcomes == [(Outcome.OK, 3), (Outcome.UNAUTHORIZED, 1), (Outcome.OK, 3)]


def asked(url: str) -> Outgoing:
    return Outgoing(
        method="GET",
        url=URL(url),
        headers=CIMultiDict(),
        body=None,
        guarded=frozenset(),
        body_guarded=False,
        credential=False,
    )


def redirect(url: str, location: str) -> Answer:
    return Answer(
        status=302,
        url=URL(url),
        http_version="1.1",
        headers=CIMultiDictProxy(CIMultiDict({"Location": location})),
        charset="utf-8",
        body=b"",
    )


PLACES = st.text() | st.from_regex(r"/[a-z%.]{0,6}/?(\?[a-z=&]{0,5})?", fullmatch=True)


@given(PLACES, PLACES)
def test_any_place_may_be_passed_by_and_is_known_again_whatever_its_query(
    passed: str, place: str
) -> None:
    pages, home = LoginPages(), asked("http://a.example/home")
    entered = next_of(asked("http://a.example/"), passed)
    if entered is not None:
        pages.note(entered, redirect(str(entered.url), place))
    turned_away = pages.leads_to_login([home], redirect("http://a.example/home", place))
    led_to = next_of(home, place)
    known = None not in (entered, led_to) and bare(entered) == bare(led_to)
    assert turned_away == (known and bare(led_to) != bare(home))


def next_of(outgoing: Outgoing, location: str) -> Outgoing | None:
    try:
        return next_request(outgoing, redirect(str(outgoing.url), location))
    except StepFailed:
        return None


def bare(outgoing: Outgoing | None) -> str:
    return "" if outgoing is None else str(outgoing.url).partition("?")[0].rstrip("/")
