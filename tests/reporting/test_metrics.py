"""What each event does to the series, and what time does to them."""

import platform
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from made_incidents import a_transition, an_incident
from made_runs import a_run
from made_statuses import a_path, a_status
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from probe.config.settings import Settings
from probe.judging.maintenance import overlaid
from probe.model.claim import Account, Claim, ClaimState, Comparison, Owner
from probe.model.clock import Clock
from probe.model.event import (
    Changed,
    Claimed,
    Compared,
    IncidentUpdated,
    MaintenanceTurned,
    Observed,
    PageRead,
    Reloaded,
    Reviewed,
    SelfObserved,
    Skipped,
    Started,
)
from probe.model.maintenance import Window
from probe.model.outcome import Outcome, Phase
from probe.model.run import Check, Evidence, Hop, Quota, Run, StepResult, StreamSeen
from probe.model.state import Finding, Plane, SkipReason, State, Verdict
from probe.model.status import ServiceStatus
from probe.reporting.metrics.exporter import Metrics
from probe.reporting.metrics.path import EXPECTED_OUTCOMES

START = 1_000_000.0
STEP = {"request": "GET https://example.com/"}
LOGIN: dict[str, Any] = {"name": "login", "plane": "control", "interval": "30s", "steps": [STEP]}
API: dict[str, Any] = {"name": "api", "plane": "data", "slow_after": "1s", "steps": [STEP]}
ACME: dict[str, Any] = {
    "name": "acme",
    "status_page": "https://status.example.com",
    "components": {"k1": "sign-in"},
    "objective": {"availability": 99.9},
    "paths": [LOGIN, API],
}
STREAM = StreamSeen(first_token_s=0.1, longest_gap_s=0.2)
QUOTA = Quota(name="requests", remaining=1, limit=4)
OK_STEP = StepResult(
    name="open",
    outcome=Outcome.OK,
    duration_s=0.25,
    phases={Phase.CONNECT: 0.05, Phase.PROCESSING: 0.2},
    certificate_expires_at=START + 900.0,
    evidence=Evidence(status=200),
)
RUN = a_run(started_at=START, steps=(OK_STEP,))
INCIDENT = an_incident(
    id="i1",
    opened_at=START + 90.0,
    confirmed_at=START + 100.0,
    last_good_at=START + 60.0,
    worst=Verdict.CONTROL_PLANE_DOWN,
)


@dataclass
class Watch:
    """A daemon's metrics with hands on its clock."""

    passed: float = 0.0
    in_flight: int = 0
    settings: dict[str, Any] = field(default_factory=lambda: {"services": [ACME]})

    def __post_init__(self) -> None:
        clock = Clock(now=lambda: START + self.passed, monotonic=lambda: self.passed)
        settings = Settings.model_validate(self.settings)
        self.metrics = Metrics(settings, clock, "1.2.3", lambda: self.in_flight)

    def observe(self, run: Run, state: State = State.UP, fresh_s: float = 90.0) -> None:
        self.metrics.handle(Observed(run=run, status=status(run, state, fresh_s)))

    async def scrape(self) -> "Scrape":
        body, _ = await self.metrics.exposition("")
        families = text_string_to_metric_families(body.decode())
        return Scrape([sample for family in families for sample in family.samples])


@dataclass(frozen=True)
class Scrape:
    """What one scrape brought."""

    samples: list[Sample]

    def value(self, name: str, **labels: str) -> float | None:
        """The value of the one series that has these labels among its own; None without any."""
        found = [
            s.value for s in self.samples if s.name == name and labels.items() <= s.labels.items()
        ]
        assert len(found) <= 1, f"{name} {labels} is not one series"
        return found[0] if found else None

    def chosen(self, name: str, **labels: str) -> list[str]:
        """The members of a state set that are 1, by the value of their last label."""
        label = {"probe_verdict": "verdict", "probe_finding": "finding"}.get(name, "state")
        return [
            s.labels[label]
            for s in self.samples
            if s.name == name and s.value == 1 and labels.items() <= s.labels.items()
        ]


def status(
    run: Run | None = None,
    state: State = State.UP,
    fresh_s: float = 90.0,
    **changes: Any,  # noqa: ANN401 - any field of a status
) -> ServiceStatus:
    path = a_path(
        path="login" if run is None else run.path,
        state=state,
        since=START,
        last_run=run,
        fresh_until=START + fresh_s,
    )
    whole = a_status(
        verdict=Verdict.HEALTHY,
        since=START,
        planes={Plane.CONTROL: state, Plane.DATA: State.UNKNOWN},
        paths=(path,),
    )
    return replace(whole, **changes)


@pytest.fixture
def watch() -> Watch:
    return Watch()


async def test_the_expected_children_exist_at_0_before_anything_happens(watch: Watch) -> None:
    scrape = await watch.scrape()
    for outcome in EXPECTED_OUTCOMES:
        assert scrape.value("probe_runs_total", path="login", outcome=outcome) == 0
    for state in State:
        assert scrape.value("probe_path_state_seconds_total", path="login", state=state) == 0
    assert scrape.value("probe_runs_total", path="login", outcome="slow") is None
    assert scrape.value("probe_runs_total", path="api", outcome="slow") == 0
    assert scrape.value("probe_run_duration_seconds_count", path="login") == 0
    assert scrape.value("probe_schedule_lag_seconds_count", service="acme") == 0
    assert scrape.value("probe_incidents_total", service="acme") == 0
    assert scrape.value("probe_incident_open", service="acme") == 0
    assert scrape.value("probe_journal_errors_total") == 0
    assert scrape.value("probe_events_lost_total") == 0


async def test_before_anything_happens_everything_is_unknown(watch: Watch) -> None:
    scrape = await watch.scrape()
    assert scrape.chosen("probe_path_state", path="login") == ["unknown"]
    assert scrape.chosen("probe_plane_state", plane="data") == ["unknown"]
    assert scrape.chosen("probe_verdict") == ["unknown"]
    assert scrape.chosen("probe_finding") == []
    assert scrape.chosen("probe_vendor_claim", component="sign-in") == ["unknown"]
    assert scrape.value("probe_verdict_since_timestamp_seconds") == START
    assert scrape.value("probe_success") is None
    assert scrape.value("probe_last_run_timestamp_seconds") is None
    assert scrape.value("probe_interval_seconds", path="login") == 30


async def test_the_last_run_is_shown_with_the_meaning_of_blackbox_exporter(watch: Watch) -> None:
    second = replace(
        OK_STEP,
        name="submit",
        phases={Phase.PROCESSING: 0.3},
        certificate_expires_at=START + 500.0,
        stream=StreamSeen(first_token_s=0.125, longest_gap_s=0.5),
        quotas=(
            *(Quota(name="a", remaining=9, limit=10), Quota(name="b", remaining=1, limit=4)),
            Quota(name="c", remaining=0),  # of an unknown limit
        ),
        evidence=Evidence(status=302),
    )
    watch.observe(replace(RUN, steps=(OK_STEP, second)))
    scrape = await watch.scrape()
    assert scrape.value("probe_success") == 1
    assert scrape.value("probe_duration_seconds") == 0.5
    assert scrape.value("probe_http_status_code") == 302
    assert scrape.value("probe_ssl_earliest_cert_expiry") == START + 500
    assert scrape.value("probe_http_duration_seconds", phase="connect") == 0.05
    assert scrape.value("probe_http_duration_seconds", phase="processing") == 0.5
    assert scrape.value("probe_http_duration_seconds", phase="tls") is None
    assert scrape.value("probe_step_success", step="submit") == 1
    assert scrape.value("probe_step_duration_seconds", step="open") == 0.25
    assert scrape.value("probe_first_token_seconds") == 0.125
    assert scrape.value("probe_stream_longest_gap_seconds") == 0.5
    assert scrape.value("probe_ratelimit_remaining_ratio") == 0.25
    assert scrape.value("probe_last_run_timestamp_seconds") == START + 0.5


async def test_the_status_code_is_that_of_the_step_that_failed(watch: Watch) -> None:
    failed = replace(
        OK_STEP, name="submit", outcome=Outcome.SERVER_ERROR, evidence=Evidence(status=503)
    )
    logout = replace(OK_STEP, name="logout")
    watch.observe(
        replace(
            RUN,
            outcome=Outcome.SERVER_ERROR,
            failed_step="submit",
            steps=(OK_STEP, failed, logout),
        )
    )
    scrape = await watch.scrape()
    assert scrape.value("probe_http_status_code") == 503
    assert scrape.value("probe_success") == 0
    assert scrape.value("probe_step_success", step="submit") == 0
    assert scrape.value("probe_step_success", step="logout") == 1


async def test_without_an_answer_the_status_code_is_0(watch: Watch) -> None:
    silent = StepResult(name="open", outcome=Outcome.CONNECT_FAILED, duration_s=0.1)
    watch.observe(replace(RUN, outcome=Outcome.CONNECT_FAILED, failed_step="open", steps=(silent,)))
    scrape = await watch.scrape()
    assert scrape.value("probe_http_status_code") == 0
    assert scrape.value("probe_ssl_earliest_cert_expiry") is None


async def test_what_the_next_run_did_not_have_is_gone(watch: Watch) -> None:
    watch.observe(RUN)
    watch.observe(replace(RUN, id="r2", steps=()))
    scrape = await watch.scrape()
    assert scrape.value("probe_http_duration_seconds", phase="connect") is None
    assert scrape.value("probe_step_success") is None
    assert scrape.value("probe_success") == 1


async def test_a_path_that_is_no_longer_fresh_keeps_its_counters_and_loses_its_last_run(
    watch: Watch,
) -> None:
    watch.observe(RUN, fresh_s=90.0)
    watch.passed = 90.0
    assert (await watch.scrape()).value("probe_success") == 1
    watch.passed = 90.1
    scrape = await watch.scrape()
    for name in (
        "probe_success",
        "probe_duration_seconds",
        "probe_http_status_code",
        "probe_http_duration_seconds",
        "probe_step_success",
        "probe_step_duration_seconds",
        "probe_ssl_earliest_cert_expiry",
    ):
        assert scrape.value(name) is None, name
    assert scrape.value("probe_runs_total", path="login", outcome="ok") == 1
    assert scrape.value("probe_last_run_timestamp_seconds", path="login") == START + 0.5
    assert scrape.chosen("probe_path_state", path="login") == ["up"]


async def test_a_stale_path_shows_its_next_run_again(watch: Watch) -> None:
    watch.observe(RUN, fresh_s=10.0)
    watch.passed = 20.0
    await watch.scrape()
    watch.observe(replace(RUN, id="r2"), fresh_s=60.0)
    assert (await watch.scrape()).value("probe_success") == 1


async def test_a_run_that_could_not_look_shows_no_failure(watch: Watch) -> None:
    watch.observe(RUN)
    watch.observe(replace(RUN, id="r2", outcome=Outcome.UNOBSERVED, started_at=START + 30.0))
    scrape = await watch.scrape()
    assert scrape.value("probe_success") is None
    assert scrape.value("probe_last_run_timestamp_seconds") == START + 30.5
    assert scrape.value("probe_runs_total", path="login", outcome="unobserved") == 1


async def test_a_run_from_before_a_restart_is_shown_but_not_counted(watch: Watch) -> None:
    watch.metrics.handle(Reviewed(status=status(RUN)))
    scrape = await watch.scrape()
    assert scrape.value("probe_success") == 1
    assert scrape.value("probe_runs_total", path="login", outcome="ok") == 0


async def test_only_successful_runs_enter_the_histogram(watch: Watch) -> None:
    watch.observe(replace(RUN, duration_s=0.2))
    watch.observe(replace(RUN, duration_s=40.0, outcome=Outcome.SLOW))
    watch.observe(replace(RUN, duration_s=0.01, outcome=Outcome.SERVER_ERROR))
    scrape = await watch.scrape()
    bucket = "probe_run_duration_seconds_bucket"
    assert scrape.value(bucket, path="login", le="0.1") == 0
    assert scrape.value(bucket, path="login", le="0.25") == 1
    assert scrape.value(bucket, path="login", le="30.0") == 1
    assert scrape.value(bucket, path="login", le="+Inf") == 2
    assert scrape.value("probe_run_duration_seconds_count", path="login") == 2
    assert scrape.value("probe_run_duration_seconds_sum", path="login") == 40.2


async def test_every_outcome_is_counted_under_its_own_name(watch: Watch) -> None:
    for outcome in Outcome:
        watch.observe(replace(RUN, outcome=outcome))
    scrape = await watch.scrape()
    for outcome in Outcome:
        assert scrape.value("probe_runs_total", path="login", outcome=outcome) == 1


async def test_time_is_given_to_the_state_that_was_confirmed_meanwhile(watch: Watch) -> None:
    seconds = "probe_path_state_seconds_total"
    watch.passed = 5.0
    watch.observe(RUN, State.UP)
    watch.passed = 25.0
    assert (await watch.scrape()).value(seconds, path="login", state="up") == 20
    watch.passed = 30.0
    watch.observe(RUN, State.DOWN, fresh_s=120.0)
    watch.passed = 100.0
    scrape = await watch.scrape()
    shares = {state: scrape.value(seconds, path="login", state=state) for state in State}
    assert shares == {State.UNKNOWN: 5, State.UP: 25, State.DOWN: 70, State.IMPAIRED: 0}
    assert scrape.chosen("probe_path_state", path="login") == ["down"]


async def test_time_without_evidence_is_unknown_though_nobody_said_so_meanwhile(
    watch: Watch,
) -> None:
    seconds = "probe_path_state_seconds_total"
    watch.observe(RUN, State.UP, fresh_s=90.0)
    watch.passed = 3600.0  # the process stood still
    scrape = await watch.scrape()
    assert scrape.value(seconds, path="login", state="up") == 90
    assert scrape.value(seconds, path="login", state="unknown") == 3510
    watch.passed = 3660.0
    scrape = await watch.scrape()
    assert scrape.value(seconds, path="login", state="up") == 90
    assert scrape.value(seconds, path="login", state="unknown") == 3570


async def test_a_window_that_outlasts_all_evidence_is_maintenance_to_its_end(watch: Watch) -> None:
    watch.metrics.handle(MaintenanceTurned(status=resting(State.UP, "login")))
    watch.passed = 3600.0
    scrape = await watch.scrape()
    seconds = "probe_path_state_seconds_total"
    assert scrape.value(seconds, path="login", state="maintenance") == 3600
    assert scrape.value(seconds, path="login", state="unknown") == 0


@pytest.mark.parametrize("then", [State.UP, State.DOWN])
async def test_time_without_evidence_is_unknown_though_a_run_was_the_first_to_end_it(
    watch: Watch, then: State
) -> None:
    seconds = "probe_path_state_seconds_total"
    watch.observe(RUN, State.UP, fresh_s=90.0)
    watch.passed = 3600.0  # the process stood still
    watch.observe(RUN, then, fresh_s=3690.0)
    scrape = await watch.scrape()
    assert scrape.value(seconds, path="login", state="up") == 90
    assert scrape.value(seconds, path="login", state="unknown") == 3510


async def test_a_service_shows_its_verdict_planes_and_findings(watch: Watch) -> None:
    split = status(
        verdict=Verdict.CONTROL_PLANE_DOWN,
        since=START + 100.0,
        planes={Plane.CONTROL: State.DOWN, Plane.DATA: State.UP},
        findings=frozenset({Finding.NEW_SESSIONS_ONLY}),
        incident=INCIDENT,
    )
    watch.metrics.handle(Reviewed(status=split))
    scrape = await watch.scrape()
    assert scrape.chosen("probe_verdict") == ["control_plane_down"]
    assert scrape.chosen("probe_plane_state", plane="control") == ["down"]
    assert scrape.chosen("probe_plane_state", plane="data") == ["up"]
    assert scrape.chosen("probe_finding") == ["new_sessions_only"]
    assert scrape.value("probe_verdict_since_timestamp_seconds") == START + 100
    assert scrape.value("probe_incident_open") == 1


@pytest.mark.parametrize(
    ("change", "family", "labels"),
    [
        ({"verdict": Verdict.OUTAGE}, "probe_verdict", {"verdict": "outage"}),
        ({"planes": {Plane.DATA: State.DOWN}}, "probe_plane_state", {"state": "down"}),
        ({"findings": {Finding.USAGE_ONLY}}, "probe_finding", {"finding": "usage_only"}),
        ({"incident": INCIDENT}, "probe_incident_open", {}),
        ({"since": 1.0}, "probe_verdict_since_timestamp_seconds", {}),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
async def test_each_change_of_a_service_is_shown_though_all_else_stays(
    watch: Watch, change: dict[str, Any], family: str, labels: dict[str, str]
) -> None:
    before = status(verdict=Verdict.DEGRADED, since=0.0, planes={Plane.DATA: State.IMPAIRED})
    labels = {"plane": "data", **labels} if family == "probe_plane_state" else labels
    for told, value in ((before, 0), (replace(before, **change), 1), (before, 0)):
        watch.metrics.handle(Reviewed(status=told))
        assert (await watch.scrape()).value(family, **labels) == value


async def test_a_plane_that_begins_to_rest_is_shown_so_though_all_else_stays(watch: Watch) -> None:
    before = status(planes={Plane.CONTROL: State.UP})
    (path,) = before.paths
    work = Window(service="acme", name="move", whose=Owner.OURS, since=0.0, until=60.0)
    resting = replace(before, paths=(replace(path, maintenance=work),))
    for told, shown in ((before, "up"), (resting, "maintenance"), (before, "up")):
        watch.metrics.handle(Reviewed(status=told))
        assert (await watch.scrape()).chosen("probe_plane_state", plane="control") == [shown]


async def test_a_reload_that_leaves_a_service_alone_leaves_its_planes_as_they_are(
    watch: Watch,
) -> None:
    watch.metrics.handle(Reviewed(status=status(planes={Plane.DATA: State.DOWN})))
    watch.metrics.adopt(Settings.model_validate({"services": [ACME]}))
    assert (await watch.scrape()).chosen("probe_plane_state", plane="data") == ["down"]


async def test_the_age_of_a_kept_session_goes_when_its_paths_are_no_longer_fresh(
    watch: Watch,
) -> None:
    inside = replace(RUN, session_age_s=40.0)
    (path,) = status(inside).paths
    kept = replace(path, session="login")
    watch.metrics.handle(Reviewed(status=replace(status(), paths=(kept,))))
    name = "probe_session_age_seconds"
    assert (await watch.scrape()).value(name, session="login") == 40
    stale = replace(kept, state=State.UNKNOWN)
    watch.metrics.handle(Reviewed(status=replace(status(), paths=(stale,))))
    assert (await watch.scrape()).value(name, session="login") is None


@pytest.mark.parametrize("order", [1, -1])
async def test_the_age_of_a_session_is_that_of_the_latest_run_in_it(
    watch: Watch, order: int
) -> None:
    (path,) = status(replace(RUN, session_age_s=900.0)).paths
    earlier = replace(path, session="login")
    later = replace(RUN, session_age_s=5.0, started_at=RUN.started_at + 30.0)
    paths = (earlier, replace(earlier, path="usage", last_run=later))
    watch.metrics.handle(Reviewed(status=replace(status(), paths=paths[::order])))
    assert (await watch.scrape()).value("probe_session_age_seconds", session="login") == 5


async def test_the_time_to_detection_is_shown_by_verdict(watch: Watch) -> None:
    transition = a_transition(at=START + 42.0, new=Verdict.OUTAGE, first_bad_at=START + 30.0)
    back = replace(transition, old=Verdict.OUTAGE, new=Verdict.HEALTHY, first_bad_at=None)
    watch.metrics.handle(Changed(transition=transition, status=status()))
    watch.metrics.handle(Changed(transition=back, status=status()))
    scrape = await watch.scrape()
    assert scrape.value("probe_detection_seconds", verdict="outage") == 12
    assert scrape.value("probe_detection_seconds", verdict="healthy") is None


async def test_an_incident_is_counted_once(watch: Watch) -> None:
    closed = replace(INCIDENT, closed_at=START + 900.0)
    watch.metrics.handle(IncidentUpdated(incident=INCIDENT, status=status(incident=INCIDENT)))
    watch.metrics.handle(IncidentUpdated(incident=INCIDENT, status=status(incident=INCIDENT)))
    watch.metrics.handle(IncidentUpdated(incident=closed, status=status()))
    scrape = await watch.scrape()
    assert scrape.value("probe_incidents_total") == 1
    assert scrape.value("probe_incident_open") == 0


async def test_an_incident_from_before_the_start_is_not_counted_again(watch: Watch) -> None:
    old = replace(INCIDENT, confirmed_at=START - 10.0)
    watch.metrics.handle(IncidentUpdated(incident=old, status=status(incident=old)))
    scrape = await watch.scrape()
    assert scrape.value("probe_incidents_total") == 0
    assert scrape.value("probe_incident_open") == 1


def claimed(state: ClaimState, seen_at: float, component: str = "page") -> Claimed:
    return Claimed(
        claim=Claim(service="acme", component=component, state=state, seen_at=START + seen_at)
    )


async def test_the_vendors_claims_are_shown_for_configured_components_only(watch: Watch) -> None:
    watch.metrics.handle(claimed(ClaimState.MAJOR_OUTAGE, 1.0, "sign-in"))
    watch.metrics.handle(claimed(ClaimState.MAJOR_OUTAGE, 1.0, "invented"))
    scrape = await watch.scrape()
    assert scrape.chosen("probe_vendor_claim", component="sign-in") == ["major_outage"]
    assert scrape.chosen("probe_vendor_claim", component="invented") == []


async def test_what_a_vendor_said_before_a_restart_is_shown_at_once(watch: Watch) -> None:
    said = claimed(ClaimState.MAJOR_OUTAGE, 1.0, "sign-in").claim
    watch.metrics.seed([replace(said, service="removed"), said])
    scrape = await watch.scrape()
    assert scrape.chosen("probe_vendor_claim", component="sign-in") == ["major_outage"]


def compared(*contradicting: str, account: Account | None = None) -> Compared:
    return Compared(
        comparison=Comparison(
            service="acme", contradicting=frozenset(contradicting), account=account
        )
    )


async def test_the_vendor_disagrees_while_any_component_contradicts(watch: Watch) -> None:
    disagreement = "probe_vendor_disagreement"
    assert (await watch.scrape()).value(disagreement) == 0
    watch.metrics.handle(compared("sign-in"))
    assert (await watch.scrape()).value(disagreement) == 1
    watch.metrics.handle(compared())
    assert (await watch.scrape()).value(disagreement) == 0


async def test_the_lead_is_that_of_the_newest_incident_and_absent_without_a_word(
    watch: Watch,
) -> None:
    lead = "probe_detection_lead_seconds"
    account = Account(service="acme", incident="i1", acknowledged_at=700.0, lead_s=600.0)
    watch.metrics.handle(compared(account=account))
    assert (await watch.scrape()).value(lead) == 600
    watch.metrics.handle(compared(account=Account(service="acme", incident="i2")))
    assert (await watch.scrape()).value(lead) is None


async def test_the_page_shows_its_last_reading_and_no_state_that_an_alert_could_take_for_ours(
    watch: Watch,
) -> None:
    run = replace(RUN, path="status_page", plane=Plane.VENDOR)
    known = a_path(
        path="status_page",
        plane=Plane.VENDOR,
        critical=False,
        state=State.UP,
        since=START,
        last_run=run,
        fresh_until=START + 180,
    )
    watch.metrics.handle(PageRead(run=run, status=known))
    fresh = await watch.scrape()
    assert fresh.value("probe_success", path="status_page", plane="vendor") == 1
    assert fresh.value("probe_duration_seconds", path="status_page") == 0.5
    for family in ("probe_path_state", "probe_runs_total", "probe_interval_seconds"):
        assert fresh.value(family, path="status_page") is None
    watch.passed = 181
    assert (await watch.scrape()).value("probe_success", path="status_page") is None


async def test_a_service_without_a_status_page_says_nothing_of_a_vendor() -> None:
    watch = Watch(settings={"services": [{"name": "acme", "paths": [LOGIN]}]})
    watch.metrics.handle(claimed(ClaimState.MAJOR_OUTAGE, 1.0))
    scrape = await watch.scrape()
    assert scrape.value("probe_vendor_disagreement") is None
    assert scrape.value("probe_vendor_claim") is None


async def test_a_reload_follows_the_status_page_and_its_components(watch: Watch) -> None:
    watch.metrics.handle(claimed(ClaimState.MAJOR_OUTAGE, 1.0, "sign-in"))
    watch.metrics.adopt(
        Settings.model_validate({"services": [{**ACME, "components": {"k2": "x"}}]})
    )
    scrape = await watch.scrape()
    assert scrape.chosen("probe_vendor_claim", component="sign-in") == []
    assert scrape.chosen("probe_vendor_claim", component="x") == ["unknown"]
    watch.metrics.adopt(Settings.model_validate({"services": [{"name": "acme", "paths": [LOGIN]}]}))
    scrape = await watch.scrape()
    assert not [each for each in scrape.samples if each.name.startswith("probe_vendor")]


async def test_skips_are_counted_by_reason_and_say_until_when(watch: Watch) -> None:
    skip = Skipped(service="acme", path="login", reason=SkipReason.OVERLAP, at=START)
    watch.metrics.handle(skip)
    assert (await watch.scrape()).value("probe_retry_after_until_timestamp_seconds") is None
    watch.metrics.handle(
        replace(skip, reason=SkipReason.RETRY_AFTER, retry_after_until=START + 60.0)
    )
    scrape = await watch.scrape()
    assert scrape.value("probe_runs_skipped_total", reason="overlap") == 1
    assert scrape.value("probe_runs_skipped_total", reason="retry_after") == 1
    assert scrape.value("probe_retry_after_until_timestamp_seconds") == START + 60


async def test_the_promise_is_shown_as_it_is_written_and_only_where_there_is_one(
    watch: Watch,
) -> None:
    assert (await watch.scrape()).value("probe_objective_ratio", service="acme") == 0.999
    stricter = {**ACME, "objective": {"availability": 99.95}}
    watch.metrics.adopt(Settings.model_validate({"services": [stricter]}))
    assert (await watch.scrape()).value("probe_objective_ratio", service="acme") == 0.9995
    silent = {key: value for key, value in ACME.items() if key != "objective"}
    watch.metrics.adopt(Settings.model_validate({"services": [silent]}))
    assert (await watch.scrape()).value("probe_objective_ratio", service="acme") is None


async def test_a_path_says_whether_it_is_critical_and_follows_the_configuration(
    watch: Watch,
) -> None:
    assert (await watch.scrape()).value("probe_path_critical", path="login") == 1
    lesser = {"services": [{**ACME, "paths": [{**LOGIN, "critical": False}, API]}]}
    watch.metrics.adopt(Settings.model_validate(lesser))
    scrape = await watch.scrape()
    assert scrape.value("probe_path_critical", path="login") == 0
    assert scrape.value("probe_path_critical", path="api") == 1


async def test_the_runs_under_way_are_those_at_the_moment_of_the_scrape(watch: Watch) -> None:
    assert (await watch.scrape()).value("probe_runs_in_flight") == 0
    watch.in_flight = 3
    assert (await watch.scrape()).value("probe_runs_in_flight") == 3


async def test_the_schedules_lag_is_a_histogram_of_the_service(watch: Watch) -> None:
    watch.metrics.handle(Started(service="acme", lag_s=0.0015))
    watch.metrics.handle(Started(service="acme", lag_s=0.3))
    scrape = await watch.scrape()
    assert scrape.value("probe_schedule_lag_seconds_bucket", le="0.002") == 1
    assert scrape.value("probe_schedule_lag_seconds_count") == 2


async def test_the_daemon_shows_its_own_health(watch: Watch) -> None:
    assert (await watch.scrape()).value("probe_local_connectivity") is None
    watch.metrics.handle(SelfObserved(at=START, connected=False, loop_lag_s=0.25))
    watch.metrics.journal_failed()
    watch.metrics.lost(3)
    scrape = await watch.scrape()
    assert scrape.value("probe_local_connectivity") == 0
    assert scrape.value("probe_event_loop_lag_seconds") == 0.25
    assert scrape.value("probe_journal_errors_total") == 1
    assert scrape.value("probe_events_lost_total") == 3
    watch.metrics.handle(SelfObserved(at=START, connected=None, loop_lag_s=0.0))
    assert (await watch.scrape()).value("probe_local_connectivity") is None


async def test_a_refused_reload_is_shown_beside_the_time_of_the_last_good_one(
    watch: Watch,
) -> None:
    good_at = "probe_config_last_reload_success_timestamp_seconds"
    assert (await watch.scrape()).value("probe_config_last_reload_successful") == 1
    watch.metrics.handle(Reloaded(at=START + 10.0, successful=True))
    watch.metrics.handle(Reloaded(at=START + 20.0, successful=False, problem="line 3"))
    scrape = await watch.scrape()
    assert scrape.value("probe_config_last_reload_successful") == 0
    assert scrape.value(good_at) == START + 10


async def test_the_build_is_named(watch: Watch) -> None:
    python = platform.python_version()
    scrape = await watch.scrape()
    assert scrape.value("probe_build_info", version="1.2.3", python=python) == 1
    assert scrape.value("probe_shards", shard="0") == 1
    assert scrape.value("process_resident_memory_bytes")


async def test_a_new_configuration_keeps_the_counts_of_what_stays_and_forgets_the_rest(
    watch: Watch,
) -> None:
    watch.observe(RUN)
    watch.observe(replace(RUN, path="api", plane=Plane.DATA))
    watch.metrics.handle(claimed(ClaimState.MAJOR_OUTAGE, 1.0))
    login = {**LOGIN, "interval": "10s", "slow_after": "2s"}
    usage = {**API, "name": "usage", "plane": "control"}
    changed = {"services": [{**ACME, "paths": [login, usage]}]}
    watch.metrics.adopt(Settings.model_validate(changed))
    watch.metrics.handle(Started(service="gone", lag_s=0.0))
    watch.observe(replace(RUN, path="api", plane=Plane.DATA))
    scrape = await watch.scrape()
    assert scrape.value("probe_runs_total", path="login", outcome="ok") == 1
    assert scrape.value("probe_runs_total", path="login", outcome="slow") == 0
    assert scrape.value("probe_interval_seconds", path="login") == 10
    assert scrape.value("probe_runs_total", path="usage", outcome="ok") == 0
    assert not [s for s in scrape.samples if s.labels.get("path") == "api"]
    assert not scrape.chosen("probe_plane_state", plane="data")
    assert scrape.chosen("probe_vendor_claim", component="page") == ["major_outage"]


async def test_a_path_that_moved_to_the_other_plane_begins_anew(watch: Watch) -> None:
    watch.observe(RUN)
    moved = {"services": [{**ACME, "paths": [{**LOGIN, "plane": "data"}]}]}
    watch.metrics.adopt(Settings.model_validate(moved))
    scrape = await watch.scrape()
    assert scrape.value("probe_runs_total", plane="data", outcome="ok") == 0
    assert scrape.value("probe_runs_total", plane="control", outcome="ok") is None


async def test_another_location_begins_everything_anew(watch: Watch) -> None:
    watch.observe(RUN)
    watch.metrics.adopt(Settings.model_validate({"location": "fra1", "services": [ACME]}))
    scrape = await watch.scrape()
    assert {s.labels["location"] for s in scrape.samples if s.name.startswith("probe")} == {"fra1"}
    assert scrape.value("probe_runs_total", path="login", outcome="ok") == 0


def resting(state: State, *paths: str) -> ServiceStatus:
    """A status whose login path is in `state`, told while `paths` are in maintenance."""
    window = Window(
        service="acme",
        name="weekly",
        whose=Owner.OURS,
        since=START,
        until=START + 60.0,
        paths=paths,
    )
    return overlaid(status(RUN, state), [window])


async def test_a_path_in_maintenance_is_in_that_state_alone(watch: Watch) -> None:
    watch.observe(RUN, State.DOWN)
    assert (await watch.scrape()).chosen("probe_path_state", path="login") == ["down"]
    watch.metrics.handle(MaintenanceTurned(status=resting(State.DOWN, "login")))
    scrape = await watch.scrape()
    assert scrape.chosen("probe_path_state", path="login") == ["maintenance"]
    assert scrape.chosen("probe_plane_state", plane="control") == ["maintenance"]
    watch.observe(RUN, State.DOWN)
    scrape = await watch.scrape()
    assert scrape.chosen("probe_path_state", path="login") == ["down"]
    assert scrape.chosen("probe_plane_state", plane="control") == ["down"]
    assert scrape.value("probe_path_state", path="login", state="maintenance") == 0


async def test_the_time_of_a_window_is_maintenances_alone(watch: Watch) -> None:
    watch.observe(RUN, State.DOWN)
    watch.passed = 10.0
    watch.metrics.handle(MaintenanceTurned(status=resting(State.DOWN, "login")))
    watch.passed = 40.0
    watch.metrics.handle(MaintenanceTurned(status=resting(State.UP, "login")))
    watch.passed = 70.0
    watch.observe(RUN, State.UP)
    watch.passed = 75.0
    scrape = await watch.scrape()
    assert {
        state: scrape.value("probe_path_state_seconds_total", path="login", state=state)
        for state in (*State, "maintenance")
    } == {"up": 5, "down": 10, "maintenance": 60, "impaired": 0, "unknown": 0}


async def test_a_run_in_maintenance_counts_as_that_and_shows_no_latency(watch: Watch) -> None:
    for outcome in (Outcome.OK, Outcome.SERVER_ERROR):
        run = replace(RUN, outcome=outcome)
        watch.metrics.handle(Observed(run=run, status=resting(State.DOWN, "login")))
    scrape = await watch.scrape()
    assert scrape.value("probe_runs_total", path="login", outcome="maintenance") == 2
    assert scrape.value("probe_runs_total", path="login", outcome="ok") == 0
    assert scrape.value("probe_runs_total", path="login", outcome="server_error") == 0
    assert scrape.value("probe_run_duration_seconds_count", path="login") == 0


async def test_without_maintenance_no_series_speaks_of_it(watch: Watch) -> None:
    watch.observe(RUN)
    labels = [sample.labels.values() for sample in (await watch.scrape()).samples]
    assert not any("maintenance" in values for values in labels)


async def test_maintenance_adds_three_series_to_a_path(watch: Watch) -> None:
    watch.observe(RUN)
    before = (await watch.scrape()).samples
    watch.metrics.handle(Observed(run=RUN, status=resting(State.UP, "login")))
    more = [s for s in (await watch.scrape()).samples if "maintenance" in s.labels.values()]
    of_path = [sample for sample in more if sample.labels.get("path") == "login"]
    assert len(of_path) == 3
    assert len((await watch.scrape()).samples) == len(before) + 3 + 1  # and its plane


async def test_a_service_that_is_gone_is_gone(watch: Watch) -> None:
    other = {**ACME, "name": "other"}
    watch.metrics.adopt(Settings.model_validate({"services": [other]}))
    watch.observe(RUN)
    watch.metrics.handle(claimed(ClaimState.MAJOR_OUTAGE, 1.0))
    watch.metrics.handle(Skipped(service="acme", path="login", reason=SkipReason.OVERLAP, at=START))
    scrape = await watch.scrape()
    assert {s.labels.get("service") for s in scrape.samples} == {"other", None}


async def test_a_fresh_path_of_one_step_has_at_most_30_series_beside_its_histogram() -> None:
    watch = Watch(settings={"services": [{**ACME, "paths": [{**LOGIN, "slow_after": "1s"}]}]})
    full = replace(OK_STEP, phases=dict.fromkeys(Phase, 0.1), stream=STREAM, quotas=(QUOTA,))
    watch.observe(replace(RUN, steps=(full,)))
    series = [s for s in (await watch.scrape()).samples if s.labels.get("path") == "login"]
    beside = [s for s in series if not s.name.startswith("probe_run_duration_seconds")]
    assert len(beside) == 30


def test_blackbox_families_are_those_of_the_last_run(watch: Watch) -> None:
    url = "https://example.com/"
    hops = tuple(Hop(url=url, status=200, phases={}, tls_version="TLSv1.3") for _ in range(3))
    modified = ("last-modified", "Mon, 02 Mar 2026 12:00:00 GMT")
    evidence = Evidence(
        status=200,
        http_version="1.1",
        headers=(("content-length", "20"), modified),
        body_bytes=120,
    )
    taken = {Phase.RESOLVE: 0.1, Phase.TLS: 0.2}
    step = replace(OK_STEP, hops=hops, phases=taken, evidence=evidence)
    assert blackbox_samples(watch, replace(RUN, steps=(step,))) == {
        "probe_dns_lookup_time_seconds": 0.1,
        "probe_duration_seconds": 0.5,
        "probe_failed_due_to_regex": 0,
        "probe_http_content_length": 20,
        'probe_http_duration_seconds{phase="resolve"}': 0.1,
        'probe_http_duration_seconds{phase="connect"}': 0,
        'probe_http_duration_seconds{phase="tls"}': 0.2,
        'probe_http_duration_seconds{phase="processing"}': 0,
        'probe_http_duration_seconds{phase="transfer"}': 0,
        "probe_http_last_modified_timestamp_seconds": 1772452800,
        "probe_http_redirects": 2,
        "probe_http_ssl": 1,
        "probe_http_status_code": 200,
        "probe_http_uncompressed_body_length": 120,
        "probe_http_version": 1.1,
        "probe_ssl_earliest_cert_expiry": START + 900,
        "probe_success": 1,
        'probe_tls_version_info{version="TLS 1.3"}': 1,
    }


def blackbox_samples(watch: Watch, run: Run) -> dict[str, float]:
    text = watch.metrics.blackbox(status(run).paths[0]).decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {series: float(value) for series, _, value in lines}


def test_blackbox_zeros_are_those_of_the_exporter_where_nothing_answered(watch: Watch) -> None:
    step = replace(OK_STEP, outcome=Outcome.CONNECT_FAILED, phases={}, evidence=Evidence())
    failed = replace(RUN, outcome=Outcome.CONNECT_FAILED, failed_step="open", steps=(step,))
    samples = blackbox_samples(watch, failed)
    for name in ("status_code", "version", "content_length", "uncompressed_body_length"):
        assert samples[f"probe_http_{name}"] == 0
    assert samples["probe_success"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("content-length", "+1"), ("last-modified", "of late")),
        (("last-modified", "Mon, 99 Mar 2026 12:00:00 GMT"),),
        (("last-modified", "Mon, 02 Mar 2026 11:00:00 +99999999999999"),),
    ],
)
def test_blackbox_leaves_out_what_an_answer_does_not_tell(
    watch: Watch, headers: tuple[tuple[str, str], ...]
) -> None:
    step = replace(OK_STEP, evidence=Evidence(status=200, headers=headers))
    samples = blackbox_samples(watch, replace(RUN, steps=(step,)))
    assert samples["probe_http_content_length"] == -1
    assert "probe_http_uncompressed_body_length" not in samples
    assert "probe_http_last_modified_timestamp_seconds" not in samples
    assert not any(series.startswith("probe_tls_version_info") for series in samples)


@pytest.mark.parametrize(
    ("check", "expected"), [("body", 1), ("header X-Up", 1), ("json a", 0), ("status", 0)]
)
def test_blackbox_names_a_body_or_a_header_that_failed_the_run(
    watch: Watch, check: str, expected: float
) -> None:
    checks = (Check(name=check, passed=False, expected="a", actual="b"),)
    evidence = Evidence(status=200, checks=checks)
    step = replace(OK_STEP, outcome=Outcome.BAD_CONTENT, evidence=evidence)
    failed = replace(RUN, outcome=Outcome.BAD_CONTENT, failed_step="open", steps=(step,))
    assert blackbox_samples(watch, failed)["probe_failed_due_to_regex"] == expected


def test_blackbox_has_no_sample_without_a_look(watch: Watch) -> None:
    blind = replace(RUN, outcome=Outcome.UNOBSERVED)
    assert watch.metrics.blackbox(status(blind).paths[0]) == b""
    assert watch.metrics.blackbox(status().paths[0]) == b""
