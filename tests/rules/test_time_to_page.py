"""At intervals of 30 s a split is paged within two minutes of its fault.

The whole daemon watches a fault on a virtual clock; what a Prometheus would have scraped goes to
promtool with the shipped rules.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from processes import CHECKOUT
from prometheus_client.parser import text_string_to_metric_families
from promtool import RULES, promtool

from probe.rehearsing.staging import Stage, play
from probe.simulator.scenario import Scenario

pytestmark = pytest.mark.scenario

STARTS = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
HEALTHY_S = 180
PAGED_WITHIN_S = 120
EVERY_S = 15
STATES = {"probe_path_state", "probe_plane_state", "probe_verdict"}
FIRING = 'ALERTS{alertname="SplitControlPlaneDown",alertstate="firing"}'
KINDS: dict[str, dict[str, Any]] = {
    "refuses with a 500": {"kind": "status", "status": 500},
    "hangs until the time-out": {"kind": "hang"},
}


@dataclass
class Scrapes:
    """The states that the daemon showed, every 15 s of the virtual clock."""

    series: defaultdict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    count: int = 0

    def start(self, address: str) -> None:
        self._task = asyncio.get_running_loop().create_task(self._go_on(address + "/metrics"))

    async def _go_on(self, url: str) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.get(url) as answer:
                    self._take(await answer.text())
                await asyncio.sleep(EVERY_S)

    def _take(self, text: str) -> None:
        for family in text_string_to_metric_families(text):
            for name, labels, value, *_ in family.samples if family.name in STATES else ():
                pairs = ",".join(f'{key}="{text}"' for key, text in labels.items())
                self.series[f"{name}{{{pairs}}}"][self.count] = value
        self.count += 1

    def as_input(self) -> list[dict[str, str]]:
        """The series in promtool's notation, `_` where a scrape had none."""
        moments = range(self.count)
        return [
            {"series": name, "values": " ".join(str(values.get(n, "_")) for n in moments)}
            for name, values in self.series.items()
        ]


def watched(fault: dict[str, Any], at_s: int) -> Scrapes:
    """What the daemon shows of a login that fails from `at_s` after the start."""
    begins, ends = (
        datetime.fromtimestamp(STARTS.timestamp() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for seconds in (at_s, at_s + 2 * PAGED_WITHIN_S)
    )
    scenario = Scenario.model_validate(
        {
            "title": "A login that fails",
            "source": "made up",
            "starts": STARTS.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ends": ends,
            "seed": at_s,
            "faults": [{"on": "login_submit", **fault, "from": begins, "until": ends}],
        }
    )
    scrapes = Scrapes()
    play(scenario, Stage(started=scrapes.start))
    return scrapes


def group_wait_s() -> int:
    file = CHECKOUT / "config/alertmanager/alertmanager.yaml"
    return int(yaml.safe_load(file.read_text("utf-8"))["route"]["group_wait"].removesuffix("s"))


@pytest.mark.parametrize("phase_s", [0, 10, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_the_page_leaves_within_two_minutes_of_the_fault(
    kind: str, phase_s: int, tmp_path: Path
) -> None:
    fault_s = HEALTHY_S + phase_s
    scrapes = watched(KINDS[kind], fault_s)
    # promtool evaluates at the moment of a scrape; real ones may just have missed it.
    fires_by_s = fault_s + PAGED_WITHIN_S - group_wait_s() - EVERY_S
    test = {
        "rule_files": [str(RULES / "verdict.yaml")],
        "evaluation_interval": f"{EVERY_S}s",
        "tests": [
            {
                "interval": f"{EVERY_S}s",
                "input_series": scrapes.as_input(),
                "promql_expr_test": [
                    {"expr": f"count({FIRING})", "eval_time": f"{at}s", "exp_samples": expected}
                    for at, expected in (
                        (fault_s, []),
                        (fires_by_s, [{"labels": "{}", "value": 1}]),
                    )
                ],
            }
        ],
    }
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(test))
    ended = promtool("test", "rules", file)
    assert ended.returncode == 0, ended.stdout + ended.stderr
