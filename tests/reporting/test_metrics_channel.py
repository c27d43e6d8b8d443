"""What deliveries do to the series of a channel."""

import pytest
from notices import SPLIT
from test_metrics import ACME, Watch

from probe.config.settings import Settings
from probe.model.event import Attempted
from probe.model.notification import Result

TEAM = {"name": "team", "webhook": "https://hook.example.com/"}
OTHER = {"name": "other", "webhook": "https://hook.example.com/"}


@pytest.fixture
def watch() -> Watch:
    return Watch(settings={"services": [ACME], "notifications": [TEAM]})


@pytest.mark.parametrize("result", Result)
async def test_each_result_is_counted_from_zero(watch: Watch, result: Result) -> None:
    asked = {"channel": "team", "result": result}
    assert (await watch.scrape()).value("probe_notifications_total", **asked) == 0
    watch.metrics.handle(Attempted(message=SPLIT, result=result))
    assert (await watch.scrape()).value("probe_notifications_total", **asked) == 1


async def test_how_much_waits_is_shown(watch: Watch) -> None:
    assert (await watch.scrape()).value("probe_notifications_waiting", channel="team") == 0
    watch.metrics.waiting("team", 7)
    watch.metrics.waiting("unknown", 9)
    assert (await watch.scrape()).value("probe_notifications_waiting") == 7


async def test_a_channel_keeps_its_counts_over_a_reload_and_one_that_is_gone_has_none(
    watch: Watch,
) -> None:
    watch.metrics.handle(Attempted(message=SPLIT, result=Result.SENT))
    settings = {"services": [ACME], "notifications": [OTHER, TEAM]}
    watch.metrics.adopt(Settings.model_validate(settings))
    sent = {"channel": "team", "result": "sent"}
    assert (await watch.scrape()).value("probe_notifications_total", **sent) == 1
    watch.metrics.adopt(Settings.model_validate({**settings, "notifications": [OTHER]}))
    scrape = await watch.scrape()
    assert scrape.value("probe_notifications_total", **sent) is None
    assert scrape.value("probe_notifications_waiting", channel="other") == 0
    watch.metrics.handle(Attempted(message=SPLIT, result=Result.SENT))
