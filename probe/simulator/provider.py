"""The provider: every route's handler behind base latency and the faults of a scenario."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from aiohttp import web

from probe.simulator import api, oauth, status_page, web_front
from probe.simulator.accounts import Accounts, Credentials
from probe.simulator.clock import ScenarioClock
from probe.simulator.exchange import Exchange, Handler
from probe.simulator.faults.fault import Fault
from probe.simulator.latency import Latency
from probe.simulator.routes import ADDRESSES, DATA, Route
from probe.simulator.scenario import Scenario
from probe.simulator.timeline import Timeline, through

PARTS_A_FIRST_TOKEN: Final = 10
"""How many parts of a stream take as long as its beginning."""


class Provider:
    """A stand-in provider that plays one scenario, always in the same way."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        credentials: Credentials | None = None,
        now: Callable[[], float] = time.time,
        speed: float = 1.0,
    ) -> None:
        """Begin the scenario at the present `now` (seconds), and run it `speed` times as fast.

        Waiting is never sped up: a delay of 3 s lasts 3 s of the event loop.
        """
        rng = random.Random(scenario.seed)  # noqa: S311 (repeatable on purpose)
        self.scenario = scenario
        self.clock = ScenarioClock(scenario.starts, now=now, speed=speed)
        self.timeline = Timeline(scenario.faults, rng)
        self.requests: Counter[Route] = Counter()
        self._rng = rng
        self._latency = Latency(scenario.latency, rng)
        self._accounts = Accounts(credentials or Credentials(), rng)
        self._handlers = self._all_handlers()

    def routes(self) -> list[web.RouteDef]:
        """The addresses that the provider serves."""
        return [
            web.route(method, path, partial(self._serve, route))
            for route, (method, path) in ADDRESSES.items()
            if route is not Route.STREAM
        ]

    def inject(self, faults: Sequence[Fault]) -> None:
        """Inject these faults, in place of all that were injected before."""
        self.timeline.inject(faults)
        self.timeline.begin_due(self._accounts, self.clock.now())

    def _all_handlers(self) -> dict[Route, Handler]:
        pause_s = self._latency.typical_s(Route.STREAM) / PARTS_A_FIRST_TOKEN
        return (
            web_front.HANDLERS
            | oauth.HANDLERS
            | api.handlers(pause_s)
            | status_page.handlers(self.scenario)
        )

    async def _serve(self, addressed: Route, request: web.Request) -> web.StreamResponse:
        route = await _meant(addressed, request)
        exchange = self._exchange(route, request)
        self.requests[route] += 1
        self.timeline.begin_due(self._accounts, exchange.now)
        faults = self.timeline.meeting(route, exchange.now)
        await asyncio.sleep(self._latency.drawn_s(route))
        answer = await through(faults, exchange, partial(self._handlers[route], exchange))
        if route in DATA:
            answer.headers.setdefault("request-id", exchange.request_id)
        return answer

    def _exchange(self, route: Route, request: web.Request) -> Exchange:
        return Exchange(
            route=route,
            request=request,
            request_id=f"req_{self._rng.randbytes(12).hex()}",
            now=self.clock.now(),
            accounts=self._accounts,
        )


async def _meant(addressed: Route, request: web.Request) -> Route:
    """The route that is meant: a message that asks for streaming has its own."""
    if addressed is Route.MESSAGES and (await api.body_of_request(request)).get("stream") is True:
        return Route.STREAM
    return addressed
