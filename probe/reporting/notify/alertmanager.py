"""Alerts for Alertmanager's API v2, under the names and labels that our rules for Prometheus use.

An alert expires unless it is repeated, so that a daemon that dies leaves none behind; judging makes
a reminder every minute. Routes, inhibitions and silences of Alertmanager apply.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from probe.config.notifications import Alertmanager
from probe.model.notification import SEVERITIES, Message, Occasion, Severity
from probe.model.secret import reveal
from probe.model.state import Verdict
from probe.reporting.notify.posting import Poster
from probe.reporting.notify.wording import text, title
from probe.reporting.times import rfc3339

EXPIRES_AFTER_S: Final = 300.0
RESOLVED_SINCE_S: Final = 60.0
"""An end even a moment in the future, by the receiver's clock, loses to one that expires."""

ALERTS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.CONTROL_PLANE_DOWN: "SplitControlPlaneDown",
        Verdict.DATA_PLANE_DOWN: "SplitDataPlaneDown",
        Verdict.OUTAGE: "ServiceOutage",
        Verdict.DEGRADED: "ServiceDegraded",
        Verdict.UNKNOWN: "VerdictUnknown",
    }
)
_DOCS: Final = "https://github.com/splitprobe/splitprobe/blob/main/docs"


class AlertmanagerSender:
    """Posts firing and resolved alerts to one Alertmanager."""

    def __init__(self, config: Alertmanager) -> None:
        self._url = f"{config.url}/api/v2/alerts"
        self._headers = _identity(config)
        self._poster = Poster()

    async def send(self, message: Message, now: float) -> None:
        """Send `message` once; raises DeliveryError."""
        if told := list(alerts(message, now)):
            await self._poster.post(self._url, json.dumps(told).encode(), self._headers)

    async def close(self) -> None:
        """Close its connections."""
        await self._poster.close()


def alerts(message: Message, now: float) -> Iterator[dict[str, Any]]:
    """The verdict's alert, and the previous one, resolved; an end has none of its own."""
    if message.occasion is Occasion.TEST:
        labels = _labels(message, "SplitprobeTest", Severity.WARNING)
        yield _alert(message, labels, min(message.at, now), now + 60)
        return
    if message.occasion is Occasion.ENDED and message.verdict is Verdict.HEALTHY:
        return  # the recovery was reported before
    old, began = message.old, _began(message)
    if old is not None and old in ALERTS and (old is not message.verdict or not message.stands):
        labels = _labels(message, ALERTS[old], SEVERITIES[old])
        yield _alert(message, labels, began, now - RESOLVED_SINCE_S)
    if message.stands:
        labels = _labels(message, ALERTS[message.verdict], SEVERITIES[message.verdict])
        yield _alert(message, labels, min(began, now), now + EXPIRES_AFTER_S)


def _alert(
    message: Message, labels: dict[str, str], starts_at: float, ends_at: float
) -> dict[str, Any]:
    name = labels["alertname"]
    guide = f"runbooks/{name}.md" if name in ALERTS.values() else "notifications.md"
    return {
        "labels": labels,
        "annotations": {
            "summary": title(message),
            "description": text(message),
            "runbook_url": f"{_DOCS}/{guide}",
        },
        "startsAt": rfc3339(min(starts_at, ends_at)),  # otherwise it is refused
        "endsAt": rfc3339(ends_at),
        "generatorURL": message.page,
    }


def _labels(message: Message, name: str, severity: Severity) -> dict[str, str]:
    return {
        "alertname": name,
        "location": message.location,
        "service": message.service,
        "severity": severity,
    }


def _began(message: Message) -> float:
    return message.since if message.began_at is None else message.began_at


def _identity(config: Alertmanager) -> dict[str, str]:
    if config.bearer is not None:
        return {"Authorization": f"Bearer {reveal(config.bearer)}"}
    if config.basic is not None:
        pair = f"{reveal(config.basic.user)}:{reveal(config.basic.password)}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    return {}
