"""Path: what one path's runs showed, step by step and phase by phase."""

from typing import Final

from dashboards.source.card import Question, Size
from dashboards.source.frame import Board
from dashboards.source.panels import figure, history, lines, tiles
from dashboards.source.queries import PATH, PATH_STATE, SERVICE, decided, quantile
from dashboards.source.runs import by_outcome, certificate, skipped
from dashboards.source.words import NO_ANSWER, RAW, STATES, mappings
from probe.config.vendor import PAGE_PATH

WIDE: Final = Size(6, 4)
TILE: Final = Size(3, 4)
HALF: Final = Size(12, 9)

OF_PATH: Final = ("service", "path", "location")
EACH: Final = "{{service}} {{path}} · {{location}}"
RUN: Final = RAW[0].code
"""Where the codes of raw runs begin: a failed one, then one that succeeded."""


def last(metric: str, *by: str) -> str:
    """The newest value of a gauge of the last run; of twins at one location the higher."""
    return f"max by ({', '.join((*OF_PATH, *by))}) ({PATH.select(metric)})"


PAGE: Final = SERVICE.select("probe_success", f'path="{PAGE_PATH}"')
SUCCESS: Final = f"{RUN} + {last('probe_success')}"

STATE: Final = tiles(
    WIDE.card(
        "Confirmed state",
        "The state by a strict majority of the locations with a fresh run.",
        Question(decided(PATH_STATE, PATH), "{{service}} {{path}}"),
        nothing="UNKNOWN",
    ),
    STATES,
)

LAST_RUN: Final = tiles(
    WIDE.card(
        "Last run",
        "The result of the last run at each location, before any confirmation. An unobserved run"
        " is not a failure and is not shown.",
        Question(SUCCESS, EACH),
        nothing="NO FRESH RUN",
    ),
    RAW,
)

AGE: Final = figure(
    TILE.card(
        "Last run ended",
        "How long ago the last run of the path ended, for the path and location where that is"
        " longest.",
        Question(f"max(time() - {PATH.select('probe_last_run_timestamp_seconds')})"),
        nothing="UNKNOWN",
    ),
    "s",
    0,
)

STATUS: Final = figure(
    TILE.card(
        "HTTP status",
        "HTTP status of the step that decided the last run.",
        Question(last("probe_http_status_code"), EACH),
        nothing="NO FRESH RUN",
    ),
    "none",
).mappings(mappings([NO_ANSWER]))

CERTIFICATE: Final = certificate("Certificate expires in", PATH, TILE)

VENDOR_PAGE: Final = tiles(
    TILE.card(
        "Status page",
        "Whether the vendor's status page could be read at the last attempt, from any location."
        " It is not a path of the service and does not affect any state.",
        Question(f"{RUN} + max by (service) ({PAGE})", "{{service}}"),
        nothing="NOT READ",
    ),
    RAW,
)

BESIDE: Final = history(
    Size(24, 7).card(
        "Each run, and what it was taken for",
        "Above: the confirmed state. Below: the raw result of the last run at each location, so"
        " that confirmation does not hide evidence.",
        Question(decided(PATH_STATE, PATH), "{{service}} {{path}}, confirmed"),
        Question(SUCCESS, EACH),
        nothing="UNKNOWN",
    ),
    STATES,
    RAW,
)

PHASES: Final = lines(
    HALF.card(
        "Phases of the last run",
        "Duration of each phase of the last run, summed over its steps and averaged over the"
        " locations. A phase that did not happen is absent, not zero.",
        Question(f"avg by (phase) ({PATH.select('probe_http_duration_seconds')})", "{{phase}}"),
    ),
    "s",
    stacked=True,
)

STEP_TIMES: Final = lines(
    HALF.card(
        "Duration of each step",
        "Duration of each step of the last run, averaged over the locations.",
        Question(
            f"avg by (path, step) ({PATH.select('probe_step_duration_seconds')})",
            "{{path}}: {{step}}",
        ),
    ),
    "s",
    stacked=True,
)

STEPS: Final = history(
    HALF.card(
        "Steps",
        "Which steps of the last run succeeded and which failed, at each location.",
        Question(
            f"{RUN} + {last('probe_step_success', 'step')}", "{{path}}: {{step}} · {{location}}"
        ),
    ),
    RAW,
)

FIRST_CONTENT: Final = lines(
    HALF.card(
        "Time to the first content",
        "Time from the request to the first content of the stream in the last run; for a model,"
        " its first token.",
        Question(last("probe_first_token_seconds"), EACH),
        nothing="no stream",
    ),
    "s",
)

GAP: Final = lines(
    HALF.card(
        "Longest gap in the stream",
        "The longest silence within the stream of the last run.",
        Question(last("probe_stream_longest_gap_seconds"), EACH),
        nothing="no stream",
    ),
    "s",
)

QUOTA: Final = lines(
    HALF.card(
        "Rate-limit budget left",
        "Remaining share of our scarcest budget at the target, as reported during the last run;"
        " of several daemons at a location, the lowest.",
        Question(
            f"min by ({', '.join(OF_PATH)}) ({PATH.select('probe_ratelimit_remaining_ratio')})",
            EACH,
        ),
        nothing="the target reports no budget",
    ),
    "percentunit",
)

STATUSES: Final = lines(
    HALF.card(
        "HTTP status over time",
        "HTTP status of the step that decided the last run; 0 if there was no response.",
        Question(last("probe_http_status_code"), EACH),
    ),
    "none",
)

SLOWEST: Final = lines(
    HALF.card(
        "Typical and slow runs that succeeded",
        "Median and 95th percentile of the duration of runs that ended ok or slow.",
        *(
            Question(
                quantile(PATH, "probe_run_duration_seconds", share, "path"), f"{{{{path}}}} {name}"
            )
            for share, name in ((0.5, "median"), (0.95, "p95"))
        ),
    ),
    "s",
)

OF_ONE_PATH: Final = Board(
    name="path",
    description="What one path's runs showed, step by step and phase by phase.",
    variables=("job", "instance", "service", "location", "path"),
    panels=(
        *(STATE, LAST_RUN, AGE, STATUS, CERTIFICATE, VENDOR_PAGE, BESIDE),
        *(PHASES, STEP_TIMES, STEPS, STATUSES, FIRST_CONTENT, GAP),
        *(SLOWEST, QUOTA, skipped(PATH, HALF), by_outcome(PATH, HALF)),
    ),
)
