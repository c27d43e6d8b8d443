"""2 March, played once: what the daemon makes of it, and what every panel then shows of it.

The daemon is the whole one, over real sockets on a virtual clock. What scrapes saw of it goes to
a real Prometheus, to which every question of every panel is put.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from asking import Asked, by_label, every_target, target
from ears import Ears
from march_answers import STATES, VERDICT
from march_second import EXPECTED, GONE
from minutes import scenario
from recorded_history import record, remembering
from shown import MOMENTS, Values, at, differing

from dashboards.source import words
from dashboards.source.words import code_of
from probe.model.event import Event, Observed
from probe.model.incident import Incident
from probe.model.notification import Occasion
from probe.model.state import State, Verdict
from probe.rehearsing.recording import Recording
from probe.rehearsing.staging import Stage
from probe.rehearsing.verification import misses
from probe.simulator.provider import Provider

pytestmark = pytest.mark.scenario

TARGETS = tuple(every_target())
LOGIN = {"path": "login"}


@dataclass
class RequestMeter:
    """How many requests the provider had seen at each moment; and what a channel would hear."""

    provider: Provider | None = None
    ears: Ears = field(default_factory=Ears)
    seen: list[tuple[float, int]] = field(default_factory=list)

    def staged(self, provider: Provider) -> None:
        self.provider = provider

    def handle(self, event: Event) -> None:
        if isinstance(event, Observed) and self.provider is not None:
            self.seen.append((event.run.ended_at, self.provider.requests.total()))

    def rate(self, since: float, until: float) -> float:
        counts = [count for at, count in self.seen if since <= at <= until]
        return (counts[-1] - counts[0]) / (until - since)


@dataclass(frozen=True)
class Day:
    """What was judged and asked on 2 March, and the file of what scrapes saw."""

    recording: Recording
    meter: RequestMeter
    scraped: Path


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    scraped = tmp_path_factory.mktemp("march") / "history.txt"
    meter = RequestMeter()
    stage = Stage(reporters=(meter, meter.ears), staged=meter.staged)
    return Day(record(scenario(), scraped, stage=stage), meter, scraped)


@pytest.fixture(scope="module")
def history(day: Day) -> Iterator[str]:
    with remembering(day.scraped, day.scraped.parent) as address:
        yield address


def test_2_march_shows_what_its_scenario_expects(day: Day) -> None:
    assert misses(scenario(), day.recording) == []


def test_the_login_outage_of_2_march_is_called_within_a_minute_of_its_first_fault(day: Day) -> None:
    changes = day.recording.transitions
    split = next(change for change in changes if change.new is Verdict.CONTROL_PLANE_DOWN)
    assert 0 < split.at - at("11:49") <= 60


def test_2_march_is_one_incident_with_waves(day: Day) -> None:
    (incident,) = day.recording.incidents.values()
    assert isinstance(incident, Incident)
    assert not incident.open
    assert len(incident.waves) >= 2


def test_2_march_is_told_change_by_change_and_its_end_once(day: Day) -> None:
    (incident,) = day.recording.incidents.values()
    heard = day.meter.ears.heard
    changes = [message.verdict for message in heard if message.occasion is Occasion.CHANGED]
    assert changes == [transition.new for transition in day.recording.transitions[1:]]
    (end,) = (message for message in heard if message.occasion is Occasion.ENDED)
    assert incident.closed_at is not None
    assert end.length_s == incident.closed_at - incident.opened_at
    assert len(heard) <= 20, "five hours of waves are no storm of messages"


def test_the_failing_api_methods_show_from_13_40_on(day: Day) -> None:
    for moment in day.recording.between(at("13:45"), at("14:30")):
        assert moment.paths["api_count_tokens"] in {State.IMPAIRED, State.DOWN}
        assert moment.paths["api"] is State.UP


def test_a_failing_provider_gets_at_most_a_fifth_more_requests(day: Day) -> None:
    healthy = day.meter.rate(at("11:10"), at("11:48"))
    for since, until in (("11:49", "13:05"), ("13:12", "14:35"), ("14:44", "15:49")):
        assert day.meter.rate(at(since), at(until)) <= 1.2 * healthy


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
