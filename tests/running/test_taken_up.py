"""What is known of a service that is taken up: by a start, or by a reload with other paths."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from running_daemon import RunningDaemon

from probe.config.loading import load
from probe.model.clock import Clock
from probe.model.event import Attempted, Changed, Event, IncidentUpdated, Notified, Observed
from probe.model.notification import Occasion, Result
from probe.model.report import IncidentReport
from probe.model.state import Plane, State, Verdict
from probe.model.status import ServiceStatus
from probe.recounting.reports import incident_reports
from probe.rehearsing.virtual import run_virtually
from probe.reporting import times
from probe.reporting.journal.report_queries import ReportQueries
from probe.reporting.journal.store import Journal
from probe.reporting.web import incident_page
from probe.running.daemon import Daemon

pytestmark = pytest.mark.scenario
START: Final = 1_772_409_600.0
LOGIN: Final = ("login", "control", "")
API: Final = ("api", "data", "")
USAGE: Final = ("usage", "control", ", basic: {user: u, password: p}")


@dataclass
class Stage(RunningDaemon):
    """A target whose paths answer as `answers` says, and a daemon that looks at them."""

    folder: Path
    clock: Clock
    base: str = ""
    answers: dict[str, int] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)
    let: asyncio.Event = field(default_factory=asyncio.Event)

    def handle(self, event: Event) -> None:
        self.told.append(event)

    async def answer(self, request: web.Request) -> web.Response:
        await self.let.wait()
        return web.Response(status=self.answers.get(request.path.strip("/"), 200))

    def write(
        self,
        *paths: tuple[str, str, str],
        defaults: str = "interval: 10s",
        service: str = "acme",
    ) -> None:
        listed = "".join(
            f"      - {{name: {name}, plane: {plane},"
            f" steps: [{{request: 'GET {self.base}{name}'{more}}}]}}\n"
            for name, plane, more in paths
        )
        self.file.write_text(
            f"journal: {self.folder}/journal.db\nlisten: 127.0.0.1:0\n"
            f"defaults: {{{defaults}}}\nservices:\n  - name: {service}\n    paths:\n{listed}"
        )

    @property
    def file(self) -> Path:
        return self.folder / "probe.yaml"

    async def start(self) -> None:
        daemon = Daemon(load(self.file), self.clock, config=self.file, reporters=(self,))
        await self.begin(daemon)

    async def adopt(self, how: str) -> None:
        """Take up the file as it is now."""
        if how == "reload":
            assert (await self.daemon.reload()).successful
        else:
            await self.end()
            await self.start()

    @property
    def status(self) -> ServiceStatus:
        return self.daemon.cycle.memories["acme"].status

    @property
    def verdicts(self) -> list[Verdict]:
        return [each.transition.new for each in self.told if isinstance(each, Changed)]

    def runs(self, path: str) -> list[float]:
        """When those that were told began, in whole seconds from the start."""
        told = [each.run for each in self.told if isinstance(each, Observed)]
        return [run.started_at // 1 - START for run in told if run.path == path]

    async def exported(self, series: str) -> bool:
        text, _ = await self.daemon.metrics.exposition("")
        return any(line.startswith(series) for line in text.decode().splitlines())


def played(folder: Path, play: Callable[[Stage], Awaitable[None]]) -> None:
    """Play a piece on a virtual clock."""

    async def main(clock: Clock) -> None:
        stage = Stage(folder, clock)
        stage.let.set()
        application = web.Application()
        application.router.add_route("*", "/{name}", stage.answer)
        async with TestServer(application) as server:
            stage.base = str(server.make_url("/"))
            await play(stage)
            await stage.end()

    run_virtually(main, start=START)


def reported(folder: Path, now: float) -> IncidentReport:
    """What a report tells of the only incident."""
    with contextlib.closing(ReportQueries.open(folder / "journal.db")) as journal:
        (told,) = incident_reports(journal, journal.incidents(), now)
    return told


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_a_trouble_is_an_incident_once_the_path_that_hid_it_is_gone(
    how: str, tmp_path: Path
) -> None:
    async def play(stage: Stage) -> None:
        stage.answers["usage"] = 401  # it never worked: our own affair, and the plane is unknown
        stage.write(LOGIN, API, USAGE)
        await stage.start()
        await asyncio.sleep(300)
        stage.answers["api"] = 500
        await asyncio.sleep(300)
        assert stage.status.verdict is Verdict.UNKNOWN
        stage.write(LOGIN, API)
        await stage.adopt(how)
        await asyncio.sleep(60)
        status = stage.status
        assert status.verdict is Verdict.DATA_PLANE_DOWN
        assert stage.verdicts[-1] is Verdict.DATA_PLANE_DOWN
        incident = status.incident
        assert incident is not None
        assert incident.opened_at < START + 310

    played(tmp_path, play)


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_the_incident_of_a_service_that_is_gone_ends_and_nobody_is_left_waiting(
    how: str, tmp_path: Path
) -> None:
    async def play(stage: Stage) -> None:
        receiver = f"notifications: [{{name: team, webhook: {{url: '{stage.base}hook'}}}}]\n"
        stage.write(LOGIN, API)
        stage.file.write_text(receiver + stage.file.read_text())
        stage.answers["api"] = 500
        await stage.start()
        await asyncio.sleep(300)
        stage.write(LOGIN, service="other")
        stage.file.write_text(receiver + stage.file.read_text())
        await stage.adopt(how)
        await asyncio.sleep(60)
        (ended,) = [
            each.incident
            for each in stage.told
            if isinstance(each, IncidentUpdated) and not each.incident.open
        ]
        assert ended.service == "acme"
        told = [each.message for each in stage.told if isinstance(each, Notified)]
        assert [message.occasion for message in told] == [Occasion.CHANGED, Occasion.ENDED]
        assert told[-1].length_s is not None, "it tells how long the incident had lasted"

    played(tmp_path, play)
    with contextlib.closing(Journal.open(tmp_path / "journal.db")) as journal:
        assert journal.open_incidents() == []


@pytest.mark.parametrize(("how", "within_s"), [("reload", 30), ("restart", 30), ("nothing", 300)])
def test_a_trouble_that_its_receiver_refused_is_told_once_that_is_mended(
    how: str, within_s: float, tmp_path: Path
) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API)
        receiver = f"notifications: [{{name: team, webhook: {{url: '{stage.base}hook'}}}}]\n"
        stage.file.write_text(receiver + stage.file.read_text())
        stage.answers |= {"api": 500, "hook": 404}
        await stage.start()
        await asyncio.sleep(120)
        stage.answers["hook"] = 204
        if how != "nothing":
            await stage.adopt(how)
        await asyncio.sleep(within_s)
        stage.answers["api"] = 200
        await asyncio.sleep(120)
        attempts = [each for each in stage.told if isinstance(each, Attempted)]
        assert [(each.message.verdict, each.result) for each in attempts] == [
            (Verdict.DATA_PLANE_DOWN, Result.GIVEN_UP),
            (Verdict.DATA_PLANE_DOWN, Result.SENT),
            (Verdict.HEALTHY, Result.SENT),
        ]

    played(tmp_path, play)


def test_what_a_path_that_is_gone_made_unknown_is_known_after_a_reload(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.answers["usage"] = 401
        stage.write(LOGIN, API, USAGE)
        await stage.start()
        await asyncio.sleep(300)
        stage.write(LOGIN, API)
        await stage.adopt("reload")
        assert stage.status.verdict is Verdict.HEALTHY
        assert stage.status.findings == frozenset()

    played(tmp_path, play)


def test_what_fails_is_down_once_fewer_failures_are_enough(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API, defaults="interval: 60s, confirm_after: [], fail_after: 20")
        await stage.start()
        await asyncio.sleep(300)
        stage.answers["api"] = 500
        await asyncio.sleep(600)
        stage.write(LOGIN, API, defaults="interval: 60s, confirm_after: [], fail_after: 2")
        await stage.adopt("reload")
        await asyncio.sleep(65)
        assert stage.status.verdict is Verdict.DATA_PLANE_DOWN

    played(tmp_path, play)


@pytest.mark.parametrize(("answer", "verdict"), [(200, "healthy"), (500, "data_plane_down")])
def test_to_look_more_often_is_no_news(answer: int, verdict: str, tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API, defaults="interval: 300s")
        await stage.start()
        await asyncio.sleep(500)
        stage.answers["api"] = answer
        await asyncio.sleep(500)
        assert stage.status.verdict == verdict
        before = len(stage.verdicts)
        stage.write(LOGIN, API, defaults="interval: 30s")
        await stage.adopt("reload")
        await asyncio.sleep(120)
        assert stage.verdicts[before:] == []
        assert stage.status.verdict == verdict

    played(tmp_path, play)


def test_a_restart_knows_since_when_a_path_is_down_however_long_ago(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API, defaults="interval: 10s")
        await stage.start()
        await asyncio.sleep(60)
        stage.answers["login"] = stage.answers["api"] = 500
        await asyncio.sleep(40)
        before = {path.path: path.since for path in stage.status.paths}
        await asyncio.sleep(1800)
        await stage.adopt("restart")
        await asyncio.sleep(30)
        assert {path.path: path.since for path in stage.status.paths} == before
        assert stage.status.verdict is Verdict.OUTAGE

    played(tmp_path, play)


def test_a_run_under_way_counts_though_its_path_is_looked_at_more_often_from_now_on(
    tmp_path: Path,
) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API, defaults="interval: 60s")
        await stage.start()
        await asyncio.sleep(59)
        stage.let.clear()
        await asyncio.sleep(2)
        began_at = 60.0
        assert began_at not in stage.runs("login")
        stage.write(LOGIN, API, defaults="interval: 30s")
        await stage.adopt("reload")
        stage.let.set()
        await asyncio.sleep(0.5)
        assert began_at in stage.runs("login")

    played(tmp_path, play)


def test_the_incident_of_a_service_that_is_taken_away_ends_with_its_evidence(
    tmp_path: Path,
) -> None:
    async def play(stage: Stage) -> None:
        stage.answers["api"] = 500
        stage.write(LOGIN, API)
        await stage.start()
        await asyncio.sleep(60)
        opened = stage.status.incident
        assert opened is not None
        stage.file.write_text(stage.file.read_text().replace("name: acme", "name: other"))
        await stage.adopt("reload")
        await asyncio.sleep(5)
        last = [each.incident for each in stage.told if isinstance(each, IncidentUpdated)][-1]
        assert (last.id, last.closed_at) == (opened.id, opened.last_bad_at)

    played(tmp_path, play)


def test_a_path_takes_its_state_along_to_another_plane(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, ("usage", "control", ""))
        await stage.start()
        await asyncio.sleep(60)
        stage.write(LOGIN, ("usage", "data", ""))
        await stage.adopt("reload")
        await asyncio.sleep(1)
        assert stage.status.planes == {Plane.CONTROL: State.UP, Plane.DATA: State.UP}
        for plane in ("control", "data"):
            of_plane = f'location="local",plane="{plane}",service="acme"'
            assert await stage.exported(f'probe_plane_state{{{of_plane},state="up"}} 1')

    played(tmp_path, play)


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_a_path_that_is_taken_away_while_it_is_down_is_down_no_longer(
    how: str, tmp_path: Path
) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API, ("usage", "control", ""))
        await stage.start()
        await asyncio.sleep(60)
        stage.answers |= {"login": 429, "api": 429, "usage": 500}
        await asyncio.sleep(300)
        stage.write(LOGIN, API)
        await stage.adopt(how)
        taken_at = stage.clock.now()
        await asyncio.sleep(1800)
        incident = stage.status.incident
        assert incident is not None
        moves = [move for move in incident.moves if move.path == "usage"]
        assert [move.state for move in moves] == [State.DOWN, State.UNKNOWN]
        assert moves[-1].at == pytest.approx(taken_at, abs=5)
        assert moves[-1].reason == "it is watched no more"
        down_s = incident.some_down_s(stage.clock.now())
        assert down_s == pytest.approx(incident.down_s["usage"], abs=5)

    played(tmp_path, play)


async def again(stage: Stage) -> None:
    """Up and down again, in one incident."""
    stage.answers["login"] = 200
    await asyncio.sleep(120)
    stage.answers["login"] = 500
    await asyncio.sleep(120)


async def started_anew(stage: Stage) -> None:
    await stage.adopt("restart")


async def stopped(stage: Stage) -> None:
    """Long enough to know nothing any more."""
    await stage.end()
    await asyncio.sleep(600)
    await stage.start()


async def lost_from_sight(stage: Stage) -> None:
    stage.daemon._schedule.stop()
    await asyncio.sleep(600)
    await stage.adopt("restart")


async def moved_to_the_data_plane(stage: Stage) -> None:
    stage.write(("login", "data", ""), API)
    await stage.adopt("reload")


async def taken_away(stage: Stage) -> None:
    stage.write(API)
    stage.answers["api"] = 500
    await stage.adopt("reload")


@pytest.mark.parametrize(
    "history",
    [again, started_anew, stopped, lost_from_sight, moved_to_the_data_plane, taken_away],
)
def test_page_and_report_tell_alike_for_how_long_some_path_was_down(
    history: Callable[[Stage], Awaitable[None]], tmp_path: Path
) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API)
        await stage.start()
        await asyncio.sleep(60)
        stage.answers["login"] = 500
        await asyncio.sleep(300)
        await history(stage)
        await asyncio.sleep(300)
        stage.answers |= {"login": 200, "api": 200}
        await asyncio.sleep(60)
        looked.append(stage.clock.now())

    looked: list[float] = []
    played(tmp_path, play)
    (now,) = looked
    told = reported(tmp_path, now)
    incident = told.incident
    page = dict(incident_page.lengths(incident, None, now))
    down_s = told.lengths.down_s
    assert page["Some path confirmed down"] == f"{times.length(down_s)}, so far"
    assert down_s == pytest.approx(sum(incident.down_s.values()), abs=5)
    if history is not taken_away:  # its evidence outlives it
        seen = sum(sums[State.DOWN] for sums in told.path_seconds.values())
        assert down_s == pytest.approx(seen, abs=0.5)


def test_what_was_down_until_its_recovery_was_confirmed_is_told_so_when_all_is_over(
    tmp_path: Path,
) -> None:
    async def play(stage: Stage) -> None:
        stage.write(LOGIN, API)
        await stage.start()
        await asyncio.sleep(60)
        stage.answers["login"] = 500
        await asyncio.sleep(300)
        stage.answers["login"] = 200
        await asyncio.sleep(900)
        looked.append(stage.clock.now())

    looked: list[float] = []
    played(tmp_path, play)
    told = reported(tmp_path, *looked)
    incident = told.incident
    assert not incident.open
    down_s = pytest.approx(incident.down_s["login"], abs=0.5)
    assert told.lengths.down_s == down_s
    assert told.path_seconds["login"][State.DOWN] == down_s
