"""A kept session that its provider ended: known by where its requests are led."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from lookout import anything, settings, web_server

from probe.config.settings import Service, Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.observing.observer import Observer

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


async def test_a_request_that_is_led_to_a_notice_keeps_its_session(site: Site) -> None:
    await site.visit()
    site.session, site.turns_to = "none", "/maintenance"
    notice = await site.visit()
    assert notice.outcome in {Outcome.UNEXPECTED_STATUS, Outcome.BAD_CONTENT}
    site.session = "one"
    assert (await site.visit()).outcome is Outcome.OK
    assert site.logins == 1
