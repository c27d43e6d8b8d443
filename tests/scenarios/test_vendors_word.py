"""The vendor's word in the running daemon: kept over restarts, asked for gently, never believed."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from probe.config.settings import Listen, Settings
from probe.config.vendor import PAGE_PATH
from probe.model.claim import Account, Claim, ClaimState, Maintenance, Post, Stage
from probe.model.clock import Clock
from probe.model.event import (
    Announced,
    Changed,
    Claimed,
    Compared,
    Event,
    Observed,
    PageRead,
    Posted,
)
from probe.model.outcome import Outcome
from probe.model.state import State, Verdict
from probe.rehearsing.staging import demo_settings
from probe.rehearsing.virtual import run_virtually
from probe.reporting.journal.store import Journal
from probe.running.daemon import Daemon
from probe.simulator.provider import Provider
from probe.simulator.routes import STATUS
from probe.simulator.scenario import Scenario, read_scenario
from probe.simulator.serving import serving

pytestmark = pytest.mark.scenario
START = datetime(2026, 3, 2, 11, tzinfo=UTC).timestamp()
LOGIN_FAILS = """
faults:
  - {on: [login_page, login_submit], kind: status, status: 500, from: "11:05", until: "11:20"}
"""
VENDOR = """
vendor:
  - at: "11:10"
    incident: Errors
    status: investigating
    impact: major
    body: Looking.
    components: {web: partial_outage}
  - at: "11:15"
    incident: Errors
    status: resolved
    impact: major
    body: Over.
    components: {web: operational}
"""


def scenario(timeline: str) -> Scenario:
    return read_scenario(
        "title: a test\nsource: the test itself\nstarts: 2026-03-02T11:00:00Z\n"
        "ends: 2026-03-02T12:00:00Z\nseed: 7\nlatency: {default: 0}\n" + timeline
    )


@dataclass
class Ear:
    """A reporter that keeps what it hears."""

    events: list[Event] = field(default_factory=list)

    def handle(self, event: Event) -> None:
        self.events.append(event)

    def claims(self) -> list[Claim]:
        return [event.claim for event in self.events if isinstance(event, Claimed)]

    def posts(self) -> list[Post]:
        return [event.post for event in self.events if isinstance(event, Posted)]

    def works(self) -> list[Maintenance]:
        return [event.maintenance for event in self.events if isinstance(event, Announced)]

    def readings(self) -> list[PageRead]:
        return [event for event in self.events if isinstance(event, PageRead)]

    def accounts(self) -> list[Account]:
        told = [event.comparison.account for event in self.events if isinstance(event, Compared)]
        return [account for account in told if account is not None]

    def verdicts(self) -> list[tuple[Verdict, Verdict]]:
        changes = [event.transition for event in self.events if isinstance(event, Changed)]
        return [(change.old, change.new) for change in changes]

    def outcomes(self) -> list[tuple[str, Outcome]]:
        runs = [event.run for event in self.events if isinstance(event, Observed)]
        return [(run.path, run.outcome) for run in runs]


@dataclass
class Played:
    """What was heard in each life of the daemon, and what was asked of the page."""

    ears: list[Ear]
    asked: int


def configured(address: str, journal: Path | None, interval_s: float) -> Settings:
    whole = demo_settings(address, Listen(host="127.0.0.1", port=0))
    politeness = whole.politeness.model_copy(update={"status_page_interval": interval_s})
    return whole.model_copy(update={"journal": journal, "politeness": politeness})


def play(
    timeline: str, lives_s: Sequence[float], journal: Path | None = None, interval_s: float = 60.0
) -> Played:
    """Let a daemon live that long, then another one with the same journal, and so on."""

    async def main(clock: Clock) -> Played:
        provider = Provider(scenario(timeline), now=clock.now)
        ears = [Ear() for _ in lives_s]
        async with serving(provider) as address:
            for ear, life_s in zip(ears, lives_s, strict=True):
                whole = configured(address, journal, interval_s)
                daemon = Daemon(whole, clock, reporters=(ear,))
                stop = asyncio.Event()
                asyncio.get_running_loop().call_later(life_s, stop.set)
                await daemon.run(stop, lambda _: None)
        return Played(ears=ears, asked=sum(provider.requests[route] for route in STATUS))

    return run_virtually(main, start=START)


def test_a_late_word_and_a_resolved_too_soon_are_told_of_the_incident() -> None:
    ear = play(LOGIN_FAILS + VENDOR, [1800]).ears[0]
    last = ear.accounts()[-1]
    assert last.acknowledged_at == START + 600
    assert last.lead_s is not None
    assert 240 < last.lead_s < 300
    assert last.resolved_at == START + 900
    assert last.premature_s is not None
    assert 240 < last.premature_s <= 300
    assert [post.stage for post in ear.posts()] == [Stage.INVESTIGATING, Stage.RESOLVED]


def test_a_restart_repeats_no_word_and_misses_no_end(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    before, after = play(LOGIN_FAILS + VENDOR, [780, 1020], journal).ears
    assert [post.stage for post in before.posts()] == [Stage.INVESTIGATING]
    assert [post.stage for post in after.posts()] == [Stage.RESOLVED]
    assert [(claim.component, claim.state) for claim in after.claims()] == [
        ("page", ClaimState.OPERATIONAL),
        ("web", ClaimState.OPERATIONAL),
    ]
    first, last = before.accounts()[-1], after.accounts()[-1]
    assert (first.incident, first.lead_s) == (last.incident, last.lead_s)
    assert first.premature_s is None
    assert last.premature_s is not None
    kept = Journal.open(journal)
    assert kept.accounts("standin") == [last]
    assert len(kept.words("standin")[1]) == 2
    assert all(kept.recent_runs("standin", path, 1) for path in ("login", PAGE_PATH))
    kept.close()


def test_a_restart_shows_at_once_who_was_first(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    before, after = play(LOGIN_FAILS + VENDOR, [780, 1], journal).ears
    assert after.accounts()[:1] == before.accounts()[-1:]


def test_a_page_is_asked_once_a_minute_over_restarts_too(tmp_path: Path) -> None:
    played = play("", [100] * 6, tmp_path / "journal.db")
    assert played.asked == 600 / 60
    starts = [reading.run.started_at for ear in played.ears for reading in ear.readings()]
    gaps = {later - earlier for earlier, later in pairwise(starts)}
    assert all(gap == 0 or gap >= 60 for gap in gaps), gaps


def test_a_page_that_refuses_is_asked_less_and_less() -> None:
    wall = 'faults: [{on: status, kind: challenge, from: "11:00", until: "11:59"}]'
    played = play(wall, [3000])
    assert played.asked == 5  # after 0, 2, 6, 14 and 30 minutes
    (last,) = played.ears[0].readings()[-1:]
    assert last.run.outcome is Outcome.CHALLENGED
    assert last.status.state is State.UNKNOWN
    assert {claim.state for claim in played.ears[0].claims()} == {ClaimState.UNKNOWN}


def test_a_page_that_fails_is_down_and_the_service_is_not() -> None:
    broken = 'faults: [{on: status, kind: status, status: 500, from: "11:00", until: "11:59"}]'
    ear = play(broken, [600]).ears[0]
    assert ear.readings()[-1].status.state is State.DOWN
    assert ear.verdicts() == [(Verdict.UNKNOWN, Verdict.HEALTHY)]


def test_a_maintenance_is_told_when_it_is_announced_begins_and_ends() -> None:
    work = """
maintenances:
  - {title: Move, announced: "11:05", from: "11:10", until: "11:20", components: [web]}
"""
    ear = play(work, [1800]).ears[0]
    assert [work.stage for work in ear.works()] == [Stage.SCHEDULED, Stage.IN_PROGRESS, Stage.GONE]
    assert {(work.starts_at, work.components) for work in ear.works()} == {(START + 600, ("web",))}


STATES = st.sampled_from(
    ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"]
)
POSTS = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.integers(0, 11).map(lambda minute: f"11:{minute:02}"),
            "incident": st.sampled_from(["One", "Two"]),
            "status": st.sampled_from(["investigating", "monitoring", "resolved"]),
            "impact": st.just("major"),
            "components": st.dictionaries(st.sampled_from(["web", "api"]), STATES),
            "body": st.text(max_size=5),
        }
    ),
    max_size=5,
).map(lambda posts: sorted(posts, key=lambda post: str(post["at"])))
FAULTS = st.lists(
    st.fixed_dictionaries(
        {
            "on": st.just("status"),
            "kind": st.sampled_from(["challenge", "hang", "reset"]),
            "from": st.just("11:01"),
            "until": st.just("11:08"),
        }
    ),
    max_size=1,
)


def judged(posts: list[dict[str, Any]], faults: list[dict[str, Any]]) -> object:
    """What a daemon judged of a failing login while the vendor said this."""
    login_fails = {
        "on": "login_page",
        "kind": "status",
        "status": 500,
        "from": "11:03",
        "until": "11:07",
    }
    timeline = {"faults": [login_fails, *faults], "vendor": posts}
    lines = (f"{key}: {json.dumps(value)}\n" for key, value in timeline.items())
    (ear,) = play("".join(lines), [720]).ears
    return ear.verdicts(), ear.outcomes()


@cache
def judged_without_a_word() -> object:
    return judged([], [])


@settings(max_examples=6, phases=[Phase.generate])  # shrinking takes minutes
@given(POSTS, FAULTS)
def test_whatever_the_page_says_or_does_the_judgement_is_the_same(
    posts: list[dict[str, Any]], faults: list[dict[str, Any]]
) -> None:
    assert judged(posts, faults) == judged_without_a_word()
