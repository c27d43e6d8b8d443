"""Path: what one path's runs showed, step by step and phase by phase."""

from typing import Final

from dashboards.source.card import Card, Question
from dashboards.source.frame import Board
from dashboards.source.panels import figure, history, lines, tiles
from dashboards.source.queries import PATH, PATH_STATE, decided, quantile
from dashboards.source.runs import by_outcome, skipped
from dashboards.source.words import NO_ANSWER, RAW, STATES, mappings

OF_PATH: Final = ("service", "path", "location")
EACH: Final = "{{service}} {{path}} · {{location}}"
RUN: Final = RAW[0].code
"""Where the codes of raw runs begin: a failed one, then one that succeeded."""


def last(metric: str, *by: str) -> str:
    """The newest value of a gauge of the last run; of twins at one location the higher."""
    return f"max by ({', '.join((*OF_PATH, *by))}) ({PATH.select(metric)})"


SUCCESS: Final = f"{RUN} + {last('probe_success')}"

STATE: Final = tiles(
    Card(
        title="Confirmed state",
        description="What a strict majority of the locations with a fresh run holds true.",
        width=6,
        height=4,
        ask=(Question(decided(PATH_STATE, PATH), "{{service}} {{path}}"),),
        nothing="UNKNOWN",
    ),
    STATES,
)

LAST_RUN: Final = tiles(
    Card(
        title="Last run",
        description="What the last run showed, before any confirmation, at each location."
        " A run that could see nothing is not a failure and is not shown.",
        width=6,
        height=4,
        ask=(Question(SUCCESS, EACH),),
        nothing="NO FRESH RUN",
    ),
    RAW,
)

AGE: Final = figure(
    Card(
        title="Last run ended",
        description="How long ago the last run of the path ended, where that is longest.",
        width=4,
        height=4,
        ask=(Question(f"max(time() - {PATH.select('probe_last_run_timestamp_seconds')})"),),
        nothing="UNKNOWN",
    ),
    "s",
    0,
)

STATUS: Final = figure(
    Card(
        title="HTTP status",
        description="Status of the step that decided the last run.",
        width=4,
        height=4,
        ask=(Question(last("probe_http_status_code"), EACH),),
        nothing="NO FRESH RUN",
    ),
    "none",
).mappings(mappings([NO_ANSWER]))

CERTIFICATE: Final = figure(
    Card(
        title="Certificate expires in",
        description="Time until the first certificate that the last run saw expires.",
        width=4,
        height=4,
        ask=(Question(f"min({PATH.select('probe_ssl_earliest_cert_expiry')}) - time()"),),
        nothing="NO TLS",
    ),
    "s",
    1,
)

BESIDE: Final = history(
    Card(
        title="Each run, and what it was taken for",
        description="Above the confirmed state, below the raw success of the last run at each"
        " location: confirmation must not hide evidence.",
        width=24,
        height=7,
        ask=(
            Question(decided(PATH_STATE, PATH), "{{service}} {{path}}, confirmed"),
            Question(SUCCESS, EACH),
        ),
        nothing="UNKNOWN",
    ),
    STATES,
    RAW,
)

PHASES: Final = lines(
    Card(
        title="Phases of the last run",
        description="Where the time of the last run went, summed over its steps, as the mean of"
        " the locations. A phase that did not happen is absent, not zero.",
        width=12,
        height=9,
        ask=(
            Question(f"avg by (phase) ({PATH.select('probe_http_duration_seconds')})", "{{phase}}"),
        ),
    ),
    "s",
    stacked=True,
)

STEP_TIMES: Final = lines(
    Card(
        title="Duration of each step",
        description="How long the steps of the last run took, as the mean of the locations.",
        width=12,
        height=9,
        ask=(
            Question(
                f"avg by (path, step) ({PATH.select('probe_step_duration_seconds')})",
                "{{path}}: {{step}}",
            ),
        ),
    ),
    "s",
    stacked=True,
)

STEPS: Final = history(
    Card(
        title="Steps",
        description="Which steps of the last run succeeded, and which did not, at each location.",
        width=12,
        height=9,
        ask=(
            Question(
                f"{RUN} + {last('probe_step_success', 'step')}", "{{path}}: {{step}} · {{location}}"
            ),
        ),
    ),
    RAW,
)

FIRST_TOKEN: Final = lines(
    Card(
        title="Time to the first token",
        description="From the request to the first event of the stream in the last run.",
        width=12,
        height=9,
        ask=(Question(last("probe_first_token_seconds"), EACH),),
        nothing="no stream",
    ),
    "s",
)

STATUSES: Final = lines(
    Card(
        title="HTTP status over time",
        description="Status of the step that decided the last run; 0 without an answer.",
        width=12,
        height=8,
        ask=(Question(last("probe_http_status_code"), EACH),),
    ),
    "none",
)

SLOWEST: Final = lines(
    Card(
        title="Typical and slow runs that succeeded",
        description="Median and 95th percentile of the duration of runs that ended ok or slow.",
        width=12,
        height=8,
        ask=tuple(
            Question(
                quantile(PATH, "probe_run_duration_seconds", share, "path"), f"{{{{path}}}} {name}"
            )
            for share, name in ((0.5, "median"), (0.95, "p95"))
        ),
    ),
    "s",
)

SKIPS: Final = skipped(PATH, width=12, height=8)
OUTCOMES: Final = by_outcome(PATH, width=12, height=8)

OF_ONE_PATH: Final = Board(
    name="path",
    description="What one path's runs showed, step by step and phase by phase.",
    variables=("job", "instance", "service", "location", "path"),
    panels=(
        *(STATE, LAST_RUN, AGE, STATUS, CERTIFICATE, BESIDE),
        *(PHASES, STEP_TIMES, STEPS, FIRST_TOKEN, STATUSES, SLOWEST, SKIPS, OUTCOMES),
    ),
)
