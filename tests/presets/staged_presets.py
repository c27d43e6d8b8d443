"""A preset pointed at its stand-in, run once or judged over many runs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from standins import (
    KEY,
    Answer,
    anthropic,
    form_login,
    gemini,
    github,
    oidc,
    openai,
    rest_api,
    serving,
)

from probe.config.loading import read
from probe.config.service import Service
from probe.config.settings import Settings
from probe.judging.service import ServiceMemory, begin, judge
from probe.model.clock import SYSTEM
from probe.model.run import Run
from probe.model.state import Verdict
from probe.observing.observer import Observer

ROUNDS = 12
"""Runs of each path, a minute apart, enough to confirm a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a preset's provider is simulated: its routes, and the ends of its parameters' URLs."""

    routes: Callable[[], dict[str, Answer]]
    urls: Mapping[str, str]
    account: Mapping[str, str]


STAGES = {
    "anthropic": Stage(
        routes=anthropic,
        urls={"web_url": "", "console_url": "", "api_url": ""},
        account={"key": KEY},
    ),
    "openai": Stage(
        routes=openai, urls={"web_url": "", "login_url": "", "api_url": ""}, account={"key": KEY}
    ),
    "gemini": Stage(
        routes=gemini,
        urls={"login_url": "", "token_url": "/token", "api_url": ""},
        account={"key": KEY},
    ),
    "github": Stage(routes=github, urls={"web_url": "", "api_url": ""}, account={"token": KEY}),
    "oidc": Stage(
        routes=oidc,
        urls={"issuer": ""},
        account={"client_id": "monitor", "client_secret": KEY},
    ),
    "form-login": Stage(
        routes=form_login,
        urls={"login_url": "/login", "home_url": "/home", "logout_url": "/logout"},
        account={"marker": "Welcome back", "user": "monitor", "password": KEY},
    ),
    "rest-api": Stage(
        routes=rest_api, urls={"api_url": "/v1/things"}, account={"key": f"Bearer {KEY}"}
    ),
}


def staged(name: str, grade: str, address: str = "http://127.0.0.1:1", **account: str) -> Service:
    """The service of preset `name`, or of several (`a+b`), whose provider is at `address`."""
    uses = [_use(each, grade, address, account) for each in name.split("+")]
    text = yaml.safe_dump({"services": [{"name": "it", "preset": uses}]})
    return read(text, Path("staged.yaml")).services[0]


def _use(name: str, grade: str, address: str, account: Mapping[str, str]) -> dict[str, object]:
    stage = STAGES[name]
    parameters = {key: address + end for key, end in stage.urls.items()}
    if grade == "account":
        parameters |= stage.account
        parameters |= {key: text for key, text in account.items() if key in stage.account}
    return {"name": name, "grade": grade, "parameters": parameters}


def routes(name: str) -> dict[str, Answer]:
    """What the providers of these presets answer when nothing is wrong."""
    return {
        key: answer for each in name.split("+") for key, answer in STAGES[each].routes().items()
    }


async def look(service: Service) -> dict[str, Run]:
    """One run of each path."""
    observer = Observer(Settings(services=(service,)), SYSTEM)
    try:
        return {path.name: await observer.observe(service, path) for path in service.paths}
    finally:
        await observer.close()


async def seen(
    name: str, grade: str, answers: Mapping[str, Answer] | None = None, **account: str
) -> dict[str, Run]:
    """One run of each path of a preset, with `answers` in place of some of its provider's."""
    async with serving(routes(name) | dict(answers or {})) as address:
        return await look(staged(name, grade, address, **account))


def judged(service: Service, runs: Iterable[Run]) -> ServiceMemory:
    """The service after many runs like these."""
    return _repeated(begin(service, 0.0), runs, since=0.0)


def _repeated(memory: ServiceMemory, runs: Iterable[Run], since: float) -> ServiceMemory:
    kept = list(runs)
    for number in range(1, ROUNDS + 1):
        now = since + 60 * number
        for run in kept:
            again = replace(run, id=f"{run.path}{now}", started_at=now)
            memory = judge(memory, again, fresh_until=now + 180).memory
    return memory


_WELL: dict[str, ServiceMemory] = {}


async def verdict(name: str, runs: Mapping[str, Run]) -> Verdict:
    """The verdict on a provider that was well and then has these runs with an account."""
    if name not in _WELL:
        well = await seen(name, "account")
        _WELL[name] = judged(staged(name, "account"), well.values())
    return _repeated(_WELL[name], runs.values(), since=60.0 * ROUNDS).status.verdict
