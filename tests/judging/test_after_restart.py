"""After a start, what was told stands until the paths behind it were judged afresh."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from configured import channel, settings
from fed_paths import judged, service
from hypothesis import given
from hypothesis import strategies as st
from made_statuses import a_path

from probe.judging.after_restart import Start, in_vain
from probe.judging.listener import Listener
from probe.judging.notice import overdue, owed
from probe.judging.service import begin, review
from probe.model.notification import Message
from probe.model.outcome import Outcome
from probe.model.state import Plane, State, Verdict
from probe.model.status import ServiceStatus

Question = Callable[[Listener, ServiceStatus, float], Message | None]
ACME = service(
    {"name": "login", "plane": "control"},
    {"name": "usage", "plane": "control", "critical": False},
    {"name": "api", "plane": "data"},
)
PATHS = [path.name for path in ACME.paths]
CHANNEL = channel()


class Ears:
    """A channel that remembers what it was told last, over restarts of a service's judging."""

    def __init__(self) -> None:
        self.at = 0.0
        self.started_at = 0.0
        self.memory = begin(ACME, 0.0)
        self.heard: list[Verdict] = []
        self.told: Message | None = None

    def restart(self, away_s: float) -> None:
        """Judge on, with evidence as old as the daemon was away."""
        self.at += away_s
        self.started_at = self.at
        self.memory = review(self.memory, self.at).memory
        self._hear(overdue)

    def run(self, path: str, outcome: Outcome) -> None:
        self.at += 5.0
        judgement = judged(self.memory, path, outcome, self.at)
        self.memory = judgement.memory
        self._hear(overdue if judgement.transition is None else owed)

    def rounds(self, times: int, /, **failing: Outcome) -> None:
        for _ in range(times):
            for path in PATHS:
                self.run(path, failing.get(path, Outcome.OK))

    def wait(self, seconds: float) -> None:
        """Let time pass without a run."""
        self.at += seconds
        judgement = review(self.memory, self.at)
        self.memory = judgement.memory
        self._hear(overdue if judgement.transition is None else owed)

    def _hear(self, asked: Question) -> None:
        listener = Listener(
            settings=settings(CHANNEL),
            channel=CHANNEL,
            told=self.told,
            start=Start(at=self.started_at),
        )
        message = asked(listener, self.memory.status, self.at)
        if message is not None:
            self.told = message
            self.heard.append(message.verdict)


FAILS = Outcome.SERVER_ERROR
SPLIT = Verdict.CONTROL_PLANE_DOWN


@pytest.mark.parametrize("failing", [{"login": FAILS}, {"login": FAILS, "usage": FAILS}])
@pytest.mark.parametrize("away_s", [0.0, 60.0, 84.0, 100.0, 86_400.0])
def test_a_restart_within_a_trouble_tells_nothing_until_it_ends(
    away_s: float, failing: dict[str, Outcome]
) -> None:
    ears = Ears()
    ears.rounds(3)
    ears.rounds(6, **failing)
    before = list(ears.heard)
    assert before[-1] is SPLIT
    ears.restart(away_s)
    ears.wait(8.0)
    ears.rounds(6, **failing)
    assert ears.heard == before
    ears.rounds(5)
    assert ears.heard[len(before) :][-1] is Verdict.HEALTHY


def test_a_trouble_that_is_milder_after_a_restart_is_told_once_its_paths_are_known() -> None:
    ears = Ears()
    ears.rounds(3)
    ears.rounds(6, login=FAILS, usage=FAILS)
    ears.restart(100.0)
    ears.rounds(6, usage=FAILS)
    assert ears.heard[-2:] == [SPLIT, Verdict.DEGRADED]


def test_a_plane_unseen_since_a_restart_is_told_beside_one_that_is_still_down() -> None:
    ears = Ears()
    ears.rounds(3)
    ears.rounds(6, usage=FAILS)
    ears.rounds(6, login=FAILS, usage=FAILS)
    ears.restart(100.0)
    for _ in range(4):
        ears.run("login", FAILS)
    for _ in range(2):
        ears.run("api", Outcome.CHALLENGED)
    assert ears.heard[-2:] == [SPLIT, Verdict.UNKNOWN]


def test_that_we_look_in_vain_since_a_restart_is_told() -> None:
    ears = Ears()
    ears.rounds(3)
    ears.rounds(6, login=FAILS)
    ears.restart(100.0)
    ears.rounds(2, login=Outcome.CHALLENGED)
    assert ears.heard[-1] is Verdict.UNKNOWN
    ears.restart(10.0)
    ears.rounds(2, login=Outcome.CHALLENGED)
    assert ears.heard.count(Verdict.UNKNOWN) == 1


def test_a_restart_beside_a_bot_wall_tells_of_no_end_of_what_is_down() -> None:
    ears = Ears()
    ears.rounds(3)
    ears.rounds(20, login=Outcome.CHALLENGED)
    ears.rounds(6, login=Outcome.CHALLENGED, api=FAILS)
    assert ears.told is not None
    assert ears.told.known_down == {Plane.DATA}
    before = list(ears.heard)
    ears.restart(600.0)
    ears.rounds(6, login=Outcome.CHALLENGED, api=FAILS)
    assert ears.heard == before
    ears.rounds(6, login=Outcome.CHALLENGED)
    assert ears.heard == [*before, Verdict.UNKNOWN]
    assert ears.told.known_down == frozenset()


def test_what_grows_worse_after_a_restart_is_told_before_all_of_it_is_known() -> None:
    ears = Ears()
    ears.rounds(3)
    ears.rounds(6, usage=FAILS)
    ears.restart(100.0)
    for _ in range(4):
        ears.run("api", Outcome.OK)
        ears.run("login", FAILS)
    assert ears.heard == [Verdict.DEGRADED, Verdict.CONTROL_PLANE_DOWN]


@pytest.mark.parametrize(
    ("state", "ran_at", "vain"),
    [
        (State.UNKNOWN, 100.0, True),
        (State.UNKNOWN, 50.0, True),
        (State.UNKNOWN, 49.0, False),
        (State.UNKNOWN, None, False),
        (State.UNKNOWN, 120.0, False),
        (State.UP, 100.0, False),
    ],
)
def test_we_look_in_vain_where_a_path_is_unknown_beyond_its_first_runs_since_the_start(
    state: State, ran_at: float | None, *, vain: bool
) -> None:
    fresh = judged(begin(ACME, 0.0), "login", Outcome.CHALLENGED, ran_at or 0.0).memory.status
    login = replace(
        fresh.path("login"),
        state=state,
        last_run=None if ran_at is None else fresh.path("login").last_run,
        fresh_until=(ran_at or 0.0) + 90,
    )
    others = [replace(path, state=State.UP) for path in fresh.paths[1:]]
    status = replace(fresh, paths=(login, *others))
    assert in_vain(status, Start(at=50.0), now=200.0) is vain


@pytest.mark.parametrize(
    ("fresh_until", "stood_from", "now", "since"),
    [
        (109.9, 110.0, 120.0, 50.0),  # it was stale before we stood still
        (110.0, 110.0, 120.0, 120.0),
        (200.0, 110.0, 120.0, 120.0),
        (100.0, 110.0, 20.0, 20.0),  # the clock was set back: runs are from now on
        (200.0, 110.0, 20.0, 20.0),
    ],
)
def test_after_standing_still_what_was_evidence_until_then_is_observed_anew(
    fresh_until: float, stood_from: float, now: float, since: float
) -> None:
    path, unheard_of = a_path(fresh_until=fresh_until), a_path(path="usage")
    start = Start(at=50.0).anew([path], stood_from, now)
    assert (start.of(path), start.of(unheard_of)) == (since, now)
    assert start.anew([path], now, now + 9).of(path) == (now + 9 if fresh_until >= now else since)


def test_evidence_that_ends_without_a_restart_is_told_at_once() -> None:
    ears = Ears()
    ears.rounds(3)
    ears.wait(100.0)
    assert ears.heard == [Verdict.UNKNOWN]


@given(
    away_s=st.floats(0.0, 300.0),
    fails=st.sets(st.sampled_from(PATHS), min_size=1),
    outcome=st.sampled_from([FAILS, Outcome.TIMED_OUT, Outcome.OVERLOADED]),
)
def test_whatever_fails_and_however_long_we_are_away_a_restart_repeats_nothing(
    away_s: float, fails: set[str], outcome: Outcome
) -> None:
    ears = Ears()
    failing = dict.fromkeys(fails, outcome)
    ears.rounds(3)
    ears.rounds(8, **failing)
    before = list(ears.heard)
    ears.restart(away_s)
    ears.rounds(8, **failing)
    assert ears.heard == before
