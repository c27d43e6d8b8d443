"""What docs/notifications.md says of messages holds."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from configured import channel
from notices import NOON, SPLIT, message
from sinks import Posted, WebSink

from probe.config.loading import read
from probe.model.notification import Occasion, Result
from probe.model.state import Verdict
from probe.reporting.notify.kinds import sender
from probe.reporting.notify.webhook import TYPES, document
from probe.reporting.notify.wording import text

GUIDE = (Path(__file__).parents[2] / "docs/notifications.md").read_text(encoding="utf-8")
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
async def posted(sink: WebSink) -> Posted:
    teller = sender(channel(webhook={"url": sink.address, "secret": SECRET}))
    await teller.send(SPLIT, NOON)
    await teller.close()
    return sink.arrived[0]


@pytest.fixture
def verdict() -> Callable[..., tuple[str, str] | None]:
    names: dict[str, Any] = {}
    exec(compile(block("python"), "docs/notifications.md", "exec"), names)  # noqa: S102 - the guide's own example
    return names["verdict"]  # type: ignore[no-any-return]


async def test_the_receiver_of_the_guide_takes_a_message_once(
    posted: Posted, verdict: Callable[..., tuple[str, str] | None]
) -> None:
    with time_machine.travel(NOON + 299, tick=False):
        told = verdict(SECRET, posted.headers, posted.body)
        assert told == ("claude", "control_plane_down")
        assert verdict(SECRET, posted.headers, posted.body) is None


async def test_the_receiver_of_the_guide_takes_no_maintenance_for_a_recovery(
    sink: WebSink, verdict: Callable[..., tuple[str, str] | None]
) -> None:
    teller = sender(channel(webhook={"url": sink.address, "secret": SECRET}))
    hidden = {"occasion": Occasion.MAINTENANCE, "verdict": Verdict.HEALTHY, "stands": False}
    await teller.send(message(**hidden, maintenance="move"), NOON)
    await teller.close()
    with time_machine.travel(NOON, tick=False):
        assert verdict(SECRET, sink.arrived[0].headers, sink.arrived[0].body) is None


async def test_the_receiver_of_the_guide_refuses_what_is_forged_or_old(
    posted: Posted, verdict: Callable[..., tuple[str, str] | None]
) -> None:
    with time_machine.travel(NOON, tick=False):
        with pytest.raises(ValueError, match="not signed"):
            verdict(SECRET, posted.headers, posted.body.replace(b"down", b"up"))
        with pytest.raises(ValueError, match="not signed"):
            verdict(SECRET[:-4] + "AAA=", posted.headers, posted.body)
    with time_machine.travel(NOON + 301, tick=False), pytest.raises(ValueError, match="too old"):
        verdict(SECRET, posted.headers, posted.body)


async def test_the_receiver_of_the_guide_refuses_what_is_not_signed_at_all(
    sink: WebSink, verdict: Callable[..., tuple[str, str] | None]
) -> None:
    teller = sender(channel(webhook=sink.address))
    await teller.send(SPLIT, NOON)
    await teller.close()
    unsigned = sink.arrived[0]
    strange = unsigned.headers | {"webhook-signature": "v1,\xff"}
    with time_machine.travel(NOON, tick=False):
        for headers in (unsigned.headers, strange, {}):
            with pytest.raises(ValueError, match="not signed"):
                verdict(SECRET, headers, unsigned.body)


def test_the_guide_names_every_key_of_the_body_and_no_other() -> None:
    named = set(re.findall(r"`data\.(\w+)`", GUIDE))
    assert named == set(document(SPLIT)["data"])
    assert all(f"`{kind}`" in GUIDE for kind in TYPES.values())
    assert all(f"`{word}`" in GUIDE for word in (*Verdict, *Result))


def test_the_message_of_the_guide_is_the_one_that_is_sent() -> None:
    assert block("text").strip() == text(SPLIT)


def test_the_configuration_of_the_guide_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_URL", "json://127.0.0.1/team")
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    step = {"request": "GET https://api.example.com/"}
    paths = [{"name": "api", "plane": "data", "steps": [step]}]
    services = yaml.safe_dump({"services": [{"name": "claude", "paths": paths}]})
    settings = read(block("yaml") + services, Path("probe.yaml"))
    assert [each.kind for each in settings.notifications] == ["apprise", "alertmanager", "webhook"]
