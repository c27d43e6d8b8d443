"""What is true of a daemon at the moment it says that it is ready."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from made_runs import a_run
from running_daemon import running

from probe.config.settings import Listen, Settings
from probe.judging.service import begin
from probe.model.clock import Clock
from probe.model.event import Observed
from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult
from probe.model.state import Plane, Verdict
from probe.rehearsing.virtual import run_virtually
from probe.reporting.journal.store import Journal
from probe.running.daemon import Daemon
from probe.running.telling.notifying import STOOD_STILL_S

NOW = 1_772_449_200.0
STEPS = [{"request": "GET http://127.0.0.1:9/"}]
API = {"name": "api", "plane": "data", "interval": 30.0, "steps": STEPS}
SERVICES = [{"name": "acme", "paths": [API]}]


def failure(at: float) -> Run:
    outcome = Outcome.SERVER_ERROR
    step = StepResult(name="one", outcome=outcome, duration_s=0.5)
    return a_run(
        id=f"run-{at}", path="api", plane=Plane.DATA, started_at=at, outcome=outcome, steps=(step,)
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "journal.db"
    whole = Settings.model_validate({"services": SERVICES, "journal": file})
    journal = Journal.open(file)
    status = begin(whole.services[0], NOW).status
    runs = [failure(NOW - ago) for ago in (40.0, 35.0, 30.0, 5.0)]
    journal.record([Observed(run=run, status=status) for run in runs])
    journal.close()
    return whole.model_copy(update={"listen": Listen(host="127.0.0.1", port=0)})


def test_who_asks_a_ready_daemon_hears_what_its_journal_knows(settings: Settings) -> None:
    heard: list[Verdict] = []

    async def main(clock: Clock) -> None:
        daemon, stop = Daemon(settings, clock), asyncio.Event()

        def started(_: str) -> None:
            heard.extend(
                view.status.verdict for view in daemon.board.picture().services if view.status
            )
            stop.set()

        await daemon.run(stop, started)

    run_virtually(main, start=NOW)
    assert heard == [Verdict.OUTAGE]


def test_a_daemon_to_which_nothing_happens_beats_every_second(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[float] = []

    async def main(clock: Clock) -> None:
        daemon = Daemon(settings, clock)
        notifications = daemon._audience.notifications
        monkeypatch.setattr(notifications, "beat", lambda: beats.append(clock.now()))
        async with running(daemon):
            await asyncio.sleep(10)

    run_virtually(main, start=NOW)
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    assert len(gaps) >= 8
    assert max(gaps) < STOOD_STILL_S / 2
