"""Every question of every panel, put to a real Prometheus that holds the replay of 2 March."""

from collections.abc import Iterator

import pytest
from asking import Asked, by_label, every_target, target
from march_answers import STATES, VERDICT
from march_second import EXPECTED, GONE
from minutes import scenario
from recorded_history import record, remembering
from shown import MOMENTS, Values, at, differing

from dashboards.source import words
from dashboards.source.words import code_of

pytestmark = pytest.mark.scenario

TARGETS = tuple(every_target())
LOGIN = {"path": "login"}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("history")
    record(scenario(), folder / "history.txt")
    with remembering(folder / "history.txt", folder) as address:
        yield address


def test_what_each_target_shows_is_known_and_of_no_other() -> None:
    assert {asked.key for asked in TARGETS} == set(EXPECTED)
    assert all(shown.why for shown in EXPECTED.values())


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("asked", TARGETS, ids=str)
def test_a_panel_shows_what_was_so_and_nothing_else(
    history: str, asked: Asked, moment: str
) -> None:
    shown = EXPECTED[asked.key]
    found = by_label(history, asked, at(MOMENTS[moment]), shown.labels)
    assert differing(found, shown.at(moment)) == {}, shown.why


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_states_expected_of_the_panels_are_those_that_the_scenario_demands(moment: str) -> None:
    (demanded,) = (
        window
        for window in scenario().expect
        if window.since.timestamp() <= at(MOMENTS[moment]) < window.until.timestamp()
    )
    shown = STATES.at(moment)
    for path, states in demanded.paths.items():
        allowed = [code_of(words.STATES, state) for state in states]
        assert shown[path] in (*allowed, (min(allowed), max(allowed))), path
    if demanded.verdict == "healthy":
        assert set(shown.values()) == {code_of(words.STATES, "up")}
    (standing,) = (word for word in words.STANDINGS if VERDICT.at(moment) == {"standin": word.code})
    assert standing.value == demanded.verdict


@pytest.mark.parametrize("key", GONE, ids=": ".join)
def test_six_minutes_after_the_daemon_stopped_nothing_is_green_and_nothing_gone(
    history: str, key: tuple[str, str, str]
) -> None:
    shown = GONE[key]
    assert differing(by_label(history, target(*key), at("19:06"), shown[0]), shown[1]) == {}


@pytest.mark.parametrize(
    ("panel", "label", "moment", "expected"),
    [
        ("Confirmed state", "path", "split", {"login": 2}),
        ("Steps", "step", "split", {"open": 21, "submit": 20, "logout": 20, "logged_out": 21}),
        (
            *("Steps", "step", "after"),
            dict.fromkeys(("open", "submit", "home", "logout", "logged_out"), 21),
        ),
    ],
)
def test_a_path_that_is_chosen_is_shown_alone(
    history: str, panel: str, label: str, moment: str, expected: Values
) -> None:
    asked = target("path", panel)
    found = by_label(history, asked, at(MOMENTS[moment]), label, LOGIN)
    assert differing(found, expected) == {}


def test_a_tile_stays_grey_for_days_after_the_last_scrape(history: str) -> None:
    tiles = target("overview", "Which half is broken")
    for days in (1, 3, 6):
        assert by_label(history, tiles, at("19:06") + days * 86400, "service") == {"standin": 9}


def test_a_tile_is_grey_within_three_missed_runs_though_its_series_is_still_seen(
    history: str,
) -> None:
    tiles = target("overview", "Which half is broken")
    assert by_label(history, tiles, at("19:02"), "service") == {"standin": 9}
