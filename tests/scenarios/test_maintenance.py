"""Maintenance in the running daemon: probed on, told otherwise, kept over restarts, reported."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from test_vendors_word import LOGIN_FAILS, START, Ear, configured, scenario

from probe.config.maintenance import PlannedWork
from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.config.vendor import StatusPage
from probe.model.clock import Clock
from probe.model.event import Changed, MaintenanceTurned, Notified, Observed
from probe.model.maintenance import windows
from probe.model.state import Plane, State, Verdict
from probe.recounting.reports import Frame, report
from probe.rehearsing.virtual import run_virtually
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.store import Journal
from probe.running.daemon import Daemon
from probe.simulator.provider import Provider
from probe.simulator.serving import serving

pytestmark = pytest.mark.scenario
CONTROL = ("login", "account", "usage", "console", "token")
OURS = PlannedWork(name="upgrade", starts=START + 240.0, lasts=480.0, paths=CONTROL)
VENDORS = """
maintenances:
  - title: Move
    announced: "11:01"
    from: "11:04"
    until: "11:12"
    components: [web, console, code]
"""


@dataclass
class Life:
    """What was told in one life of the daemon, and its metrics at the end of it."""

    ear: Ear
    metrics: dict[str, float]

    def verdicts(self, path: str = "login") -> list[tuple[float, Verdict]]:
        """Each verdict that was told with a run of `path`, and when, in minutes."""
        runs = [e for e in self.ear.events if isinstance(e, Observed) and e.run.path == path]
        return [((e.run.ended_at - START) / 60, e.status.verdict) for e in runs]


def live(
    timeline: str,
    lives_s: Sequence[float],
    journal: Path | None = None,
    channels: tuple[Channel, ...] = (),
    **service: object,
) -> list[Life]:
    """Let a daemon live that long, then another one with the same journal, and so on."""

    async def main(clock: Clock) -> list[Life]:
        provider = Provider(scenario(timeline), now=clock.now)
        async with serving(provider) as address:
            return [await one(address, clock, life_s) for life_s in lives_s]

    async def one(address: str, clock: Clock, life_s: float) -> Life:
        ear = Ear()
        whole = with_service(configured(address, journal, 60.0), address, **service)
        whole = whole.model_copy(update={"notifications": channels})
        daemon = Daemon(whole, clock, reporters=(ear,))
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(life_s, stop.set)
        await daemon.run(stop, lambda _: None)
        return Life(ear=ear, metrics=samples(await daemon.metrics.exposition("")))

    return run_virtually(main, start=START)


def with_service(whole: Settings, address: str, **keys: object) -> Settings:
    if "status_page" in keys:
        keys["status_page"] = StatusPage(url=address, maintenance=False)
    (service,) = whole.services
    return whole.model_copy(update={"services": (service.model_copy(update=keys),)})


def samples(exposition: tuple[bytes, str]) -> dict[str, float]:
    """The values of the login path and of the service, by name and last label."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(exposition[0].decode()):
        for sample in family.samples:
            labels = {**sample.labels}
            if labels.get("path", "login") == "login" and labels.get("plane", "control") != "data":
                kind = labels.get("state") or labels.get("outcome") or labels.get("verdict") or ""
                found[f"{sample.name} {kind}".strip()] = sample.value
    return found


def spared(verdicts: Sequence[tuple[float, Verdict]]) -> list[bool]:
    """Whether the trouble was told before, within and after the window of 11:04 to 11:12."""
    parts = ((0.0, 4.0), (4.0, 12.0), (12.0, 20.0))
    told = [{verdict for at, verdict in verdicts if a <= at < b} for a, b in parts]
    return [Verdict.CONTROL_PLANE_DOWN not in verdicts for verdicts in told]


def test_trouble_in_a_window_of_ours_is_judged_and_not_told_until_it_ends() -> None:
    (life,) = live(LOGIN_FAILS, [18 * 60.0], maintenance=(OURS,))
    assert spared(life.verdicts()) == [True, True, False]
    (change, *_) = [
        e.transition
        for e in life.ear.events
        if isinstance(e, Changed) and e.transition.new is Verdict.CONTROL_PLANE_DOWN
    ]
    assert 5 < (change.at - START) / 60 < 7
    began, ended = [e for e in life.ear.events if isinstance(e, MaintenanceTurned)][1:]
    assert [window.name for window in began.held] == ["upgrade"]
    assert (ended.held, ended.status.verdict) == ((), Verdict.CONTROL_PLANE_DOWN)


def test_a_channel_hears_of_the_trouble_when_the_window_ends(tmp_path: Path) -> None:
    """Port 9 refuses every delivery: what is to be told is decided all the same."""
    team = Channel.model_validate({"name": "team", "webhook": {"url": "http://127.0.0.1:9/"}})
    (life,) = live(LOGIN_FAILS, [18 * 60.0], tmp_path / "journal.db", (team,), maintenance=(OURS,))
    told = [event.message for event in life.ear.events if isinstance(event, Notified)]
    assert [message.verdict for message in told] == [Verdict.CONTROL_PLANE_DOWN]
    assert 0 <= told[0].at - (START + 720) < 15
    assert told[0].began_at is not None
    assert START + 300 <= told[0].began_at < START + 360


def test_the_metrics_of_a_window_are_maintenances_alone() -> None:
    within, after = (
        live(LOGIN_FAILS, [minutes * 60.0], maintenance=(OURS,))[0].metrics for minutes in (10, 18)
    )
    assert within["probe_path_state maintenance"] == within["probe_plane_state maintenance"] == 1
    assert within["probe_path_state down"] == within["probe_verdict control_plane_down"] == 0
    assert within["probe_runs_total server_error"] == 0
    assert within["probe_runs_total maintenance"] >= 12
    assert within["probe_incident_open"] == 1
    assert after["probe_path_state down"] == after["probe_verdict control_plane_down"] == 1
    assert after["probe_path_state_seconds_total maintenance"] == pytest.approx(480, abs=1.5)
    assert after["probe_path_state_seconds_total down"] == pytest.approx(360, abs=1.5)


def test_the_vendors_announced_work_spares_it_and_no_longer_than_announced() -> None:
    (life,) = live(LOGIN_FAILS + VENDORS, [18 * 60.0])
    assert spared(life.verdicts()) == [True, True, False]


def test_the_vendors_work_spares_nothing_where_the_configuration_says_so() -> None:
    (life,) = live(LOGIN_FAILS + VENDORS, [18 * 60.0], status_page=None)
    assert spared(life.verdicts()) == [True, False, False]


def test_work_that_the_vendor_announces_late_spares_nothing_before() -> None:
    late = VENDORS.replace('announced: "11:01"', 'announced: "11:09"')
    (life,) = live(LOGIN_FAILS + late, [18 * 60.0])
    told = dict(life.verdicts())
    assert {verdict for at, verdict in told.items() if 7 <= at < 9} == {Verdict.CONTROL_PLANE_DOWN}
    assert {verdict for at, verdict in told.items() if 10.1 <= at < 12} == {Verdict.HEALTHY}


def test_a_window_outlives_restarts_and_a_configuration_without_it(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    before, after = live(LOGIN_FAILS, [7 * 60.0, 11 * 60.0], journal, maintenance=(OURS,))
    assert spared(before.verdicts() + after.verdicts()) == [True, True, False]
    reading = ReportQueries.open(journal)
    try:
        held = windows(reading.announcements("standin", 0.0))
        assert [(window.since, window.until) for window in held] == [(START + 240, START + 720)]
        frame = Frame(title="", since=START, until=START + 1080, made_at=START + 1080)
        (told,) = report(reading, frame, None).services
    finally:
        reading.close()
    login = next(lane for lane in told.paths if lane.name == "login")
    assert login.maintenance_s == 480
    assert 330 < login.hidden_s < 420
    assert login.seconds[State.DOWN] == pytest.approx(360, abs=35)
    control = next(lane for lane in told.planes if lane.plane is Plane.CONTROL)
    assert control.maintenance_s == 480


def test_a_journal_that_ends_within_a_window_keeps_it(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    live(LOGIN_FAILS, [7 * 60.0], journal, maintenance=(OURS,))
    kept = Journal.open(journal)
    assert [word.title for word in kept.announcements("standin", START + 420)] == ["upgrade"]
    kept.close()
