"""Self: whether the monitors themselves are well."""

from typing import Final

from dashboards.source.card import Question, Size
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

TILE: Final = Size(4, 4)
THIRD: Final = Size(8, 8)
HALF: Final = Size(12, 8)

DAEMON: Final = "{{instance}}"
UP: Final = f"max by (instance) ({of_monitors(PROCESS.select('up'))})"
ONCE: Final = f"group by (instance) ({remembered(MONITOR.select('probe_build_info'))})"


def of_process(metric: str, asked: str = "{}") -> str:
    """What is `asked` of a metric that every exporter has, of our daemons only."""
    return of_monitors(asked.format(PROCESS.select(metric)))


PRESENT: Final = tiles(
    TILE.card(
        "Monitors",
        "Whether each daemon answers Prometheus. One that has disappeared stays here for a week.",
        Question(f"{UP} or on (instance) 0 * {ONCE}", DAEMON),
        nothing="GONE",
    ),
    PRESENCE,
)

CONNECTED: Final = tiles(
    TILE.card(
        "Own network",
        "Whether the daemon's own network reaches a canary.",
        Question(f"min by (location) ({MONITOR.select('probe_local_connectivity')})"),
        nothing="NO CANARIES",
    ),
    NETWORK,
)

RELOAD: Final = tiles(
    TILE.card(
        "Configuration",
        "Whether the last attempt to load the configuration succeeded.",
        Question(f"min by (location) ({MONITOR.select('probe_config_last_reload_successful')})"),
        nothing="UNKNOWN",
    ),
    RELOADS,
)

READ_AT: Final = figure(
    TILE.card(
        "Configuration in use for",
        "How long ago the configuration in use was loaded, for the daemon where that is longest.",
        Question(
            "time() - min("
            + MONITOR.select("probe_config_last_reload_success_timestamp_seconds")
            + ")"
        ),
        nothing="UNKNOWN",
    ),
    "s",
    0,
)

VERSION: Final = figure(
    TILE.card(
        "Daemons by version",
        "Number of daemons that run each version.",
        Question(f"count by (version) ({MONITOR.select('probe_build_info')})", "{{version}}"),
        nothing="UNKNOWN",
    ),
    "none",
)

SKEW: Final = figure(
    TILE.card(
        "Clock ahead by",
        "Our clock minus the median clock of targets and canaries; below zero, ours is behind."
        " Five seconds or more cause a warning.",
        Question(MONITOR.select("probe_clock_skew_seconds"), DAEMON),
        nothing="NO CLOCK SEEN",
    ),
    "s",
    1,
)

LAG: Final = lines(
    THIRD.card(
        "Schedule lag",
        "How late scheduled runs started: median and 99th percentile.",
        *(
            Question(quantile(SERVICE, "probe_schedule_lag_seconds", share, "location"), name)
            for share, name in ((0.5, "{{location}} median"), (0.99, "{{location}} p99"))
        ),
    ),
    "s",
)

LOOP_LAG: Final = lines(
    THIRD.card(
        "Event loop lag",
        "How late the event loop last woke up. A timeout while the daemon lags counts as"
        " unobserved.",
        Question(MONITOR.select("probe_event_loop_lag_seconds"), DAEMON),
    ),
    "s",
)

IN_FLIGHT: Final = lines(
    THIRD.card(
        "Runs in flight",
        "Runs in progress at the time of the scrape, including confirmations.",
        Question(MONITOR.select("probe_runs_in_flight"), DAEMON),
    ),
    "none",
)

SCRAPES: Final = (
    lines(
        THIRD.card(
            "Cost of a scrape",
            "How long Prometheus took to scrape the daemon.",
            Question(of_process("scrape_duration_seconds"), DAEMON),
        ),
        "s",
    ),
    lines(
        THIRD.card(
            "Samples a scrape",
            "How many samples each scrape of the daemon returned.",
            Question(of_process("scrape_samples_scraped"), DAEMON),
        ),
        "short",
    ),
)

USE: Final = (
    lines(
        HALF.card(
            "Memory",
            "Resident memory of the daemon.",
            Question(of_process("process_resident_memory_bytes"), DAEMON),
        ),
        "bytes",
    ),
    lines(
        HALF.card(
            "Processor",
            "Share of one core that the daemon uses.",
            Question(
                of_process("process_cpu_seconds_total", "rate({}[$__rate_interval])"),
                DAEMON,
            ),
        ),
        "percentunit",
    ),
)

ERRORS: Final = lines(
    THIRD.card(
        "Errors of our own",
        "Failed accesses to the journal, and dropped events, in each interval of the graph.",
        *(
            Question(f"increase({MONITOR.select(metric)}[$__rate_interval])", f"{DAEMON} {called}")
            for metric, called in (
                ("probe_journal_errors_total", "journal"),
                ("probe_events_lost_total", "events lost"),
            )
        ),
    ),
    "short",
)

NOTIFICATIONS: Final = (
    lines(
        THIRD.card(
            "Notifications by result",
            "Delivery results of notifications in each interval of the graph. A failed delivery"
            " is retried until it is given up.",
            Question(
                "sum by (channel, result) (increase("
                + MONITOR.select("probe_notifications_total")
                + "[$__rate_interval]))",
                "{{channel}} {{result}}",
            ),
            nothing="no channels",
        ),
        "short",
    ),
    lines(
        THIRD.card(
            "Notifications waiting",
            "Notifications waiting for delivery, by channel. If some keep waiting, the channel"
            " does not accept them.",
            Question(
                f"sum by (channel) ({MONITOR.select('probe_notifications_waiting')})", "{{channel}}"
            ),
            nothing="no channels",
        ),
        "none",
    ),
)

SELF: Final = Board(
    name="self",
    description="Whether the monitors themselves work.",
    variables=("job", "instance", "service", "location"),
    panels=(
        *(PRESENT, CONNECTED, RELOAD, READ_AT, VERSION, SKEW),
        *(LAG, skipped(SERVICE, THIRD), LOOP_LAG, IN_FLIGHT, *SCRAPES, *USE),
        *(ERRORS, *NOTIFICATIONS),
    ),
)
