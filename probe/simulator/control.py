"""The controls for tests and tools: what the stand-in does now, and faults injected live.

They are separate from what the stand-in serves: no fault acts on them, and their requests are not
counted.
"""

import json

from aiohttp import web

from probe.simulator.answers import document
from probe.simulator.provider import Provider
from probe.simulator.reading import ScenarioError
from probe.simulator.scenario import read_faults


class Control:
    """Shows and controls one provider."""

    def __init__(self, provider: Provider) -> None:
        """Control `provider`."""
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the controls."""
        return [
            web.get("/_simulator", self.show),
            web.put("/_simulator/faults", self.put_faults),
            web.delete("/_simulator/faults", self.delete_faults),
        ]

    async def show(self, _: web.Request) -> web.Response:
        """Show the scenario's clock, the active faults and the requests so far."""
        provider = self._provider
        now = provider.clock.now()
        faults = [
            fault.model_dump(mode="json", by_alias=True, exclude_none=True)
            for fault in provider.timeline.active(now)
        ]
        state = {
            "scenario": provider.scenario.title,
            "now": now.isoformat(),
            "speed": provider.clock.speed,
            "faults": faults,
            "injected": len(provider.timeline.injected),
            "requests": dict(provider.requests),
            "requests_total": provider.requests.total(),
        }
        return document(state)

    async def put_faults(self, request: web.Request) -> web.Response:
        """Inject the faults of the JSON list, in place of those injected before."""
        day = self._provider.scenario.starts.date()
        try:
            faults = read_faults(json.loads(await request.read()), day)
        except (ValueError, RecursionError) as error:
            return document({"error": f"not JSON: {error}"}, status=400)
        except ScenarioError as error:
            return document({"error": str(error)}, status=400)
        self._provider.inject(faults)
        return await self.show(request)

    async def delete_faults(self, request: web.Request) -> web.Response:
        """Remove all injected faults; the scenario's own stay."""
        self._provider.inject([])
        return await self.show(request)
