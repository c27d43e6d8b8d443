"""Every family that is exported: name, kind, help and labels, in the order of the exposition.

The names and labels are a promise to dashboards and rules: `tests/reporting/metric_catalogue.txt`
fixes them. Labels that all series of a place share (`PATH`, `SERVICE`, `CHANNEL`, `OWN`) come
first.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["gauge", "counter", "histogram"]

OWN: Final = ("location",)
SERVICE: Final = ("location", "service")
PATH: Final = ("location", "service", "path", "plane")
CHANNEL: Final = ("location", "channel")


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One metric. `place` are the labels of its block, `labels` those that distinguish children."""

    name: str
    kind: Kind
    help: str
    place: tuple[str, ...]
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


SUCCESS: Final = Family(
    "probe_success", "gauge", "Whether the last run of the path succeeded.", PATH
)
DURATION: Final = Family(
    "probe_duration_seconds", "gauge", "How long the last run of the path took.", PATH
)
STATUS_CODE: Final = Family(
    "probe_http_status_code",
    "gauge",
    "HTTP status of the step that decided the last run; 0 if there was no response.",
    PATH,
)
CERTIFICATE: Final = Family(
    "probe_ssl_earliest_cert_expiry",
    "gauge",
    "Earliest expiry of the certificates seen by the last run, in seconds since the epoch.",
    PATH,
)
PHASE_DURATION: Final = Family(
    "probe_http_duration_seconds",
    "gauge",
    "Duration of each phase of the last run, summed over its steps.",
    PATH,
    ("phase",),
)
STEP_SUCCESS: Final = Family(
    "probe_step_success", "gauge", "Whether the step succeeded in the last run.", PATH, ("step",)
)
STEP_DURATION: Final = Family(
    "probe_step_duration_seconds",
    "gauge",
    "How long the step took in the last run.",
    PATH,
    ("step",),
)
FIRST_TOKEN: Final = Family(
    "probe_first_token_seconds",
    "gauge",
    "Time from the request to the first content of a stream in the last run.",
    PATH,
)
STREAM_GAP: Final = Family(
    "probe_stream_longest_gap_seconds",
    "gauge",
    "Longest silence within the stream of the last run.",
    PATH,
)
QUOTA_LEFT: Final = Family(
    "probe_ratelimit_remaining_ratio",
    "gauge",
    "Remaining share of our scarcest budget at the target, as reported during the last run.",
    PATH,
)
RUN_DURATION: Final = Family(
    "probe_run_duration_seconds",
    "histogram",
    "Duration of runs that ended ok or slow, outside of maintenance.",
    PATH,
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0),
)
RUNS: Final = Family(
    "probe_runs_total",
    "counter",
    "Runs of the path by outcome; in maintenance, all runs count as `maintenance`.",
    PATH,
    ("outcome",),
)
PATH_STATE: Final = Family(
    "probe_path_state",
    "gauge",
    "Confirmed state of the path, or `maintenance`: the current one is 1.",
    PATH,
    ("state",),
)
PATH_STATE_SECONDS: Final = Family(
    "probe_path_state_seconds_total",
    "counter",
    "Time that the path spent in each confirmed state, or in maintenance.",
    PATH,
    ("state",),
)
INTERVAL: Final = Family(
    "probe_interval_seconds", "gauge", "Configured time between runs of the path.", PATH
)
CRITICAL: Final = Family(
    "probe_path_critical", "gauge", "Whether the path alone can bring its plane down.", PATH
)
LAST_RUN: Final = Family(
    "probe_last_run_timestamp_seconds", "gauge", "When the last run of the path ended.", PATH
)
SKIPPED: Final = Family(
    "probe_runs_skipped_total",
    "counter",
    "Planned or confirming runs that did not happen, by reason.",
    PATH,
    ("reason",),
)
RETRY_AFTER: Final = Family(
    "probe_retry_after_until_timestamp_seconds",
    "gauge",
    "Until when the path last had to wait because the target asked for it or our budget was spent.",
    PATH,
)
PLANE_STATE: Final = Family(
    "probe_plane_state",
    "gauge",
    "Confirmed state of the plane, or `maintenance` if all its paths are: the current one is 1.",
    SERVICE,
    ("plane", "state"),
)
VERDICT: Final = Family(
    "probe_verdict",
    "gauge",
    "Verdict on the service without its paths in maintenance: the current one is 1.",
    SERVICE,
    ("verdict",),
)
FINDING: Final = Family(
    "probe_finding", "gauge", "Whether the finding applies.", SERVICE, ("finding",)
)
VERDICT_SINCE: Final = Family(
    "probe_verdict_since_timestamp_seconds", "gauge", "When the verdict was reached.", SERVICE
)
OBJECTIVE: Final = Family(
    "probe_objective_ratio",
    "gauge",
    "Configured availability objective of the service; absent if it has none.",
    SERVICE,
)
SESSION_AGE: Final = Family(
    "probe_session_age_seconds",
    "gauge",
    "Age of the kept session of that login path at its latest run.",
    SERVICE,
    ("session",),
)
INCIDENT_OPEN: Final = Family(
    "probe_incident_open", "gauge", "Whether an incident of the service is open.", SERVICE
)
INCIDENTS: Final = Family(
    "probe_incidents_total",
    "counter",
    "Incidents that were opened since the daemon started.",
    SERVICE,
)
DETECTION: Final = Family(
    "probe_detection_seconds",
    "gauge",
    "Time from the first bad run to the confirmed verdict, when it was last reached.",
    SERVICE,
    ("verdict",),
)
VENDOR_CLAIM: Final = Family(
    "probe_vendor_claim",
    "gauge",
    "State of the component according to the status page: the current one is 1.",
    SERVICE,
    ("component", "state"),
)
VENDOR_DISAGREEMENT: Final = Family(
    "probe_vendor_disagreement",
    "gauge",
    "Whether the status page reports a problem that we do not see, or denies one that we see.",
    SERVICE,
)
DETECTION_LEAD: Final = Family(
    "probe_detection_lead_seconds",
    "gauge",
    "How long after our confirmation the status page first reported the newest incident.",
    SERVICE,
)
SCHEDULE_LAG: Final = Family(
    "probe_schedule_lag_seconds",
    "histogram",
    "How late scheduled runs of the service started.",
    SERVICE,
    buckets=(0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0),
)
IN_FLIGHT: Final = Family(
    "probe_runs_in_flight", "gauge", "Runs in progress, including confirmations.", OWN
)
CONNECTIVITY: Final = Family(
    "probe_local_connectivity",
    "gauge",
    "Whether our own network reaches a canary; absent without canaries.",
    OWN,
)
LOOP_LAG: Final = Family(
    "probe_event_loop_lag_seconds",
    "gauge",
    "Longest delay of the event loop within the last seconds.",
    OWN,
)
CLOCK_SKEW: Final = Family(
    "probe_clock_skew_seconds",
    "gauge",
    "Our clock minus the median clock of targets and canaries; absent while none is known.",
    OWN,
)
JOURNAL_ERRORS: Final = Family(
    "probe_journal_errors_total", "counter", "Failed accesses to the journal.", OWN
)
EVENTS_LOST: Final = Family(
    "probe_events_lost_total",
    "counter",
    "Events dropped because too many were waiting or the journal cannot store them.",
    OWN,
)
NOTIFICATIONS: Final = Family(
    "probe_notifications_total",
    "counter",
    "Delivery results of notifications; only `failed` ones are retried.",
    CHANNEL,
    ("result",),
)
WAITING: Final = Family(
    "probe_notifications_waiting", "gauge", "Notifications waiting for delivery.", CHANNEL
)
RELOAD_SUCCESSFUL: Final = Family(
    "probe_config_last_reload_successful",
    "gauge",
    "Whether the last attempt to load the configuration succeeded.",
    OWN,
)
RELOAD_SUCCESS_AT: Final = Family(
    "probe_config_last_reload_success_timestamp_seconds",
    "gauge",
    "When the configuration in use was loaded, in seconds since the epoch.",
    OWN,
)
SHARDS: Final = Family(
    "probe_shards",
    "gauge",
    "Number of processes that share the services; the label is the number of this one.",
    OWN,
    ("shard",),
)
BUILD_INFO: Final = Family(
    "probe_build_info",
    "gauge",
    "Versions of the daemon and of Python; always 1.",
    OWN,
    ("version", "python"),
)

CATALOGUE: Final = tuple(value for value in globals().values() if isinstance(value, Family))

OF_LAST_RUN: Final = (
    SUCCESS,
    DURATION,
    STATUS_CODE,
    CERTIFICATE,
    PHASE_DURATION,
    STEP_SUCCESS,
    STEP_DURATION,
    FIRST_TOKEN,
    STREAM_GAP,
    QUOTA_LEFT,
)
"""Removed when the last run is no longer fresh: absent is honest, frozen is not."""
