"""A status page whose answers the test sets, its reader, and documents in the pages' formats."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from lookout import settings

from probe.config.path import Defaults
from probe.config.service import Service
from probe.config.vendor import Component, StatusPage
from probe.model.claim import Claim, ClaimState
from probe.model.clock import Clock
from probe.model.run import Run
from probe.observing.vendor.page_history import Known, News
from probe.observing.vendor.reader import Reader

START = 1000.0
NOON_IN_PARIS = 1_772_449_200.0  # 2026-03-02T12:00:00+01:00


@dataclass
class Hands:
    """A clock that the test sets."""

    now: float = START

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, monotonic=lambda: 0.0)


@dataclass
class Page:
    """The answer to every request, unless `at` has another one for its address."""

    keywords: dict[str, Any] = field(default_factory=dict)
    at: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)

    def says(self, document: object, path: str | None = None, **headers: str) -> None:
        answer = {"text": json.dumps(document), "headers": headers}
        if path is None:
            self.keywords = answer
        else:
            self.at[path] = answer

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        return web.Response(**self.at.get(request.path, self.keywords))

    def asked_for(self, header: str) -> list[str | None]:
        return [request.headers.get(header) for request in self.asked]


def watched(components: dict[str, str] | None = None, url: str = "http://localhost") -> Service:
    """A service whose status page has these components."""
    paths = "- {name: path, plane: data, steps: [{request: GET http://localhost/}]}"
    named = {key: Component(name=name) for key, name in (components or {}).items()}
    service = settings(paths).services[0]
    return service.model_copy(update={"status_page": StatusPage(url=url), "components": named})


@dataclass
class Reading:
    """One reading for the only service, and the seconds to leave the page alone after it."""

    run: Run
    news: tuple[News, ...]
    rest_s: float


class Alone:
    """The reader of a page that no other service shares."""

    def __init__(self, reader: Reader) -> None:
        self.learn, self.adopt = reader.learn, reader.adopt
        self._reader = reader

    async def read(self) -> Reading:
        (reading,) = await self._reader.read()
        return Reading(reading.run, reading.news, self.learn(reading.run))


def reader(
    url: str,
    components: dict[str, str] | None = None,
    *,
    hands: Hands | None = None,
    known: Known | None = None,
    page: StatusPage | None = None,
    defaults: Defaults | None = None,
) -> Alone:
    whole = settings("- {name: path, plane: data, steps: [{request: GET http://localhost/}]}")
    whole = whole.model_copy(update={"defaults": defaults or Defaults()})
    page = page or StatusPage(url=url)
    service = watched(components, url).model_copy(update={"status_page": page})
    known_of = {service.name: known or Known()}
    return Alone(Reader(page, (service,), whole, (hands or Hands()).clock, known_of))


def summary(**states: str) -> dict[str, Any]:
    components = [
        {"id": key, "name": key.title(), "status": state, "updated_at": "2026-03-02T12:00:00+01:00"}
        for key, state in states.items()
    ]
    return {
        "page": {"updated_at": "2025-01-01T00:00:00Z"},
        "status": {"indicator": "none"},
        "components": components,
        "incidents": [],
    }


def incident(key: str, *stages: str, components: Iterable[str] = ()) -> dict[str, Any]:
    """An incident that went through these stages, an hour apart, in Statuspage's format."""
    updates = [
        {
            "id": f"{key}-{n}",
            "status": stage,
            "body": f"{stage} it",
            "display_at": f"2026-03-02T{11 + n}:00:00Z",
        }
        for n, stage in enumerate(stages)
    ]
    return {
        "id": key,
        "name": f"Errors {key}",
        "status": stages[-1],
        "started_at": "2026-03-02T10:50:00Z",
        "created_at": "2026-03-02T11:00:00Z",
        "incident_updates": updates[::-1],
        "components": [{"id": one} for one in components],
    }


def states(news: Iterable[News]) -> dict[str, ClaimState]:
    return {one.component: one.state for one in news if isinstance(one, Claim)}
