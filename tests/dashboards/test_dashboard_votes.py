"""How locations vote, and what the panels show that the replay of 2 March leaves empty."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from asking import answers, by_label, target
from processes import CHECKOUT
from recorded_history import remembering

from dashboards.source.queries import ASKED_TO_WAIT
from dashboards.source.words import STANDINGS, VERDICTS
from probe.model.state import Plane, State, Verdict
from probe.reporting.metrics.path import MAINTENANCE

pytestmark = pytest.mark.scenario

NOW = datetime(2026, 3, 2, 12, 34, tzinfo=UTC).timestamp()
"""Between two of the moments at which the memory is looked up."""
DAY_S = 86400
FRESH, OLD = 10, 100
"""How long ago the last run was; runs come every 30 s."""

HEALTHY, SPLIT, OUTAGE = Verdict.HEALTHY, Verdict.CONTROL_PLANE_DOWN, Verdict.OUTAGE
REVERSE = Verdict.DATA_PLANE_DOWN
PLANES = {
    HEALTHY: (State.UP, State.UP),
    Verdict.DEGRADED: (State.UP, State.IMPAIRED),
    SPLIT: (State.DOWN, None),
    REVERSE: (None, State.DOWN),
    OUTAGE: (State.DOWN, State.DOWN),
    Verdict.UNKNOWN: (State.UNKNOWN, State.IMPAIRED),
}
"""The control and the data plane behind a verdict; None is what is told beside it."""
CODE = {word.value: word.code for word in VERDICTS}


@dataclass(frozen=True)
class Watcher:
    """A daemon, and what it holds true of a service."""

    location: str
    verdict: Verdict
    age_s: float = FRESH
    twin: str = ""
    other: str = State.UP
    """How the plane stands that is not down, where one is."""

    def lines(self, service: str) -> Iterator[str]:
        instance = f"{self.location}{self.twin}:9632"
        place = f'job="splitprobe",instance="{instance}",location="{self.location}"'
        of_service = f'{place},service="{service}"'
        for verdict in Verdict:
            value = int(verdict is self.verdict)
            yield f'probe_verdict{{{of_service},verdict="{verdict}"}} {value}'
        for plane, held in zip((Plane.CONTROL, Plane.DATA), PLANES[self.verdict], strict=True):
            for state in (*State, MAINTENANCE):
                value = int(state == (held or self.other))
                yield f'probe_plane_state{{{of_service},plane="{plane}",state="{state}"}} {value}'
        of_path = f'{of_service},path="login",plane="{Plane.CONTROL}"'
        for state in State:
            value = int(state is (State.UP if self.verdict is HEALTHY else State.DOWN))
            yield f'probe_path_state{{{of_path},state="{state}"}} {value}'
        yield f"probe_interval_seconds{{{of_path}}} 30"
        yield f"probe_last_run_timestamp_seconds{{{of_path}}} {NOW - self.age_s}"


VOTES = {
    "one": ((Watcher("fra", SPLIT),), SPLIT),
    "two of three": (
        (Watcher("fra", SPLIT), Watcher("nyc", SPLIT), Watcher("sgp", HEALTHY)),
        SPLIT,
    ),
    "half is no majority": ((Watcher("fra", SPLIT), Watcher("nyc", HEALTHY)), Verdict.UNKNOWN),
    "a third each": (
        (Watcher("fra", SPLIT), Watcher("nyc", HEALTHY), Watcher("sgp", OUTAGE)),
        Verdict.UNKNOWN,
    ),
    "two of four": (
        (
            *(Watcher("fra", HEALTHY), Watcher("nyc", HEALTHY)),
            *(Watcher("sgp", OUTAGE), Watcher("syd", SPLIT)),
        ),
        Verdict.UNKNOWN,
    ),
    "only fresh ones vote": (
        (Watcher("fra", HEALTHY, OLD), Watcher("nyc", HEALTHY, OLD), Watcher("sgp", OUTAGE)),
        OUTAGE,
    ),
    "stale never stays green": ((Watcher("fra", HEALTHY, OLD),), Verdict.UNKNOWN),
    "of twins the best wins": (
        (Watcher("fra", SPLIT, twin="-a"), Watcher("fra", HEALTHY, twin="-b")),
        HEALTHY,
    ),
    "a stale twin does not win": (
        (Watcher("fra", SPLIT, twin="-a"), Watcher("fra", HEALTHY, OLD, twin="-b")),
        SPLIT,
    ),
    "twins have one vote": (
        (
            *(Watcher("fra", HEALTHY, twin="-a"), Watcher("fra", HEALTHY, twin="-b")),
            *(Watcher("nyc", OUTAGE), Watcher("sgp", OUTAGE)),
        ),
        OUTAGE,
    ),
    "a blind twin hides nothing": (
        (Watcher("fra", Verdict.UNKNOWN, twin="-a"), Watcher("fra", OUTAGE, twin="-b")),
        OUTAGE,
    ),
    **{f"alone {verdict}": ((Watcher("fra", verdict),), verdict) for verdict in Verdict},
}

IMPAIRED = State.IMPAIRED
BESIDE = {
    "the API impaired": ((Watcher("fra", SPLIT, other=IMPAIRED),), "LOGIN DOWN · API IMPAIRED"),
    "the API in maintenance": (
        (Watcher("fra", SPLIT, other=MAINTENANCE),),
        "LOGIN DOWN · API IN MAINTENANCE",
    ),
    "the login impaired": ((Watcher("fra", REVERSE, other=IMPAIRED),), "API DOWN · LOGIN IMPAIRED"),
    "the login in maintenance": (
        (Watcher("fra", REVERSE, other=MAINTENANCE),),
        "API DOWN · LOGIN IN MAINTENANCE",
    ),
    "the API impaired at one of three": (
        (
            *(Watcher("fra", SPLIT, other=IMPAIRED), Watcher("nyc", SPLIT)),
            Watcher("sgp", SPLIT),
        ),
        "LOGIN DOWN · API UP",
    ),
    "the API impaired at half": (
        (Watcher("fra", SPLIT, other=IMPAIRED), Watcher("nyc", SPLIT)),
        "LOGIN DOWN · API IMPAIRED",
    ),
    "a split however the API stands": (
        (
            *(Watcher("fra", SPLIT, other=IMPAIRED), Watcher("nyc", SPLIT)),
            *(Watcher("sgp", SPLIT, other=IMPAIRED), Watcher("syd", OUTAGE)),
        ),
        "LOGIN DOWN · API IMPAIRED",
    ),
    "of twins the one that sees the API up": (
        (
            Watcher("fra", SPLIT, twin="-a", other=IMPAIRED),
            Watcher("fra", SPLIT, twin="-b"),
        ),
        "LOGIN DOWN · API UP",
    ),
}
"""What a tile says where one plane is down, by how the other one stands."""

PLACE = 'job="splitprobe",instance="fra:9632",location="fra"'
CERTIFIED = f'{PLACE},service="one",path="login",plane="control"'
ALERT = 'alertname="SplitControlPlaneDown",severity="critical",service="one"'
RARE = (
    f"probe_ssl_earliest_cert_expiry{{{CERTIFIED}}} {NOW + 12 * DAY_S}",
    f'ALERTS{{{ALERT},alertstate="firing"}} 1',
    f"ALERTS_FOR_STATE{{{ALERT}}} {NOW - 600}",
    'ALERTS{alertname="Other",severity="warning",service="one",alertstate="pending"} 1',
    f'ALERTS_FOR_STATE{{alertname="Other",severity="warning",service="one"}} {NOW - 60}',
    f"probe_local_connectivity{{{PLACE}}} 0",
    f'probe_notifications_waiting{{{PLACE},channel="pager"}} 3',
)
COUNTER = f'probe_notifications_total{{{PLACE},channel="pager",result="failed"}}'
RESTING = "resting"


def in_maintenance() -> Iterator[str]:
    """A path that ran just now and of which only its maintenance is told."""
    of_path = f'{PLACE},service="{RESTING}",path="login",plane="control"'
    for state in (*State, MAINTENANCE):
        yield f'probe_path_state{{{of_path},state="{state}"}} {int(state == MAINTENANCE)} {NOW}'
    yield f"probe_interval_seconds{{{of_path}}} 30 {NOW}"
    yield f"probe_last_run_timestamp_seconds{{{of_path}}} {NOW - FRESH} {NOW}"


EARLIER = NOW - 3600
WAITS = {
    "retry_after": SPLIT,
    "credential_backoff": SPLIT,
    "overlap": Verdict.UNKNOWN,
}
"""What a tile says an hour earlier of a service whose only path skips its runs, by the reason."""


def skipping() -> Iterator[str]:
    for reason in WAITS:
        lines = Watcher("fra", SPLIT, NOW - EARLIER + OLD).lines(reason)
        yield from (f"{line} {EARLIER}" for line in lines)
        of_path = f'{PLACE},service="{reason}",path="login",plane="{Plane.CONTROL}"'
        counter = f'probe_runs_skipped_total{{{of_path},reason="{reason}"}}'
        yield from (f"{counter} 1 {EARLIER - 30}", f"{counter} 2 {EARLIER}")


PROMISED, UNPROMISED = "promised", "unpromised"


def one_run_in_ten_fails() -> Iterator[str]:
    """Of two services, of which one promises less than 99.9 %, and more at another location."""
    for service in (PROMISED, UNPROMISED):
        of_service = f'{PLACE},service="{service}"'
        of_path = f'{of_service},path="api",plane="data"'
        yield f"probe_incident_open{{{of_service}}} 0 {NOW}"
        for outcome, count in (("ok", 90), ("server_error", 10), ("maintenance", 50)):
            counter = f'probe_runs_total{{{of_path},outcome="{outcome}"}}'
            yield from (f"{counter} 0 {NOW - 60}", f"{counter} {count} {NOW}")
    objective = f'probe_objective_ratio{{{PLACE},service="{PROMISED}"}}'
    yield f"{objective} 0.9 {NOW}"
    yield f"{objective.replace('fra', 'nyc')} 0.99 {NOW}"


USUAL, RARELY = "counted from 0", "counted from its first run"
MINUTE_S = 60
BURNT = 11 / 123 / 0.001
LEFT = 1 - BURNT / (30 * 24)
"""After one hour of 30 days."""


def eleven_runs_fail() -> Iterator[str]:
    """Of two services an hour of runs, with an outage of four minutes in its middle.

    Its outcome is exported from the start of the one, and of the other from its first run on.
    """
    for service, outcome in ((USUAL, "server_error"), (RARELY, "connect_failed")):
        of_service = f'{PLACE},service="{service}"'
        of_path = f'{of_service},path="api",plane="data"'
        for minute in range(61):
            at = NOW - MINUTE_S * (60 - minute)
            down = max(0, min(4, minute - 30))
            failed = (0, 5, 7, 9, 11)[down]
            yield f'probe_runs_total{{{of_path},outcome="ok"}} {2 * (minute - down)} {at}'
            yield f'probe_runs_total{{{of_path},outcome="timed_out"}} 0 {at}'
            if failed or service is USUAL:
                yield f'probe_runs_total{{{of_path},outcome="{outcome}"}} {failed} {at}'
            up = f'probe_path_state_seconds_total{{{of_path},state="up"}}'
            yield f"{up} {MINUTE_S * minute} {at}"
            yield f"probe_incident_open{{{of_service}}} 0 {at}"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("votes")
    seen = [
        line
        for service, (watchers, _) in (VOTES | BESIDE).items()
        for watcher in watchers
        for line in watcher.lines(service)
    ]
    lines = [f"{line} {NOW}" for line in (*seen, *RARE)]
    lines += (*one_run_in_ten_fails(), *eleven_runs_fail(), *in_maintenance(), *skipping())
    lines += [f"{COUNTER} {count} {NOW + 30 * (count - 2)}" for count in range(3)]
    (folder / "history.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    with remembering(folder / "history.txt", folder) as address:
        yield address


@pytest.mark.parametrize("service", VOTES)
def test_a_tile_shows_what_a_strict_majority_of_fresh_locations_holds(
    watched: str, service: str
) -> None:
    tiles = by_label(watched, target("overview", "Which half is broken"), NOW, "service")
    assert tiles[service] == CODE[VOTES[service][1]]


@pytest.mark.parametrize(
    ("service", "state"),
    [("two of three", 2), ("half is no majority", 3), ("of twins the best wins", 0)],
)
def test_a_path_is_voted_on_in_the_same_way(watched: str, service: str, state: int) -> None:
    matrix = by_label(watched, target("overview", "Paths"), NOW, "service")
    assert matrix[service] == state


@pytest.mark.parametrize(("reason", "verdict"), WAITS.items())
def test_a_path_that_was_asked_to_wait_is_no_stale_one_and_keeps_its_vote(
    watched: str, reason: str, verdict: Verdict
) -> None:
    resting = verdict is SPLIT
    tiles = by_label(watched, target("overview", "Which half is broken"), EARLIER, "service")
    assert tiles[reason] == CODE[verdict]
    states = by_label(watched, target("overview", "Paths"), EARLIER, "service")
    assert states[reason] == (2 if resting else 3)
    stale = target("overview", "Stale probes")
    ((_, count),) = answers(watched, stale, EARLIER, {"service": reason})
    assert count == (0 if resting else 1)


def test_skips_for_the_same_reasons_silence_the_alert_for_stale_probes() -> None:
    rules = (CHECKOUT / "config/prometheus/rules/monitor.yaml").read_text("utf-8")
    assert f'changes(probe_runs_skipped_total{{reason=~"{ASKED_TO_WAIT}"}}[30m]) > 0' in rules


def test_a_path_that_was_asked_to_wait_is_stale_once_its_daemon_is_gone(watched: str) -> None:
    stale = target("overview", "Stale probes")
    ((_, count),) = answers(watched, stale, EARLIER + 600, {"service": "retry_after"})
    assert count == 1


def test_each_location_is_shown_for_itself(watched: str) -> None:
    places = target("service", "By location")
    found = by_label(watched, places, NOW, "location", {"service": "two of three"})
    assert found == {"fra": 2, "nyc": 2, "sgp": 0}


@pytest.mark.parametrize("service", BESIDE)
def test_a_tile_claims_no_more_of_the_other_plane_than_is_seen(watched: str, service: str) -> None:
    tiles = by_label(watched, target("overview", "Which half is broken"), NOW, "service")
    (said,) = (word.text for word in STANDINGS if word.code == tiles[service])
    assert said == BESIDE[service][1]


def test_the_splits_are_counted(watched: str) -> None:
    splits: list[str] = [verdict for _, verdict in VOTES.values() if verdict is SPLIT]
    splits += [said for _, said in BESIDE.values() if said.startswith("LOGIN DOWN")]
    ((_, count),) = answers(watched, target("overview", "Split now"), NOW)
    assert count == len(splits)


def test_every_tile_turns_grey_and_none_vanishes_when_the_daemons_stop(watched: str) -> None:
    tiles = target("overview", "Which half is broken")
    for later in (91, 240, 3600, 6 * DAY_S):
        found = by_label(watched, tiles, NOW + later, "service")
        assert found == dict.fromkeys(VOTES | BESIDE | WAITS, CODE[Verdict.UNKNOWN])


def test_a_location_leaves_the_vote_when_it_is_deselected(watched: str) -> None:
    tiles = target("overview", "Which half is broken")
    alone = by_label(watched, tiles, NOW, "service", {"location": "fra"})
    assert alone["half is no majority"] == CODE[SPLIT]


@pytest.mark.parametrize(
    ("dashboard", "panel", "ref", "value"),
    [
        ("overview", "Soonest certificate", "A", 12 * DAY_S),
        ("path", "Certificate expires in", "A", 12 * DAY_S),
        ("service", "Open alerts", "A", 1000 * (NOW - 600)),
        ("self", "Own network", "A", 0),
    ],
)
def test_what_the_replay_leaves_empty_is_shown_where_it_exists(
    watched: str, dashboard: str, panel: str, ref: str, value: float
) -> None:
    ((_, found),) = answers(watched, target(dashboard, panel, ref), NOW)
    assert found == value


def test_failed_notifications_are_counted_and_waiting_ones_shown(watched: str) -> None:
    ((labels, failed),) = answers(watched, target("self", "Notifications by result"), NOW)
    assert labels == {"channel": "pager", "result": "failed"}
    assert failed > 0
    waiting = by_label(watched, target("self", "Notifications waiting"), NOW, "channel")
    assert waiting == {"pager": 3}


@pytest.mark.parametrize(("service", "burn"), [(PROMISED, 10), (UNPROMISED, 100)])
def test_a_burn_goes_by_the_strictest_promise_and_by_99_9_percent_without_one(
    watched: str, service: str, burn: float
) -> None:
    asked = target("service", "Availability and error budget by path", "C")
    found = by_label(watched, asked, NOW, "path", {"service": service})
    assert found == {"api": pytest.approx(burn)}


@pytest.mark.parametrize(
    ("panel", "ref", "expected"),
    [
        ("Error budget left, worst path", "A", LEFT),
        ("Availability and error budget by path", "B", LEFT),
        ("Availability and error budget by path", "C", BURNT),
        ("Availability and error budget by path", "D", BURNT),
    ],
)
@pytest.mark.parametrize("service", [USUAL, RARELY])
def test_a_failed_run_spends_as_much_of_the_budget_whatever_its_outcome(
    watched: str, service: str, panel: str, ref: str, expected: float
) -> None:
    ((_, found),) = answers(watched, target("service", panel, ref), NOW, {"service": service})
    assert found == pytest.approx(expected, rel=0.05)


def test_the_objective_shown_is_the_strictest_one_or_none(watched: str) -> None:
    found = by_label(watched, target("service", "Objective"), NOW, "service")
    assert found == {PROMISED: 0.99}


@pytest.mark.parametrize(
    ("dashboard", "panel"),
    [("overview", "Paths"), ("service", "By location"), ("path", "Confirmed state")],
)
def test_a_path_in_maintenance_says_so_and_is_not_unknown(
    watched: str, dashboard: str, panel: str
) -> None:
    found = by_label(watched, target(dashboard, panel), NOW, "path", {"service": RESTING})
    assert found == {"login": 4}
