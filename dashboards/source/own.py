"""Self: whether the monitors themselves are well."""

from typing import Final

from grafana_foundation_sdk.builders import timeseries

from dashboards.source.card import Card, Question
from dashboards.source.frame import Board
from dashboards.source.panels import figure, lines, tiles
from dashboards.source.queries import (
    MONITOR,
    PROCESS,
    SERVICE,
    of_monitors,
    quantile,
    remembered,
)
from dashboards.source.runs import skipped
from dashboards.source.words import NETWORK, PRESENCE, RELOADS

DAEMON: Final = "{{instance}}"
UP: Final = f"max by (instance) ({of_monitors(PROCESS.select('up'))})"
ONCE: Final = f"group by (instance) ({remembered(MONITOR.select('probe_build_info'))})"


def of_process(metric: str) -> str:
    """A metric that every exporter has, of our daemons only."""
    return of_monitors(PROCESS.select(metric))


PRESENT: Final = tiles(
    Card(
        title="Monitors",
        description="Whether each daemon answers Prometheus. One that is gone stays a week.",
        width=8,
        height=4,
        ask=(Question(f"{UP} or on (instance) 0 * {ONCE}", DAEMON),),
        nothing="GONE",
    ),
    PRESENCE,
)

CONNECTED: Final = tiles(
    Card(
        title="Own network",
        description="Whether the daemon's own network reaches a canary.",
        width=4,
        height=4,
        ask=(Question(f"min by (location) ({MONITOR.select('probe_local_connectivity')})"),),
        nothing="NO CANARIES",
    ),
    NETWORK,
)

RELOAD: Final = tiles(
    Card(
        title="Configuration",
        description="Whether the last reading of the configuration was accepted.",
        width=4,
        height=4,
        ask=(
            Question(
                f"min by (location) ({MONITOR.select('probe_config_last_reload_successful')})"
            ),
        ),
        nothing="UNKNOWN",
    ),
    RELOADS,
)

READ_AT: Final = figure(
    Card(
        title="Configuration in use for",
        description="How long ago the configuration in use was read, where that is longest.",
        width=4,
        height=4,
        ask=(
            Question(
                "time() - min("
                + MONITOR.select("probe_config_last_reload_success_timestamp_seconds")
                + ")"
            ),
        ),
        nothing="UNKNOWN",
    ),
    "s",
    0,
)

VERSION: Final = figure(
    Card(
        title="Daemons by version",
        description="How many daemons run which version.",
        width=4,
        height=4,
        ask=(
            Question(f"count by (version) ({MONITOR.select('probe_build_info')})", "{{version}}"),
        ),
        nothing="UNKNOWN",
    ),
    "none",
)


def _third(
    title: str, description: str, unit: str, *ask: Question, nothing: str = "no data"
) -> timeseries.Panel:
    """Three of these fill a line."""
    card = Card(title=title, description=description, width=8, height=8, ask=ask, nothing=nothing)
    return lines(card, unit)


GRAPHS: Final = (
    _third(
        "Schedule lag",
        "How late scheduled runs began: median and 99th percentile.",
        "s",
        *(
            Question(quantile(SERVICE, "probe_schedule_lag_seconds", share, "location"), name)
            for share, name in ((0.5, "{{location}} median"), (0.99, "{{location}} p99"))
        ),
    ),
    skipped(SERVICE, width=8, height=8),
    _third(
        "Event loop lag",
        "How late the event loop last woke. A time-out taken under lag is not blamed on anybody.",
        "s",
        Question(MONITOR.select("probe_event_loop_lag_seconds"), DAEMON),
    ),
    _third(
        "Runs in flight, mean",
        "How many runs are under way at an instant, on average: each path's last duration over"
        " its interval, summed.",
        "none",
        Question(
            f"sum by (instance) ({SERVICE.select('probe_duration_seconds')}"
            f" / {SERVICE.select('probe_interval_seconds')})",
            DAEMON,
        ),
    ),
    _third(
        "Cost of a scrape",
        "How long Prometheus took to scrape the daemon.",
        "s",
        Question(of_process("scrape_duration_seconds"), DAEMON),
    ),
    _third(
        "Samples a scrape",
        "How many samples each scrape of the daemon held.",
        "short",
        Question(of_process("scrape_samples_scraped"), DAEMON),
    ),
    _third(
        "Memory",
        "Resident memory of the daemon.",
        "bytes",
        Question(of_process("process_resident_memory_bytes"), DAEMON),
    ),
    _third(
        "Processor",
        "Share of one core that the daemon uses.",
        "percentunit",
        Question(
            of_monitors(f"rate({PROCESS.select('process_cpu_seconds_total')}[$__rate_interval])"),
            DAEMON,
        ),
    ),
    _third(
        "Errors of our own",
        "Failed accesses to the journal, and notifications by result, in the chosen interval.",
        "short",
        Question(
            f"increase({MONITOR.select('probe_journal_errors_total')}[$__rate_interval])",
            "{{instance}} journal",
        ),
        Question(
            "sum by (channel, result) (increase("
            + MONITOR.select("probe_notifications_total")
            + "[$__rate_interval]))",
            "{{channel}} {{result}}",
        ),
    ),
)

SELF: Final = Board(
    name="self",
    description="Whether the monitors themselves are well.",
    variables=("job", "instance", "service", "location"),
    panels=(PRESENT, CONNECTED, RELOAD, READ_AT, VERSION, *GRAPHS),
)
