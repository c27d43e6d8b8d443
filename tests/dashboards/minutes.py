"""How many minutes of each path's runs failed on 2 March, by the faults of the scenario."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from math import prod

from probe.config.shipped import shipped
from probe.simulator.faults.fault import Fault
from probe.simulator.scenario import Scenario, load_scenario

ROUTES = {
    "login": {"login_page", "login_submit", "logout"},
    "account": {"account"},
    "usage": {"usage"},
    "console": {"console"},
    "token": {"token"},
    "api_stream": {"stream"},
    "api_count_tokens": {"count_tokens"},
}
"""The routes of the stand-in that a path requests and that some fault affects."""

HARMLESS = {"delay"}
UNCOUNTED = {"throttle"}
"""A throttled run is neither a failed one nor one that counts."""


@cache
def scenario() -> Scenario:
    return load_scenario(shipped("scenarios/2026-03-02.yaml"))


def failed(path: str, until: str, window_min: int) -> tuple[float, float]:
    """Minutes in which runs of `path` failed, and those that count, in the window to `until`."""
    on_it = [fault for fault in scenario().faults if fault.on & ROUTES.get(path, set())]
    uncounted = [fault for fault in on_it if _kind(fault) in UNCOUNTED]
    harmful = [fault for fault in on_it if _kind(fault) not in UNCOUNTED | HARMLESS]
    failing = counted = 0.0
    for moment in _minutes(until, window_min):
        seen = 1 - _share(uncounted, moment)
        counted += seen
        failing += seen * _share(harmful, moment)
    return failing, counted


def _minutes(until: str, window_min: int) -> Iterator[datetime]:
    """The middle of each minute that the daemon watched."""
    hours, minutes = map(int, until.split(":"))
    end = datetime(2026, 3, 2, hours, minutes, tzinfo=UTC)
    at = max(scenario().starts, end - timedelta(minutes=window_min)) + timedelta(seconds=30)
    while at < end:
        yield at
        at += timedelta(minutes=1)


def _kind(fault: Fault) -> str:
    return str(fault.model_dump()["kind"])


def _share(faults: Iterable[Fault], moment: datetime) -> float:
    """The share of the runs that meets one of these faults."""
    return 1 - prod(1 - fault.share for fault in faults if fault.is_active(moment))
