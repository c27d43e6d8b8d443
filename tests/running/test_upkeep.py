"""Windows begin and end in time, over restarts and reloads, and are laid over all that is told."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from configured import acme
from made_runs import a_run

from probe.config.settings import Settings
from probe.judging.service import begin, judge
from probe.model.claim import Maintenance, Owner, Stage
from probe.model.clock import Clock
from probe.model.event import Announced, Event, MaintenanceTurned, Observed, Skipped
from probe.model.maintenance import Window, windows
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import SkipReason, State, Verdict
from probe.model.status import ServiceStatus
from probe.reporting.journal.store import Journal
from probe.running.telling.upkeep import Upkeep

START = datetime(2026, 3, 8, 2, 0, tzinfo=UTC).timestamp()
ONCE = {"name": "upgrade", "starts": START, "lasts": 3600.0}
DAILY = {"name": "nightly", "cron": "0 2 * * *", "lasts": 3600.0, "paths": ["login"]}
VENDORS = Maintenance(
    service="acme",
    id="m1",
    title="Move",
    stage=Stage.SCHEDULED,
    seen_at=START - 100.0,
    starts_at=START,
    ends_at=START + 3600.0,
)


def settings(*maintenance: dict[str, Any]) -> Settings:
    login, api = {"name": "login", "plane": "control"}, {"name": "api", "plane": "data"}
    page = "https://status.example.com"
    return acme(login, api, status_page=page, maintenance=maintenance)


@dataclass
class Scene:
    """An upkeep, the time, and what it reported."""

    configured: Settings
    at: float = START - 1000.0
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = Clock(now=lambda: self.at, monotonic=lambda: self.at)
        self.upkeep = Upkeep(self.configured, clock, self.events.append)
        self.status = begin(self.configured.services[0], self.at).status

    def turned_at(self, at: float) -> list[Event]:
        """What is reported when the time is `at`."""
        self.at = at
        self.events.clear()
        self.upkeep.turn([self.status])
        return list(self.events)

    def words(self, at: float) -> list[Maintenance]:
        return [e.maintenance for e in self.turned_at(at) if isinstance(e, Announced)]

    def held(self, at: float) -> tuple[Window, ...] | None:
        """What the turn at `at` tells to hold; None where it tells nothing."""
        turns = [event for event in self.turned_at(at) if isinstance(event, MaintenanceTurned)]
        return turns[0].held if turns else None


def test_a_window_of_ours_is_told_ahead_and_journaled_when_it_begins() -> None:
    scene = Scene(settings(ONCE))
    (before,) = scene.turned_at(START - 1.0)
    assert isinstance(before, MaintenanceTurned)
    assert (before.held, [window.name for window in before.ahead]) == ((), ["upgrade"])
    word, turned = scene.turned_at(START + 0.7)
    assert isinstance(word, Announced)
    assert (word.maintenance.seen_at, word.maintenance.whose) == (START, Owner.OURS)
    assert isinstance(turned, MaintenanceTurned)
    assert (turned.held, turned.ahead) == (tuple(windows([word.maintenance])), ())
    assert scene.turned_at(START + 2.0) == []
    (after,) = scene.turned_at(START + 3600.0)
    assert after == MaintenanceTurned(status=scene.status)


def test_recurring_work_is_told_for_each_time() -> None:
    scene = Scene(settings(DAILY))
    days = [START + day * 86400.0 for day in range(3)]
    spans = [(word.starts_at, word.ends_at) for day in days for word in scene.words(day)]
    assert spans == [(day, day + 3600.0) for day in days]


def test_what_is_configured_while_it_would_hold_counts_from_then() -> None:
    scene = Scene(settings(ONCE), at=START + 600.0)
    assert [word.seen_at for word in scene.words(START + 601.0)] == [START + 600.0]
    assert [window.since for window in scene.upkeep._calendars["acme"].holding(START + 602.0)] == [
        START + 600.0
    ]


def test_a_restart_within_a_window_tells_it_on_and_journals_nothing() -> None:
    first = Scene(settings(ONCE))
    words = first.words(START)
    second = Scene(settings(ONCE), at=START + 60.0)
    second.upkeep.seed("acme", words)
    (turned,) = second.turned_at(START + 61.0)
    assert isinstance(turned, MaintenanceTurned)
    assert [(window.since, window.until) for window in turned.held] == [(START, START + 3600.0)]


def test_a_reload_that_drops_a_window_ends_it_and_keeps_what_was() -> None:
    scene = Scene(settings(ONCE))
    words = scene.words(START)
    scene.upkeep.adopt(settings())
    words += scene.words(START + 600.0)
    assert [word.stage for word in words] == [Stage.IN_PROGRESS, Stage.GONE]
    assert [(window.since, window.until) for window in windows(words)] == [(START, START + 600.0)]
    assert scene.turned_at(START + 601.0) == []


def test_a_reload_that_prolongs_a_window_prolongs_it_as_one() -> None:
    scene = Scene(settings(ONCE))
    words = scene.words(START)
    scene.upkeep.adopt(settings({**ONCE, "lasts": 7200.0}))
    words += scene.words(START + 600.0)
    assert [word.seen_at for word in words] == [START, START + 600.0]
    assert [(window.since, window.until) for window in windows(words)] == [(START, START + 7200.0)]


def test_a_reload_that_brings_a_dropped_window_back_begins_it_anew() -> None:
    scene = Scene(settings(ONCE))
    words = scene.words(START)
    for at, plans in ((START + 600.0, ()), (START + 900.0, (ONCE,))):
        scene.at = at
        scene.upkeep.adopt(settings(*plans))
        words += scene.words(at)
    assert [(window.since, window.until) for window in windows(words)] == [
        (START, START + 600.0),
        (START + 900.0, START + 3600.0),
    ]


def test_a_reload_that_leaves_a_plan_alone_leaves_it_known_since_before() -> None:
    scene = Scene(settings(ONCE))
    scene.at = START + 0.5
    scene.upkeep.adopt(settings(ONCE, DAILY))
    upgrade, nightly = sorted(scene.words(START + 0.6), key=lambda word: word.seen_at)
    assert (upgrade.title, upgrade.seen_at) == ("upgrade", START)
    assert (nightly.title, nightly.seen_at) == ("nightly", START + 0.5)


def test_a_vendors_work_is_heard_and_not_journaled_again() -> None:
    scene = Scene(settings())
    scene.upkeep.handle(Announced(maintenance=VENDORS))
    scene.upkeep.handle(Announced(maintenance=replace(VENDORS, service="other")))
    assert scene.words(START - 1.0) == []
    assert scene.held(START) == tuple(windows([VENDORS]))
    scene.upkeep.handle(
        Announced(maintenance=replace(VENDORS, stage=Stage.COMPLETED, seen_at=START + 60.0))
    )
    assert scene.held(START + 60.0) == ()


def test_a_vendors_work_of_no_length_holds_nothing() -> None:
    scene = Scene(settings())
    scene.upkeep.handle(Announced(maintenance=replace(VENDORS, ends_at=None)))
    assert scene.held(START + 60.0) is None


def test_a_vendors_work_ends_with_the_page_that_told_of_it() -> None:
    scene = Scene(settings())
    scene.upkeep.handle(Announced(maintenance=VENDORS))
    assert scene.held(START + 60.0)
    (service,) = settings().services
    without = service.model_copy(update={"status_page": None})
    scene.upkeep.adopt(Settings(services=(without,)))
    assert [(word.id, word.stage) for word in scene.words(START + 90.0)] == [("m1", Stage.GONE)]
    assert scene.upkeep._told(scene.status) is scene.status
    assert scene.words(START + 120.0) == []


def test_what_ended_is_forgotten() -> None:
    scene = Scene(settings(DAILY))
    for day in range(50):
        scene.turned_at(START + day * 86400.0)
    for number in range(50):
        ended = replace(VENDORS, id=str(number), seen_at=START + 1e7 + number, ends_at=START + 2e7)
        scene.upkeep.handle(Announced(maintenance=ended))
        scene.upkeep.handle(Announced(maintenance=replace(ended, stage=Stage.GONE)))
    assert scene.upkeep._calendars["acme"].said == []


def test_what_is_told_within_a_window_has_it_laid_over_to_the_second() -> None:
    scene = Scene(settings(DAILY))
    memory = begin(scene.configured.services[0], scene.at)
    for number in range(6):
        memory = judge(
            memory, run_of(START - 600.0 + 30.0 * number), fresh_until=START + 1e4
        ).memory
    told = {at: status_told(scene, memory.status, at) for at in (START - 0.1, START, START + 3600)}
    assert [path.maintenance is None for path in told[START - 0.1].paths] == [True, True]
    assert [path.maintenance is None for path in told[START].paths] == [False, True]
    assert told[START].paths[0].state is State.DOWN
    assert told[START + 3600] == told[START - 0.1] == memory.status


def test_events_without_a_status_pass_as_they_are() -> None:
    scene = Scene(settings(ONCE), at=START)
    event = Skipped(service="acme", path="login", reason=SkipReason.OVERLAP, at=START)
    scene.upkeep.tell(event)
    assert scene.events == [event]


def test_a_window_survives_its_journal(tmp_path: Path) -> None:
    scene = Scene(settings(DAILY))
    journal = Journal.open(tmp_path / "journal.db")
    journal.record(scene.turned_at(START))
    assert windows(journal.announcements("acme", START)) == list(
        scene.upkeep._calendars["acme"].holding(START)
    )
    journal.close()


def run_of(at: float) -> Run:
    return a_run(id=f"r{at}", started_at=at, outcome=Outcome.SERVER_ERROR)


def status_told(scene: Scene, status: ServiceStatus, at: float) -> ServiceStatus:
    scene.at = at
    scene.events.clear()
    scene.upkeep.tell(Observed(run=run_of(at), status=status))
    (event,) = scene.events
    assert isinstance(event, Observed)
    return event.status


def test_a_service_that_nobody_has_seen_yet_rests_all_the_same() -> None:
    scene = Scene(settings(ONCE), at=START)
    assert scene.status.verdict is Verdict.UNKNOWN
    assert status_told(scene, scene.status, START).verdict is Verdict.HEALTHY
