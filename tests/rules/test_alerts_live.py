"""From a fault to a message: simulator, daemon, Prometheus, Alertmanager, as processes.

The shipped files run here with all their waiting ten times shorter (a second at least): the
lines `scrape_interval`, `evaluation_interval`, `interval`, `for`, `keep_firing_for`, `group_wait`
and `group_interval`. Windows inside of expressions stay, addresses become those of this test, and
each receiver becomes a webhook of its own name. The rules about the monitor itself keep their own
time: ten times shorter, a second that a busy machine takes from it would count as ten, and their
page would be ours.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import yaml
from processes import (
    CHECKOUT,
    Running,
    alertmanager,
    daemon,
    demo_config,
    prometheus,
    put,
    simulator,
    until,
)
from promtool import rule_files
from webhook import Message, Webhook, webhook

pytestmark = pytest.mark.scenario

FASTER = 10
SECONDS = {"s": 1, "m": 60, "h": 3600}
WAITING = re.compile(
    r"\b((?:scrape_|evaluation_|group_)?interval|for|keep_firing_for|group_wait): (\d+)([smh])\b"
)
PROBE_EVERY_S = 3
CONFIRMED_WITHIN_S = PROBE_EVERY_S + 6 + 2  # the next run, the confirmations, their own time
MESSAGE_WITHIN_S = CONFIRMED_WITHIN_S + 5  # scrape, evaluation, `for`, group_wait, and a second
LOGIN_FAILS = {"on": "login_submit", "kind": "status", "status": 500}
API_FAILS = {"on": "data", "kind": "status", "status": 500}
OWN_TIME = "monitor.yaml"
PAGED = {"SplitControlPlaneDown", "ServiceOutage"}
TOLD = {"ErrorBudgetBurn", "VendorPageDisagrees"}
"""What may reach the team, where a slow machine makes the fault last for more than a minute: the
status page stays silent, and days of budget are spent."""


@dataclass
class Stack:
    """The running programs, and what they say."""

    standin: str
    probe: Running
    prometheus: str
    alertmanager: str
    inbox: Webhook

    def faults(self, *faults: dict[str, Any]) -> None:
        put(f"{self.standin}/_simulator/faults", list(faults))

    def query(self, expression: str) -> list[dict[str, Any]]:
        url = f"{self.prometheus}/api/v1/query?query={quote(expression)}"
        return list(_get(url)["data"]["result"])

    def verdict(self) -> str | None:
        """The verdict of the rules."""
        found = self.query('service:probe_verdict:majority{service="standin"} == 1')
        return str(found[0]["metric"]["verdict"]) if found else None

    def hidden(self) -> set[str]:
        """The names of alerts that another one inhibits."""
        alerts = _get(f"{self.alertmanager}/api/v2/alerts")
        return {a["labels"]["alertname"] for a in alerts if a["status"]["inhibitedBy"]}

    def calm(self) -> bool:
        """Whether Prometheus sees a healthy daemon and service, and no alert is even pending."""
        seen = self.query('up{job="splitprobe"} == 1')
        return bool(seen) and self.verdict() == "healthy" and not self.query("ALERTS")

    def pages(self) -> list[Message]:
        """Everything that ever went to the pager."""
        return self.inbox.of("pager")

    def told(self) -> set[str]:
        """The names of all alerts that ever went to the team."""
        return {name for message in self.inbox.of("team") for name in names(message)}


def _get(url: str) -> Any:  # noqa: ANN401 (the answer of either API)
    with urlopen(url, timeout=5) as answer:
        return json.loads(answer.read())


def shortened(text: str) -> str:
    def shorter(found: re.Match[str]) -> str:
        seconds = int(found[2]) * SECONDS[found[3]]
        return f"{found[1]}: {max(1, seconds // FASTER)}s"

    return WAITING.sub(shorter, text)


def _probe_config(folder: Path, standin: str) -> Path:
    often = ("interval: 30s, timeout: 10s", f"interval: {PROBE_EVERY_S}s, timeout: 2s")
    return demo_config(folder, standin, often, ("timeout: 8s", "timeout: 2s"))


def _alertmanager_config(folder: Path, inbox: Webhook) -> Path:
    place = CHECKOUT / "config/alertmanager"
    text = (place / "alertmanager.yaml").read_text("utf-8")
    settings = yaml.safe_load(shortened(text))
    settings["templates"] = [str(place / "templates" / "*.tmpl")]
    settings["receivers"] = [
        {"name": name, "webhook_configs": [{"url": f"{inbox.address}/{name}"}]}
        for name in (receiver["name"] for receiver in settings["receivers"])
    ]
    file = folder / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file


def _prometheus_config(folder: Path, probe: str, alerts: str) -> Path:
    for file in rule_files():
        text = file.read_text("utf-8")
        kept = text if file.name == OWN_TIME else shortened(text)
        (folder / f"rules-{file.name}").write_text(kept)
    text = shortened((CHECKOUT / "config/prometheus/prometheus.yaml").read_text("utf-8"))
    places = {
        "/etc/prometheus/rules/*.yaml": f"{folder}/rules-*.yaml",
        "alertmanager:9093": alerts.removeprefix("http://"),
        "splitprobe:9632": probe.removeprefix("http://"),
    }
    for shipped, here in places.items():
        assert shipped in text
        text = text.replace(shipped, here)
    file = folder / "prometheus.yaml"
    file.write_text(text)
    return file


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with ExitStack() as running:
        enter = running.enter_context
        inbox = enter(webhook())
        standin = enter(simulator(tmp_path / "simulator.log"))
        probe = enter(daemon(_probe_config(tmp_path, standin), log=tmp_path / "daemon.log"))
        alerts = enter(alertmanager(_alertmanager_config(tmp_path, inbox), tmp_path))
        config = _prometheus_config(tmp_path, probe.address, alerts)
        yield Stack(standin, probe, enter(prometheus(config, tmp_path)), alerts, inbox)


def names(message: Message, *statuses: str) -> set[str]:
    """The names of the alerts in a message, of some statuses or of all."""
    return {
        alert["labels"]["alertname"]
        for alert in message["alerts"]
        if not statuses or alert["status"] in statuses
    }


def test_a_split_pages_once_becomes_an_outage_in_the_same_incident_and_resolves(
    stack: Stack,
) -> None:
    until(stack.calm, 30, "Prometheus sees the monitor and its service, and both are well")
    assert stack.probe.verdict("standin") == "healthy"
    assert stack.inbox.messages == {}

    stack.faults(LOGIN_FAILS)
    began = time.monotonic()
    (split,) = until(stack.pages, 60, "the split arrives")
    assert time.monotonic() - began <= MESSAGE_WITHIN_S
    (alert,) = split["alerts"]
    assert (split["status"], split["groupLabels"]) == ("firing", {"service": "standin"})
    assert alert["labels"] == {
        "alertname": "SplitControlPlaneDown",
        "service": "standin",
        "severity": "critical",
        "verdict": "control_plane_down",
    }
    assert "Down: control/login." in alert["annotations"]["description"]
    assert "data/api" in alert["annotations"]["description"].partition("Still works:")[2]
    assert stack.verdict() == stack.probe.verdict("standin") == "control_plane_down"
    until(lambda: "PathDown" in stack.hidden(), 30, "the path is hidden behind its service")
    assert len(stack.pages()) == 1

    stack.faults(LOGIN_FAILS, API_FAILS)
    outage = until(lambda: stack.pages()[1:], 60, "the outage arrives")[0]
    assert names(outage, "firing") == {"ServiceOutage"}
    assert "SplitControlPlaneDown" in stack.hidden()
    assert stack.verdict() == stack.probe.verdict("standin") == "outage"

    stack.faults()
    until(lambda: stack.pages()[-1]["status"] == "resolved", 120, "the incident resolves")
    assert stack.verdict() == stack.probe.verdict("standin") == "healthy"
    assert {message["groupKey"] for message in stack.pages()} == {split["groupKey"]}
    assert {name for message in stack.pages() for name in names(message)} == PAGED
    assert stack.told() <= TOLD
    assert set(stack.inbox.messages) <= {"pager", "team"}
