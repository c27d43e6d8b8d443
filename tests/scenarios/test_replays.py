"""Every shipped scenario through the whole daemon, over real sockets on a virtual clock."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import pytest
from ears import Ears

from probe.config.shipped import shipped
from probe.model.event import Event, Observed
from probe.model.incident import Incident
from probe.model.notification import Occasion
from probe.model.state import State, Verdict
from probe.rehearsing.recording import Recording
from probe.rehearsing.staging import Stage, play
from probe.rehearsing.verification import misses
from probe.simulator.provider import Provider
from probe.simulator.scenario import Scenario, load_scenario

pytestmark = pytest.mark.scenario
NAMES = sorted(path.stem for path in shipped("scenarios").glob("*.yaml"))


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


@cache
def played(name: str) -> tuple[Scenario, Recording, RequestMeter]:
    scenario = load_scenario(shipped(f"scenarios/{name}.yaml"))
    meter = RequestMeter()
    recording = play(scenario, Stage(reporters=(meter, meter.ears), staged=meter.staged))
    return scenario, recording, meter


def _at(scenario: Scenario, clock: str) -> float:
    hours, minutes = clock.split(":")
    start = scenario.starts.replace(hour=0, minute=0, second=0).timestamp()
    return start + int(hours) * 3600 + int(minutes) * 60


@pytest.mark.parametrize("name", NAMES)
def test_the_scenario_shows_what_it_expects(name: str) -> None:
    scenario, recording, _ = played(name)
    assert misses(scenario, recording) == []


def test_the_login_outage_of_2_march_is_called_within_a_minute_of_its_first_fault() -> None:
    scenario, recording, _ = played("2026-03-02")
    split = next(c for c in recording.transitions if c.new is Verdict.CONTROL_PLANE_DOWN)
    assert 0 < split.at - _at(scenario, "11:49") <= 60


def test_2_march_is_one_incident_with_waves() -> None:
    _, recording, _ = played("2026-03-02")
    (incident,) = recording.incidents.values()
    assert isinstance(incident, Incident)
    assert not incident.open
    assert len(incident.waves) >= 2


def test_2_march_is_told_change_by_change_and_its_end_once() -> None:
    _, recording, meter = played("2026-03-02")
    (incident,) = recording.incidents.values()
    heard = meter.ears.heard
    changes = [message.verdict for message in heard if message.occasion is Occasion.CHANGED]
    assert changes == [transition.new for transition in recording.transitions[1:]]
    (end,) = (message for message in heard if message.occasion is Occasion.ENDED)
    assert incident.closed_at is not None
    assert end.length_s == incident.closed_at - incident.opened_at
    assert len(heard) <= 20, "five hours of waves are no storm of messages"


def test_the_failing_api_methods_show_from_13_40_on() -> None:
    scenario, recording, _ = played("2026-03-02")
    since, until = _at(scenario, "13:45"), _at(scenario, "14:30")
    for moment in recording.between(since, until):
        assert moment.paths["api_count_tokens"] in {State.IMPAIRED, State.DOWN}
        assert moment.paths["api"] is State.UP


def test_a_failing_provider_gets_at_most_a_fifth_more_requests() -> None:
    scenario, _, meter = played("2026-03-02")
    healthy = meter.rate(_at(scenario, "11:10"), _at(scenario, "11:48"))
    for since, until in (("11:49", "13:05"), ("13:12", "14:35"), ("14:44", "15:49")):
        assert meter.rate(_at(scenario, since), _at(scenario, until)) <= 1.2 * healthy


def test_a_quiet_day_has_no_verdict_but_healthy() -> None:
    _, recording, _ = played("quiet-day")
    verdicts = Counter(change.new for change in recording.transitions)
    assert verdicts == {Verdict.HEALTHY: 1}
    assert recording.incidents == {}
