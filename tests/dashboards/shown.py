"""What a panel must show at four moments of 2 March, and how that is computed from minutes."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from minutes import failed

Known = float | tuple[float, float] | frozenset[float]
"""A number, bounds, or one of several."""


@dataclass(frozen=True)
class Perhaps:
    """Present or absent, as decided by a fault that affects only a share of the runs."""

    known: Known


Value = Known | Perhaps
Values = Mapping[str, Value]
T = TypeVar("T")

MOMENTS = {"before": "11:30", "split": "12:25", "spread": "14:10", "after": "18:30"}
"""Before the first fault; in the split; when API methods fail too; after the last fault."""

PATHS = (
    *("account", "api", "api_count_tokens", "api_messages", "api_stream"),
    *("console", "login", "token", "usage"),
)
MONTH_MIN = 30 * 24 * 60
DAEMON = "splitprobe:9632"
NOTHING: Values = {}


@dataclass(frozen=True)
class Shown:
    """The series of an answer at each moment, by the values of `labels`; no others may exist."""

    labels: str
    before: Values
    split: Values
    spread: Values
    after: Values
    why: str

    def at(self, moment: str) -> Values:
        values: Values = getattr(self, moment)
        return values


def four(values: Iterable[T]) -> tuple[T, T, T, T]:
    """One for each moment."""
    before, split, spread, after = values
    return before, split, spread, after


def everywhere(labels: str, values: Values, why: str) -> Shown:
    return Shown(labels, values, values, values, values, why)


def alone(before: Value, split: Value, spread: Value, after: Value, why: str) -> Shown:
    """One series without labels."""
    return Shown("", {"": before}, {"": split}, {"": spread}, {"": after}, why)


def of_standin(before: Value, split: Value, spread: Value, after: Value, why: str) -> Shown:
    """One series, of the one service."""
    values = four({"standin": value} for value in (before, split, spread, after))
    return Shown("service", *values, why)


def each(usual: Value, **other: Value) -> Values:
    """The same for each path, except for some."""
    return {**dict.fromkeys(PATHS, usual), **other}


def burnt(until: str, window_min: int) -> Values:
    """For each path: the burn rate, within 20 %, where a thousandth of its runs may fail."""
    found = {}
    for path in PATHS:
        failing, counted = failed(path, until, window_min)
        burn = 1000 * failing / counted
        found[path] = burn * 0.8, burn * 1.2
    return found


def left(path: str, until: str) -> tuple[float, float]:
    """99.9 % of 30 days allow 43.2 minutes of failure; counted runs stand for the whole time."""
    failing, counted = failed(path, until, MONTH_MIN)
    spent = failing / counted * _watched_min(until) / (0.001 * MONTH_MIN)
    return about(1 - spent, 0.1 + 0.08 * spent if failing else 0)


def _watched_min(until: str) -> float:
    return (at(until) - at("11:00")) / 60


def about(value: float, by: float) -> tuple[float, float]:
    return value - by, value + by


def of_daemon(value: Value, why: str) -> Shown:
    return everywhere("instance", {DAEMON: value}, why)


def seconds_since(*clocks: str | tuple[str, str]) -> Iterator[tuple[float, float]]:
    """How long before each moment that time of day was, to a minute, or between two."""
    for now, then in zip(MOMENTS.values(), clocks, strict=True):
        first, last = then if isinstance(then, tuple) else (then, then)
        yield at(now) - at(last) - 60, at(now) - at(first) + 60


def at(clock: str) -> float:
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 3, 2, hours, minutes, tzinfo=UTC).timestamp()


def differing(found: Mapping[str, float], expected: Values) -> dict[str, tuple[object, object]]:
    """What was found and what was expected, for each series that differs."""
    return {
        key: (found.get(key, "nothing"), expected.get(key, "nothing"))
        for key in found.keys() | expected.keys()
        if key not in expected or not _agrees(found.get(key), expected[key])
    }


def _agrees(found: float | None, expected: Value) -> bool:
    if isinstance(expected, Perhaps):
        return found is None or math.isnan(found) or _agrees(found, expected.known)
    if found is None:
        return False
    if isinstance(expected, tuple):
        return expected[0] <= found <= expected[1]
    if isinstance(expected, frozenset):
        return found in expected
    if math.isnan(expected):
        return math.isnan(found)
    return math.isclose(found, expected, abs_tol=1e-6)
