"""A day on which nothing is wrong, through the whole daemon: nobody is told that something is."""

from collections import Counter
from functools import cache

import pytest

from probe.config.shipped import shipped
from probe.model.state import Verdict
from probe.rehearsing.recording import Recording
from probe.rehearsing.staging import Stage, play
from probe.rehearsing.verification import misses
from probe.simulator.scenario import load_scenario

pytestmark = pytest.mark.scenario
SCENARIO = load_scenario(shipped("scenarios/quiet-day.yaml"))


@cache
def played() -> Recording:
    return play(SCENARIO, Stage())


def test_a_quiet_day_shows_what_it_expects() -> None:
    assert misses(SCENARIO, played()) == []


def test_a_quiet_day_has_no_verdict_but_healthy() -> None:
    verdicts = Counter(change.new for change in played().transitions)
    assert verdicts == {Verdict.HEALTHY: 1}


def test_a_quiet_day_has_no_incident() -> None:
    assert played().incidents == {}
