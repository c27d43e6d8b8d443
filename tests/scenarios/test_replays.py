"""Shipped scenarios through the whole daemon, over real sockets on a virtual clock.

The longest have files of their own: `test_quiet_day.py`, and `test_march_second.py` for 2 March,
which is played once for its verdicts and for the dashboards.
"""

import pytest

from probe.config.shipped import shipped
from probe.rehearsing.staging import Stage, play
from probe.rehearsing.verification import misses
from probe.simulator.scenario import load_scenario

pytestmark = pytest.mark.scenario
ELSEWHERE = {"2026-03-02", "quiet-day"}
NAMES = {path.stem for path in shipped("scenarios").glob("*.yaml")}


@pytest.mark.parametrize("name", sorted(NAMES - ELSEWHERE))
def test_the_scenario_shows_what_it_expects(name: str) -> None:
    scenario = load_scenario(shipped(f"scenarios/{name}.yaml"))
    assert misses(scenario, play(scenario, Stage())) == []
