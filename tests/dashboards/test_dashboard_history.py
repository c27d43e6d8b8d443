"""Every question of every panel, put to a real Prometheus that holds the replay of 2 March."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from asking import Asked, answers, by_label, every_target, target
from recorded_history import record, remembering

from probe.config.shipped import shipped
from probe.simulator.scenario import load_scenario

pytestmark = pytest.mark.scenario

BEFORE, SPLIT, SPREAD, AFTER, GONE = "11:30", "12:25", "14:10", "18:30", "19:06"
"""Before the first fault; in the split; when methods of the API fail too; after the last fault;
and six minutes after the daemon was stopped."""

PLAIN = "the stand-in provider speaks plain HTTP"
RULES = "no alerting rules are loaded"
EMPTY = {
    ("overview", "Soonest certificate", "A"): PLAIN,
    ("path", "Certificate expires in", "A"): PLAIN,
    ("service", "Open alerts", "A"): RULES,
    ("self", "Own network", "A"): "the demo has no canaries",
    ("self", "Errors of our own", "B"): "the demo notifies nobody",
}
ANY = (-math.inf, math.inf)
POSITIVE = (1e-9, math.inf)


def at(clock: str) -> float:
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 3, 2, hours, minutes, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("history")
    record(load_scenario(shipped("scenarios/2026-03-02.yaml")), folder / "history.txt")
    with remembering(folder / "history.txt", folder) as address:
        yield address


@pytest.mark.parametrize("asked", tuple(every_target()), ids=str)
def test_every_question_has_an_answer(history: str, asked: Asked) -> None:
    found = answers(history, asked, at(SPREAD))
    assert (not found) == ((asked.dashboard, asked.panel, asked.ref) in EMPTY), found


@dataclass(frozen=True)
class Seen:
    """What a panel shows at a moment: by `label`, a value or the bounds that it lies in."""

    dashboard: str
    panel: str
    moment: str
    shown: dict[str, float | tuple[float, float]]
    label: str = "service"
    ref: str = "A"
    chosen: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.panel} at {self.moment}"


def tile(moment: str, code: int) -> Seen:
    return Seen("overview", "Which half is broken", moment, {"standin": code})


def number(dashboard: str, panel: str, moment: str, value: float | tuple[float, float]) -> Seen:
    return Seen(dashboard, panel, moment, {"": value}, label="")


def paths(panel: str, moment: str, *, ref: str = "A", of: str = "service", **shown: float) -> Seen:
    return Seen(of, panel, moment, dict(shown), label="path", ref=ref)


LOGIN = {"path": "login"}
BUDGETS = "Availability and error budget by path"
VENDOR = "Our verdict and the vendor's words"
EXPECTED = (
    *(tile(BEFORE, 0), tile(SPLIT, 2), tile(SPREAD, 2), tile(AFTER, 0), tile(GONE, 5)),
    *(number("overview", "Split now", m, n) for m, n in ((BEFORE, 0), (SPLIT, 1), (AFTER, 0))),
    *(number("overview", "Stale probes", m, n) for m, n in ((SPLIT, 0), (AFTER, 0), (GONE, 9))),
    *(number("overview", "Login available", m, n) for m, n in ((BEFORE, 1), (SPLIT, 0))),
    *(number("overview", "API available", m, 1) for m in (BEFORE, SPLIT, SPREAD, AFTER)),
    paths("Paths", BEFORE, of="overview", login=0, account=0, usage=0, console=0, api=0),
    paths("Paths", SPLIT, of="overview", login=2, account=0, usage=1, console=2, api=0),
    paths("Paths", AFTER, of="overview", login=0, account=0, usage=0, console=0, api=0),
    paths("Paths", GONE, of="overview", login=3, account=3, usage=3, console=3, api=3),
    Seen("overview", "Paths", SPREAD, {"login": 2, "api": 0, "api_count_tokens": (1, 2)}, "path"),
    paths("By location", SPLIT, of="overview", login=2, api=0),
    paths("By location", GONE, of="overview", login=3, api=3),
    paths("Availability by path", BEFORE, of="overview", login=1, api=1),
    paths("Availability by path", SPLIT, of="overview", login=0, account=1, api=1),
    paths("Slowest twentieth of the runs that succeeded", SPLIT, of="overview", login=math.nan),
    Seen("service", "Verdict holds since", SPLIT, {"": (33 * 60, 37 * 60)}, label=""),
    number("service", "Vendor's page", SPLIT, 0),
    paths(BUDGETS, BEFORE, ref="B", login=1, api=1),
    Seen("service", BUDGETS, SPREAD, {"login": (-9, 0), "api": 1}, "path", "B"),
    paths(BUDGETS, BEFORE, ref="C", login=0, api=0),
    Seen("service", BUDGETS, SPLIT, {"login": (450, 800), "usage": 0, "api": 0}, "path", "C"),
    Seen("service", BUDGETS, SPLIT, {"login": (300, 600), "api": 0}, "path", "D"),
    Seen("service", "Runs by outcome", BEFORE, {"ok": POSITIVE}, "outcome"),
    Seen(
        "service", "Runs by outcome", SPLIT, {"ok": POSITIVE, "server_error": POSITIVE}, "outcome"
    ),
    *(
        Seen("service", VENDOR, moment, shown, "component", "B")
        for moment, shown in (
            (BEFORE, {"web": 10, "api": 10, "page": 10}),
            (SPLIT, {"web": 14, "console": 13, "api": 10}),
            (SPREAD, {"web": 13, "api": 13}),
            (AFTER, {"web": 10, "api": 10}),
            (GONE, {"web": 15, "api": 15}),
        )
    ),
    Seen("path", "Confirmed state", SPLIT, {"login": 2}, "path", chosen=LOGIN),
    Seen("path", "Last run", SPLIT, {"login": 20, "api": 21}, "path"),
    Seen("path", "Last run", AFTER, {"login": 21, "api": 21}, "path"),
    Seen("path", "Steps", SPLIT, {"submit": 20, "logout": 20}, "step", chosen=LOGIN),
    Seen("path", "Steps", AFTER, {"open": 21, "submit": 21}, "step", chosen=LOGIN),
    Seen("path", "Last run ended", SPLIT, {"": (0, 65)}, ""),
    Seen("path", "Phases of the last run", BEFORE, {"processing": POSITIVE}, "phase"),
    Seen("path", "Time to the first token", BEFORE, {"api_stream": POSITIVE}, "path"),
    Seen("path", "Runs skipped", SPLIT, {"retry_after": POSITIVE}, "reason"),
    *(
        Seen("self", "Monitors", moment, {"splitprobe:9632": running}, "instance")
        for moment, running in ((SPLIT, 1), (GONE, 0))
    ),
    Seen("self", "Configuration", SPLIT, {"demo": 1}, "location"),
    Seen("self", "Errors of our own", SPLIT, {"splitprobe:9632": 0}, "instance"),
    Seen("self", "Runs in flight, mean", SPLIT, {"splitprobe:9632": (0.01, 1)}, "instance"),
    Seen("self", "Memory", SPLIT, {"splitprobe:9632": (2e7, 2e9)}, "instance"),
)


@pytest.mark.parametrize("seen", EXPECTED, ids=str)
def test_a_panel_shows_what_was_so(history: str, seen: Seen) -> None:
    asked = target(seen.dashboard, seen.panel, seen.ref)
    found = by_label(history, asked, at(seen.moment), seen.label, seen.chosen)
    for key, value in seen.shown.items():
        if isinstance(value, tuple):
            assert value[0] <= found[key] <= value[1], found
        else:
            assert found[key] == pytest.approx(value, nan_ok=True, abs=1e-6), found


def test_before_the_first_fault_nothing_failed(history: str) -> None:
    outcomes = by_label(history, target("service", "Runs by outcome"), at(BEFORE), "outcome")
    assert set(outcomes) == {"ok"}


def test_the_incident_is_marked_while_it_is_open_and_not_before(history: str) -> None:
    marked = target("service", "Incidents", "annotation")
    assert answers(history, marked, at(BEFORE)) == []
    assert by_label(history, marked, at(SPLIT), "service") == {"standin": 1}


def test_a_tile_stays_grey_for_days_after_the_last_scrape(history: str) -> None:
    tiles = target("overview", "Which half is broken")
    for days in (1, 3, 6):
        assert by_label(history, tiles, at(GONE) + days * 86400, "service") == {"standin": 5}


def test_a_tile_is_grey_within_three_missed_runs_though_its_series_is_still_seen(
    history: str,
) -> None:
    tiles = target("overview", "Which half is broken")
    assert by_label(history, tiles, at("19:02"), "service") == {"standin": 5}
