"""What a panel is to show at four moments of 2 March, and how that is computed from minutes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from minutes import failed

Value = float | tuple[float, float]
Values = Mapping[str, Value]

MOMENTS = {"before": "11:30", "split": "12:25", "spread": "14:10", "after": "18:30"}
"""Before the first fault; in the split; when methods of the API fail too; after the last fault."""

PATHS = (
    *("account", "api", "api_count_tokens", "api_messages", "api_stream"),
    *("console", "login", "token", "usage"),
)
MONTH_MIN = 30 * 24 * 60
DAEMON = "splitprobe:9632"
NOTHING: Values = {}


@dataclass(frozen=True)
class Shown:
    """The series of an answer at each moment, by the values of `labels`; none beside them."""

    labels: str
    before: Values
    split: Values
    spread: Values
    after: Values
    why: str

    def at(self, moment: str) -> Values:
        values: Values = getattr(self, moment)
        return values


def everywhere(labels: str, values: Values, why: str) -> Shown:
    return Shown(labels, values, values, values, values, why)


def alone(before: Value, split: Value, spread: Value, after: Value, why: str) -> Shown:
    """One series without labels."""
    return Shown("", {"": before}, {"": split}, {"": spread}, {"": after}, why)


def of_standin(before: Value, split: Value, spread: Value, after: Value, why: str) -> Shown:
    """One series, of the one service."""
    values = ({"standin": value} for value in (before, split, spread, after))
    return Shown("service", *values, why)


def each(usual: Value, **other: Value) -> Values:
    """Of each path the same, but of some."""
    return {**dict.fromkeys(PATHS, usual), **other}


def burnt(until: str, window_min: int) -> Values:
    """Of each path: a thousandth of its runs may fail, and so many minutes of them did."""
    found = {}
    for path in PATHS:
        failing, counted = failed(path, until, window_min)
        burn = 1000 * failing / counted
        found[path] = burn * 0.88, burn * 1.12
    return found


def left(path: str, until: str) -> tuple[float, float]:
    """99.9 % of 30 days allow 43.2 minutes of failure; runs that count stand for all its time."""
    failing, counted = failed(path, until, MONTH_MIN)
    spent = failing / counted * _watched_min(until) / (0.001 * MONTH_MIN)
    return about(1 - spent, 0.1 + 0.03 * spent if failing else 0)


def _watched_min(until: str) -> float:
    return (at(until) - at("11:00")) / 60


def about(value: float, by: float) -> tuple[float, float]:
    return value - by, value + by


def of_daemon(value: Value, why: str) -> Shown:
    return everywhere("instance", {DAEMON: value}, why)


def seconds_since(*clock: str) -> Iterator[tuple[float, float]]:
    """How long before each moment it was that time of the day, give or take a minute."""
    for now, then in zip(MOMENTS.values(), clock, strict=True):
        yield about(at(now) - at(then), 60)


def at(clock: str) -> float:
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 3, 2, hours, minutes, tzinfo=UTC).timestamp()
